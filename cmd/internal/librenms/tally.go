package librenms

// A tally adds what all virtual machines have.
type tally struct {
	sums figures
	vms  int
	// known says which gauges are known of one of them, at least.
	known [numColumns]bool
}

// newTally returns one of no virtual machine.
func newTally() *tally {
	var t tally
	t.sums.fill(ofTotals, zero)
	return &t
}

// add adds one. What is not known of it is 0 to a gauge.
func (t *tally) add(f figures) {
	t.vms++
	for _, c := range gauges {
		t.known[c] = t.known[c] || !f[c].IsZero()
	}
	f.settle(gauges)
	t.sums.add(&f, ofTotals)
}

// totals returns the sums. A gauge is that of those of which it is known, and not known if it is of none of them. A
// counter that is not known of one of them is not known at all: it would fall, and rise by all of that one's later.
func (t *tally) totals() figures {
	sums := t.sums
	for _, c := range gauges {
		if t.vms > 0 && !t.known[c] {
			sums[c] = figure{}
		}
	}
	return sums
}
