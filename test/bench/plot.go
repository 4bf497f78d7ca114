package bench

import (
	"encoding/xml"
	"fmt"
	"math"
	"slices"
	"strings"
)

// A plot is a picture of lines over two axes that are logarithmic: a straight line is a power, and a level one is a constant. The
// values are nanoseconds.
type plot struct {
	title string
	note  string // below it
	x     string // what the horizontal axis counts
	lines []line
}

// A line is a name and where it goes.
type line struct {
	name   string
	points []spot
}

// A spot is a place in a plot. What is not above zero has none on its axes, and is left out.
type spot struct{ x, y float64 }

// The measures of the picture in pixels.
const (
	plotWidth, plotHeight = 860, 520
	plotLeft, plotRight   = 76, 268 // what is beside the axes: labels, and names of lines
	plotTop, plotBottom   = 80, 64
	titleLine, noteGap    = 36, 22 // from the top to the title, and from what is below it to the axes
	labelGap              = 22     // between two names at least
	labelIndent           = 16     // from the end of a line to its name
	dot                   = 4      // the radius of a point
	tick                  = 6
)

// palette has colours that differ for the colour-blind too (Okabe and Ito, Color Universal Design).
func palette() []string { return []string{"#0072b2", "#009e73", "#d55e00", "#aa4499"} }

// A scale maps the numbers of an axis to pixels: those from 10 to the power of low to that of high.
type scale struct {
	low, high int
	from, to  float64
}

// newScale returns one that has all numbers between its ends, which are powers of ten, from the pixel from to the pixel to.
func newScale(numbers []float64, from, to float64) scale {
	if len(numbers) == 0 {
		return scale{0, 1, from, to}
	}
	low := int(math.Floor(math.Log10(slices.Min(numbers))))
	high := int(math.Ceil(math.Log10(slices.Max(numbers))))
	return scale{low, max(high, low+1), from, to}
}

// at returns the pixel of a number.
func (s scale) at(v float64) float64 {
	return s.from + (math.Log10(v)-float64(s.low))/float64(s.high-s.low)*(s.to-s.from)
}

// powers yields the powers of ten.
func (s scale) powers(yield func(float64) bool) {
	for e := s.low; e <= s.high; e++ {
		if !yield(math.Pow10(e)) {
			return
		}
	}
}

// svg draws the plot. It is white whatever is around it.
func (p plot) svg() string {
	var xs, ys []float64
	for i, l := range p.lines {
		p.lines[i].points = slices.DeleteFunc(slices.Clone(l.points), func(s spot) bool { return !(s.x > 0) || !(s.y > 0) })
		for _, s := range p.lines[i].points {
			xs, ys = append(xs, s.x), append(ys, s.y)
		}
	}
	x := newScale(xs, plotLeft, plotWidth-plotRight)
	y := newScale(ys, plotHeight-plotBottom, plotTop)

	d := &drawing{}
	d.add(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" font-family="Helvetica, Arial, sans-serif" font-size="13" fill="#333">`,
		plotWidth, plotHeight, plotWidth, plotHeight)
	d.add(`<title>%s</title>`, escape(p.title))
	d.add(`<rect width="%d" height="%d" fill="#fff"/>`, plotWidth, plotHeight)
	d.add(`<text x="%d" y="%d" font-size="17" font-weight="bold">%s</text>`, plotLeft, titleLine, escape(p.title))
	d.add(`<text x="%d" y="%d" fill="#777">%s</text>`, plotLeft, plotTop-noteGap, escape(p.note))
	d.axes(p.x, x, y)
	d.lines(p.lines, x, y)
	d.add(`</svg>`)
	return d.String()
}

// A drawing is what was drawn so far.
type drawing struct{ strings.Builder }

// add draws one element.
func (d *drawing) add(format string, args ...any) { fmt.Fprintf(d, format+"\n", args...) }

// axes draws both axes, with a line and a label at each power of ten.
func (d *drawing) axes(name string, x, y scale) {
	for v := range x.powers {
		at := x.at(v)
		d.add(`<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="#e4e4e4"/>`, at, y.from, at, y.to)
		d.add(`<text x="%.1f" y="%.1f" text-anchor="middle">%s</text>`, at, y.from+4*tick, number(v))
	}
	for v := range y.powers {
		at := y.at(v)
		d.add(`<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="#e4e4e4"/>`, x.from, at, x.to, at)
		d.add(`<text x="%.1f" y="%.1f" text-anchor="end">%s</text>`, x.from-2*tick, at+tick-1, duration(v))
	}
	d.add(`<path d="M%.1f %.1fV%.1fH%.1f" fill="none" stroke="#333"/>`, x.from, y.to, y.from, x.to)
	d.add(`<text x="%.1f" y="%d" text-anchor="middle">%s</text>`, (x.from+x.to)/2, plotHeight-2*tick, escape(name))
}

// lines draws the lines, each with its name where it ends.
func (d *drawing) lines(lines []line, x, y scale) {
	names := place(lines, y)
	for i, l := range lines {
		colour := palette()[i%len(palette())]
		if len(l.points) == 0 {
			continue
		}
		var path []string
		for _, s := range l.points {
			path = append(path, fmt.Sprintf("%.1f,%.1f", x.at(s.x), y.at(s.y)))
		}
		d.add(`<polyline points="%s" fill="none" stroke="%s" stroke-width="2.5" stroke-linejoin="round"/>`, strings.Join(path, " "), colour)
		for _, s := range l.points {
			d.add(`<circle cx="%.1f" cy="%.1f" r="%d" fill="%s" stroke="#fff"/>`, x.at(s.x), y.at(s.y), dot, colour)
		}
		end := l.points[len(l.points)-1]
		d.add(`<path d="M%.1f %.1fL%.1f %.1f" stroke="%s" stroke-dasharray="2 2"/>`,
			x.at(end.x)+dot, y.at(end.y), x.to+labelIndent-dot, names[i], colour)
		d.add(`<text x="%.1f" y="%.1f" fill="%s">%s</text>`, x.to+labelIndent, names[i]+dot, colour, escape(l.name))
	}
}

// place returns the height at which the name of each line is written: that of its end, or where it would lie on another, below.
func place(lines []line, y scale) []float64 {
	order := make([]int, 0, len(lines))
	at := make([]float64, len(lines))
	for i, l := range lines {
		if n := len(l.points); n > 0 {
			at[i] = y.at(l.points[n-1].y)
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return int(math.Copysign(1, at[a]-at[b])) })
	for i := 1; i < len(order); i++ {
		at[order[i]] = max(at[order[i]], at[order[i-1]]+labelGap)
	}
	for i := len(order) - 1; i >= 0; i-- {
		floor := y.from - float64((len(order)-1-i)*labelGap)
		at[order[i]] = min(at[order[i]], floor)
	}
	return at
}

// The units of time in nanoseconds.
const (
	perMicrosecond = 1e3
	perMillisecond = 1e6
	perSecond      = 1e9
)

// duration writes so many nanoseconds in the unit that suits them.
func duration(ns float64) string {
	switch {
	case ns >= perSecond:
		return number(ns/perSecond) + " s"
	case ns >= perMillisecond:
		return number(ns/perMillisecond) + " ms"
	case ns >= perMicrosecond:
		return number(ns/perMicrosecond) + " µs"
	}
	return number(ns) + " ns"
}

// escape writes text as it is written in XML.
func escape(text string) string {
	var b strings.Builder
	if err := xml.EscapeText(&b, []byte(text)); err != nil {
		panic("bench: " + err.Error()) // which a strings.Builder never returns
	}
	return b.String()
}
