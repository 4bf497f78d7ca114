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

// valuesText says what the values of the table are, and workText what is to be known of the work in it.
const (
	valuesText = `
Each value is the median of its rounds, with the least and the greatest; one without a range is of a single run, all of it. Of what
stands beside another, the ratio is the median of the rounds' ratios, and the goal is about it; absolute numbers say little, since
the machine is shared. A work that is not named is that of the row above it.

`
	workText = `
virsh is a process of its own each time, which has to be started and has to log in at libvirtd first: like is compared with like in
the row of the bare request. A client's CPU time is its own, and not that of libvirtd or QEMU: that of virsh is the whole of its
processes', and ours and that of the bare request are of the process that measures. The QEMU guests are paused before their first
instruction: without hardware virtualisation so many that run would leave no CPU to what is measured.

`
)

// results writes RESULTS.md.
func results(m machine, figures []figure, growth []point) string {
	var b strings.Builder
	at := ", at " + m.revision
	if m.revision == unknown {
		at = ""
	}
	fmt.Fprintf(&b, "# What vmond costs\n\nMeasured by `make bench` on %s%s.\n\n", m.date, at)
	for _, f := range m.facts {
		fmt.Fprintf(&b, "- %s\n", f)
	}
	b.WriteString(valuesText + tableHead)
	for _, f := range figures {
		b.WriteString(f.row() + "\n")
	}
	b.WriteString(workText + growthSection(growth))
	return b.String()
}
