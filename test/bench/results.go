package bench

import (
	"fmt"
	"strings"
)

// A machine is where it was measured.
type machine struct {
	date     string // such as "2026-11-21"
	revision string // of vmond
	facts    []string
}

// tableHead is the head of the table of figures.
const tableHead = `| work | figure | vmond | beside | beside's | ratio | to reach | reached |
|---|---|---|---|---|---|---|---|
`

// results writes RESULTS.md.
func results(m machine, figures []figure, growth []point) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# What vmond costs\n\nMeasured by `make bench` on %s, at %s.\n\n", m.date, m.revision)
	for _, f := range m.facts {
		fmt.Fprintf(&b, "- %s\n", f)
	}
	b.WriteString("\nEach value is the median of all rounds, with the least and the greatest. Of what stands beside another, the ratio is the\n" +
		"median of the rounds' ratios, and the goal is about it; absolute numbers say little, since the machine is shared.\n\n" + tableHead)
	for _, f := range figures {
		b.WriteString(f.row() + "\n")
	}
	b.WriteString("\n" + growthSection(growth))
	return b.String()
}
