package bench

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// A figure is one thing that was measured, in all rounds.
type figure struct {
	work   string    // what was done
	unit   string    // of the values
	beside string    // what theirs are of, "" if there is nothing
	ours   []float64 // a value a round
	theirs []float64 // likewise, of the same rounds
	goal   goal
}

// A goal is what the median must reach: that of the ratios where the figure is beside another, and that of the values where not.
type goal struct {
	sign  string // "" where there is no goal
	value float64
}

// The signs of goals.
const (
	least = "≥"
	most  = "≤"
)

// atLeast and atMost are goals. The zero value is none.
func atLeast(v float64) goal { return goal{least, v} }
func atMost(v float64) goal  { return goal{most, v} }

// median returns the value in the middle, or what is between the two that are. It is not a number where there is none.
func median(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	s := slices.Sorted(slices.Values(values))
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}

// ratios returns ours as shares of theirs, a round each.
func (f figure) ratios() []float64 {
	all := make([]float64, 0, len(f.ours))
	for i := range min(len(f.ours), len(f.theirs)) {
		all = append(all, f.ours[i]/f.theirs[i])
	}
	return all
}

// result is what the goal is about.
func (f figure) result() float64 {
	if f.beside == "" {
		return median(f.ours)
	}
	return median(f.ratios())
}

// reached reports whether the result is as good as the goal. There must be one.
func (f figure) reached() bool {
	if f.goal.sign == least {
		return f.result() >= f.goal.value
	}
	return f.result() <= f.goal.value
}

// row writes the figure as a row of [tableHead].
func (f figure) row() string {
	theirs, ratio, want, reached := "", "", "", ""
	if f.beside != "" {
		theirs, ratio = spread(f.theirs), number(f.result())
	}
	if f.goal != (goal{}) {
		want, reached = f.goal.String(), verdict(f.reached())
	}
	return "| " + strings.Join([]string{f.work, f.unit, spread(f.ours), f.beside, theirs, ratio, want, reached}, " | ") + " |"
}

// verdict writes whether something is as it was to be.
func verdict(yes bool) string {
	if yes {
		return "yes"
	}
	return "**no**"
}

// String writes the goal as the table has it.
func (g goal) String() string { return g.sign + " " + number(g.value) }

// spread writes the median, and from where to where the values are.
func spread(values []float64) string {
	if len(values) < 2 {
		return number(median(values))
	}
	return fmt.Sprintf("%s (%s–%s)", number(median(values)), number(slices.Min(values)), number(slices.Max(values)))
}

// digits is how many digits of a number are worth reading.
const digits = 3

// number writes v with that many digits at least, and with commas in its thousands.
func number(v float64) string {
	if v == 0 || math.IsNaN(v) || math.IsInf(v, 0) {
		return strconv.FormatFloat(v, 'g', -1, 64)
	}
	decimals := max(digits-1-int(math.Floor(math.Log10(math.Abs(v)))), 0)
	text := strconv.FormatFloat(v, 'f', decimals, 64)
	if strings.Contains(text, ".") {
		return strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	for i := len(text) - 3; i > 0 && text[i-1] != '-'; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
