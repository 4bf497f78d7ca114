package librenms

// A tally adds what all virtual machines have.
type tally struct {
	sums figures
	// lost says which gauges are not known of one of them, known of which there is something of another.
	lost, known [numColumns]bool
}

// newTally returns one of no virtual machine.
func newTally() *tally {
	var t tally
	t.sums.fill(ofTotals, zero)
	return &t
}

// add adds one. What is not known of it is 0 to a gauge.
func (t *tally) add(f figures) {
	for _, c := range gauges {
		t.lost[c] = t.lost[c] || f[c].IsZero()
		t.known[c] = t.known[c] || f[c].Or(0) != 0
	}
	f.settle(gauges)
	t.sums.add(&f, ofTotals)
}

// totals returns the sums. A gauge is that of those of which it is known, and not known if these have nothing: those that are
// off do not tell that the others have none. A counter that is not known of one of them is not known at all: it would fall,
// and rise by all of that one's later.
func (t *tally) totals() figures {
	sums := t.sums
	for _, c := range gauges {
		if t.lost[c] && !t.known[c] {
			sums[c] = figure{}
		}
	}
	return sums
}
