package librenms

import "strconv"

// A choice is what of a Document is told.
type choice struct {
	// ifs and disks say whether the entries of all interfaces and disks are.
	ifs, disks bool
	// first is how many virtual machines are: those whose place in order is below it. A nil order is all.
	first int
	order []int
	// without is how much is left out.
	without omission
}

// An omission is how many interfaces, disks and virtual machines are left out.
type omission struct{ ifs, disks, vms int }

// everything is the choice that leaves nothing out.
func (d *Document) everything() choice { return choice{ifs: true, disks: true} }

// has reports whether the i-th virtual machine is told.
func (c choice) has(i int) bool { return c.order == nil || c.order[i] < c.first }

// appendMarker appends what tells the reader that something is left out, if something is.
func (c choice) appendMarker(b []byte) []byte {
	if c.without == (omission{}) {
		return b
	}
	b = append(appendKey(b, "shortened"), '{')
	b = strconv.AppendInt(appendKey(b, "VMs"), int64(c.without.vms), 10)
	b = strconv.AppendInt(appendKey(b, "disks"), int64(c.without.disks), 10)
	return append(strconv.AppendInt(appendKey(b, "ifs"), int64(c.without.ifs), 10), '}')
}
