package bench

import (
	"fmt"
	"math"
	"strings"
)

// A point is what the same work costs at one number of virtual machines. Each value is the median of the rounds.
type point struct {
	vms     int
	next    float64 // a Next in process, in nanoseconds of a CPU
	walk    float64 // a varbind of a walk through snmpd, in microseconds
	refresh float64 // to take up the states of all virtual machines, of which one has changed, in microseconds
	event   float64 // from an event of one to the snapshot that has it, in microseconds
}

// A curve is how one of these grows.
type curve struct {
	name  string
	unit  string
	nanos float64 // of the unit
	value func(point) float64
	order string                     // of growth that was to be shown
	grows func(from, to int) float64 // how many times as much that is
}

// slack is how much more than its order says a cost may grow with ten times as many virtual machines: no cache is large enough for
// all of them.
const slack = 1.25

// curves returns all that a point has.
func curves() []curve {
	return []curve{
		{"a Next in process", "ns of CPU", 1, func(p point) float64 { return p.next }, "O(log n)", logarithmic},
		{"a varbind of a walk through snmpd", "µs", perMicrosecond, func(p point) float64 { return p.walk }, "O(log n)", logarithmic},
		{"the states of all taken up", "µs", perMicrosecond, func(p point) float64 { return p.refresh }, "O(n)", linear},
		{"from an event to its snapshot", "µs", perMicrosecond, func(p point) float64 { return p.event }, "O(1)", constant},
	}
}

// The orders of growth.
func constant(int, int) float64          { return 1 }
func logarithmic(from, to int) float64   { return math.Log(float64(to)) / math.Log(float64(from)) }
func linear(from, to int) float64        { return float64(to) / float64(from) }
func decades(from, to int) float64       { return math.Log10(linear(from, to)) }
func perDecade(times, n float64) float64 { return math.Pow(times, 1/n) }

// measured returns how many times as much ten times as many virtual machines cost, from the first point to the last.
func (c curve) measured(points []point) float64 {
	first, last := points[0], points[len(points)-1]
	return perDecade(c.value(last)/c.value(first), decades(first.vms, last.vms))
}

// allowed returns how many times that may be.
func (c curve) allowed(points []point) float64 {
	first, last := points[0].vms, points[len(points)-1].vms
	return slack * perDecade(c.grows(first, last), decades(first, last))
}

// total returns how many times that may be from the first point to the last.
func (c curve) total(points []point) float64 {
	return math.Pow(c.allowed(points), decades(points[0].vms, points[len(points)-1].vms))
}

// worst returns the greatest that is measured from one point to the next.
func (c curve) worst(points []point) float64 {
	worst := math.Inf(-1)
	for i := range len(points) - 1 {
		worst = max(worst, c.measured(points[i:i+2]))
	}
	return worst
}

// growthSection writes what the results say of growth, or nothing where there are not two points at least.
func growthSection(points []point) string {
	if len(points) < 2 {
		return ""
	}
	var b strings.Builder
	b.WriteString("## Growth\n\nThe same work with ever more virtual machines of the simulation: the median of all rounds.\n\n")
	row := func(title string, cell func(curve) string) {
		b.WriteString("| " + title)
		for _, c := range curves() {
			b.WriteString(" | " + cell(c))
		}
		b.WriteString(" |\n")
	}
	row("VMs", func(c curve) string { return c.name + ", " + c.unit })
	b.WriteString("|" + strings.Repeat("---|", len(curves())+1) + "\n")
	for _, p := range points {
		row(number(float64(p.vms)), func(c curve) string { return number(c.value(p)) })
	}
	row("10 times as many cost", func(c curve) string { return "× " + number(c.measured(points)) })
	row("to be shown", func(c curve) string {
		return fmt.Sprintf("%s: at most × %s each time, × %s in all", c.order, number(c.allowed(points)), number(c.total(points)))
	})
	row("shown", func(c curve) string { return verdict(c.measured(points) <= c.allowed(points)) })
	row("the worst step", func(c curve) string { return "× " + number(c.worst(points)) })
	fmt.Fprintf(&b, "\nThe first of the last four rows says how many times as much ten times as many virtual machines cost, on average from the\n"+
		"fewest to the most, and what is shown is judged by that. What was to be shown is what the order says, and each time %s times\n"+
		"of it, since no cache is large enough for all of them. The worst step is the most that it was from one number of virtual\n"+
		"machines to the next, likewise for ten times as many. It is not judged: one value alone may be off.\n\n"+
		"![The cost of each by the number of virtual machines, both axes logarithmic](growth.svg)\n", number(slack))
	return b.String()
}

// growthPlot draws the curves as SVG.
func growthPlot(points []point) string {
	var lines []line
	for _, c := range curves() {
		l := line{name: c.name}
		for _, p := range points {
			l.points = append(l.points, spot{float64(p.vms), c.value(p) * c.nanos})
		}
		lines = append(lines, l)
	}
	return plot{title: "What ever more virtual machines cost", note: "time for each, both axes logarithmic", x: "virtual machines", lines: lines}.svg()
}
