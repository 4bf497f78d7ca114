package bench

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strings"
	"testing"
)

func TestPlot(t *testing.T) {
	t.Parallel()
	checkGolden(t, "growth.svg", growthPlot(fixedPoints()))
}

// TestPlotIsXML proves that a plot can be read whatever is in it, and that it has nothing that a page would run.
func TestPlotIsXML(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		plot plot
	}{
		{"the golden one", plot{title: "a", x: "b", lines: []line{{"c", []spot{{1, 2}, {10, 20}}}}}},
		{"nothing", plot{}},
		{"a line of nothing", plot{lines: []line{{}, {name: "a", points: []spot{{0, 1}, {1, -1}, {math.NaN(), 1}, {1, math.NaN()}}}}}},
		{"one point", plot{lines: []line{{"a", []spot{{10, 10}}}}}},
		{"one moment", plot{lines: []line{{"a", []spot{{1, 5}, {2, 5}}}}}},
		{"marks of XML", plot{title: `<script>&"'`, x: "]]>", lines: []line{{"</svg>", []spot{{1, 1}}}}}},
		{"more lines than colours", plot{lines: make([]line, 2*len(palette()))}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			elements := xml.NewDecoder(strings.NewReader(tt.plot.svg()))
			for {
				token, err := elements.Token()
				if errors.Is(err, io.EOF) {
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				e, ok := token.(xml.StartElement)
				if !ok {
					continue
				}
				if e.Name.Local == "script" {
					t.Error("there is a script")
				}
				for _, a := range e.Attr {
					if strings.Contains(a.Value, "NaN") || strings.Contains(a.Value, "Inf") {
						t.Errorf("%s has %s=%q", e.Name.Local, a.Name.Local, a.Value)
					}
				}
			}
		})
	}
}

func TestScale(t *testing.T) {
	t.Parallel()
	s := newScale([]float64{30, 2000}, 100, 400)
	for v, want := range map[float64]float64{10: 100, 100: 200, 1000: 300, 10_000: 400} {
		if got := s.at(v); math.Abs(got-want) > 1e-9 {
			t.Errorf("unexpected pixel of %v: want %v, got %v", v, want, got)
		}
	}
	n := 0
	for range s.powers {
		n++
	}
	if n != 4 {
		t.Errorf("unexpected number of labels: want 4, got %d", n)
	}
	for range s.powers {
		break // which ends it
	}
}

// TestNamesKeepApart proves that no name lies on another or below the plot, and that each is where its line ends if it can be.
func TestNamesKeepApart(t *testing.T) {
	t.Parallel()
	y := newScale([]float64{1, 1000}, 400, 100)
	end := func(v float64) line { return line{points: []spot{{1, v}}} }
	tests := []struct {
		name  string
		lines []line
		want  []float64
	}{
		{"apart", []line{end(10), end(100)}, []float64{300, 200}},
		{"on one another", []line{end(10), end(10), end(10)}, []float64{300, 300 + labelGap, 300 + 2*labelGap}},
		{"at the bottom", []line{end(1), end(1)}, []float64{400 - labelGap, 400}},
		{"one that is nowhere", []line{{}, end(100)}, []float64{0, 200}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for i, got := range place(tt.lines, y) {
				if math.Abs(got-tt.want[i]) > 1e-9 {
					t.Errorf("unexpected height of name %d: want %v, got %v", i, tt.want[i], got)
				}
			}
		})
	}
}

func TestDuration(t *testing.T) {
	t.Parallel()
	for ns, want := range map[float64]string{
		1: "1 ns", 100: "100 ns", 1000: "1 µs", 1e5: "100 µs", 1e6: "1 ms", 1e8: "100 ms", 1e9: "1 s", 1e13: "10,000 s",
	} {
		if got := duration(ns); got != want {
			t.Errorf("unexpected text of %v ns: want %q, got %q", ns, want, got)
		}
	}
}
