package vmmib

// Gathered returns the numbers of the changes that wait in open windows, in no order. Each is told by a bulk notification
// when its window ends, unless the switch is turned off before.
func (n *Notifications) Gathered() []uint64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	var all []uint64
	for _, w := range n.windows {
		all = append(all, w.changes...)
	}
	return all
}
