package collector

import "slices"

// nodeSize is the number of entries at which a node is split. An event copies the nodes on the way to one virtual machine, so at
// 10,000 and at 100,000 of them about a kilobyte.
const nodeSize = 64

// A node is a run of virtual machines in order of Index: a leaf has them, a branch has the nodes that do. Only an edit that has not
// ended sees a leaf that is empty. It counts those that have each part, so that a search need not look where there are none.
type node struct {
	owner *owner
	keys  []int32 // the Index of each virtual machine, or the last one below each kid
	vms   []*VM   // of a leaf
	kids  []*node // of a branch, nil in a leaf
	has   [countedParts]int
}

// An owner stands for an edit. It has a size, so that no two are the same.
type owner struct{ _ byte }

// leaf returns a node of vms, which it keeps.
func leaf(o *owner, vms []*VM) *node {
	n := &node{owner: o, vms: vms, keys: make([]int32, len(vms))}
	for i, vm := range vms {
		n.keys[i] = vm.Index
		n.add(vm, 1)
	}
	return n
}

// branch returns a node of kids, which it keeps.
func branch(o *owner, kids []*node) *node {
	n := &node{owner: o, kids: kids, keys: make([]int32, len(kids))}
	for i, kid := range kids {
		n.keys[i] = kid.last()
		for p := range n.has {
			n.has[p] += kid.has[p]
		}
	}
	return n
}

// last returns the last index.
func (n *node) last() int32 { return n.keys[len(n.keys)-1] }

// find returns the position of the first key that is at least index, or their number.
func (n *node) find(index int32) int {
	i, _ := slices.BinarySearch(n.keys, index)
	return i
}

// seek is Snapshot.Seek.
func (n *node) seek(index int32, part Part) *VM {
	for i := n.find(index); i < len(n.keys); i++ {
		if n.kids == nil {
			if vm := n.vms[i]; part == Any || vm.count(part) > 0 {
				return vm
			}
			continue
		}
		if kid := n.kids[i]; part == Any || kid.has[part] > 0 {
			if vm := kid.seek(index, part); vm != nil {
				return vm // as in each kid but the first, which may have the part before index only
			}
		}
	}
	return nil
}

// all yields the virtual machines, and returns false if yield has.
func (n *node) all(yield func(*VM) bool) bool {
	for _, vm := range n.vms {
		if !yield(vm) {
			return false
		}
	}
	for _, kid := range n.kids {
		if !kid.all(yield) {
			return false
		}
	}
	return true
}

// add counts vm in (by 1) or out (by -1).
func (n *node) add(vm *VM, by int) {
	for p := range n.has {
		if vm.count(Part(p)) > 0 {
			n.has[p] += by
		}
	}
}

// owned returns the node as one that is o's own, copied first if it is not.
func (n *node) owned(o *owner) *node {
	if n.owner == o {
		return n
	}
	return &node{o, slices.Clone(n.keys), slices.Clone(n.vms), slices.Clone(n.kids), n.has}
}

// own returns kid i as one that may be changed as this node may.
func (n *node) own(i int) *node {
	n.kids[i] = n.kids[i].owned(n.owner)
	return n.kids[i]
}

// put adds vm, or replaces the one of its Index, which it returns, or nil. The node may have to be split then.
func (n *node) put(vm *VM) (old *VM) {
	i := n.find(vm.Index)
	switch {
	case n.kids != nil:
		i = min(i, len(n.kids)-1)
		kid := n.own(i)
		old = kid.put(vm)
		n.keys[i] = kid.last()
		if len(kid.keys) >= nodeSize {
			n.replace(i, i+1, kid.halves()...)
		}
	case i < len(n.keys) && n.keys[i] == vm.Index:
		old, n.vms[i] = n.vms[i], vm
	default:
		n.keys, n.vms = slices.Insert(n.keys, i, vm.Index), slices.Insert(n.vms, i, vm)
	}
	if old != nil {
		n.add(old, -1)
	}
	n.add(vm, 1)
	return old
}

// remove takes out and returns the virtual machine of that index, which there is. The node may be empty then.
func (n *node) remove(index int32) (old *VM) {
	i := n.find(index)
	if n.kids == nil {
		old = n.vms[i]
		n.keys, n.vms = slices.Delete(n.keys, i, i+1), slices.Delete(n.vms, i, i+1)
		n.add(old, -1)
		return old
	}
	kid := n.own(i)
	old = kid.remove(index)
	n.add(old, -1)
	if len(kid.keys) == 0 {
		n.replace(i, i+1)
		n.join(i - 1)
		return old
	}
	n.keys[i] = kid.last()
	n.join(i)
	n.join(i - 1)
	return old
}

// replace has other kids in place of those from i to j.
func (n *node) replace(i, j int, kids ...*node) {
	last := make([]int32, len(kids))
	for k, kid := range kids {
		last[k] = kid.last()
	}
	n.kids, n.keys = slices.Replace(n.kids, i, j, kids...), slices.Replace(n.keys, i, j, last...)
}

// halves returns what is in the node as two.
func (n *node) halves() []*node {
	half := len(n.keys) / 2
	if n.kids == nil {
		return []*node{leaf(n.owner, slices.Clone(n.vms[:half])), leaf(n.owner, slices.Clone(n.vms[half:]))}
	}
	return []*node{branch(n.owner, slices.Clone(n.kids[:half])), branch(n.owner, slices.Clone(n.kids[half:]))}
}

// join makes one of kid i and the one after it if both are small, so that what removals leave does not fall to pieces. It does
// nothing if there are no such kids.
func (n *node) join(i int) {
	if i < 0 || i+1 >= len(n.kids) {
		return
	}
	a, b := n.kids[i], n.kids[i+1]
	if len(a.keys)+len(b.keys) > nodeSize/2 {
		return
	}
	if a.kids == nil {
		n.replace(i, i+2, leaf(n.owner, slices.Concat(a.vms, b.vms)))
		return
	}
	n.replace(i, i+2, branch(n.owner, slices.Concat(a.kids, b.kids)))
}
