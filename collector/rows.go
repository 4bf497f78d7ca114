package collector

import "iter"

// Part names what a virtual machine may have, for [Snapshot.Seek].
type Part int

// The parts. Any asks for nothing in particular.
const (
	WithCPUs Part = iota
	WithDisks
	WithNICs
	Any

	countedParts = int(Any)
)

// rows is a persistent list of virtual machines in order of Index: a B+ tree, so that a new list shares with the old one all
// nodes but those on the way to what changed. Its zero value is empty.
type rows struct {
	root *node // nil if it is empty
	n    int
}

// count returns how many of a part the virtual machine has.
func (vm *VM) count(p Part) int {
	switch p {
	case WithCPUs:
		return len(vm.CPUs)
	case WithDisks:
		return len(vm.Disks)
	case WithNICs:
		return len(vm.NICs)
	}
	panic("collector: part that is not counted")
}

// seek is Snapshot.Seek.
func (r rows) seek(index int32, part Part) *VM {
	if r.root == nil {
		return nil
	}
	return r.root.seek(index, part)
}

// all yields the virtual machines in order of Index.
func (r rows) all() iter.Seq[*VM] {
	return func(yield func(*VM) bool) {
		if r.root != nil {
			r.root.all(yield)
		}
	}
}

// An edit makes a new list out of an old one, which it leaves as it was.
type edit struct {
	r     rows
	owner *owner // of the nodes that are this edit's own, to be changed in place
}

// edit begins an edit of r.
func (r rows) edit() *edit { return &edit{r, new(owner)} }

// rows ends the edit.
func (e *edit) rows() rows {
	e.owner = new(owner)
	return e.r
}

// get returns the virtual machine of that index as the edit has it so far, or nil.
func (e *edit) get(index int32) *VM {
	if vm := e.r.seek(index, Any); vm != nil && vm.Index == index {
		return vm
	}
	return nil
}

// put adds vm, or replaces the one of its Index.
func (e *edit) put(vm *VM) {
	if e.r.root == nil {
		e.r.root = leaf(e.owner, nil)
	}
	root := e.r.root.owned(e.owner)
	if root.put(vm) == nil {
		e.r.n++
	}
	if len(root.keys) >= nodeSize {
		root = branch(e.owner, root.halves())
	}
	e.r.root = root
}

// remove takes out the virtual machine of that index, if there is one.
func (e *edit) remove(index int32) {
	if e.get(index) == nil {
		return
	}
	root := e.r.root.owned(e.owner)
	root.remove(index)
	for len(root.kids) == 1 {
		root = root.kids[0]
	}
	if len(root.keys) == 0 {
		root = nil
	}
	e.r = rows{root, e.r.n - 1}
}
