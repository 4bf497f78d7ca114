package collector

import (
	"iter"
	"slices"
	"sort"
)

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

// chunkSize is the number of virtual machines at which a chunk is split. An event copies one chunk and the list of
// chunks, so at 10,000 virtual machines a few kilobytes.
const chunkSize = 256

// rows is a persistent list of virtual machines in order of Index: two levels deep, so that a new list shares with
// the old one all chunks but those that changed. Its zero value is empty.
type rows struct {
	chunks []*chunk
	n      int
}

// A chunk is a non-empty run of virtual machines in order of Index, with the number of those that have each part, so
// that a search need not look into a chunk that has none.
type chunk struct {
	vms []*VM
	has [countedParts]int
}

// seek is Snapshot.Seek.
func (r rows) seek(index int32, part Part) *VM {
	i := r.chunkOf(index)
	if i == len(r.chunks) {
		return nil
	}
	first := searchVM(r.chunks[i].vms, index)
	for _, c := range r.chunks[i:] {
		if part == Any || c.has[part] > 0 {
			for _, vm := range c.vms[first:] {
				if part == Any || vm.count(part) > 0 {
					return vm
				}
			}
		}
		first = 0
	}
	return nil
}

// all yields the virtual machines in order of Index.
func (r rows) all() iter.Seq[*VM] {
	return func(yield func(*VM) bool) {
		for _, c := range r.chunks {
			for _, vm := range c.vms {
				if !yield(vm) {
					return
				}
			}
		}
	}
}

// chunkOf returns the number of the first chunk that ends at index or after it, or the number of chunks.
func (r rows) chunkOf(index int32) int {
	return sort.Search(len(r.chunks), func(i int) bool {
		vms := r.chunks[i].vms
		return vms[len(vms)-1].Index >= index
	})
}

// searchVM returns the position of the first virtual machine whose Index is at least index.
func searchVM(vms []*VM, index int32) int {
	return sort.Search(len(vms), func(i int) bool { return vms[i].Index >= index })
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

// newChunk counts the parts of vms, which it keeps.
func newChunk(vms []*VM) *chunk {
	c := &chunk{vms: vms}
	for _, vm := range vms {
		c.add(vm, 1)
	}
	return c
}

// add counts vm in (by 1) or out (by -1).
func (c *chunk) add(vm *VM, by int) {
	for p := range countedParts {
		if vm.count(Part(p)) > 0 {
			c.has[p] += by
		}
	}
}

// An edit makes a new list out of an old one, which it leaves as it was.
type edit struct {
	r   rows
	own map[*chunk]bool // the chunks that are this edit's own, to be changed in place
}

// edit begins an edit of r.
func (r rows) edit() *edit {
	return &edit{r: rows{slices.Clone(r.chunks), r.n}, own: map[*chunk]bool{}}
}

// rows ends the edit.
func (e *edit) rows() rows {
	e.own = nil
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
	if len(e.r.chunks) == 0 {
		c := newChunk([]*VM{vm})
		e.own[c] = true
		e.r = rows{[]*chunk{c}, 1}
		return
	}
	i := min(e.r.chunkOf(vm.Index), len(e.r.chunks)-1)
	c := e.owned(i)
	j := searchVM(c.vms, vm.Index)
	if j < len(c.vms) && c.vms[j].Index == vm.Index {
		c.add(c.vms[j], -1)
		c.vms[j] = vm
	} else {
		c.vms = slices.Insert(c.vms, j, vm)
		e.r.n++
	}
	c.add(vm, 1)
	if len(c.vms) >= chunkSize {
		e.split(i)
	}
}

// remove takes out the virtual machine of that index, if there is one.
func (e *edit) remove(index int32) {
	if e.get(index) == nil {
		return
	}
	i := e.r.chunkOf(index)
	c := e.owned(i)
	j := searchVM(c.vms, index)
	c.add(c.vms[j], -1)
	c.vms = slices.Delete(c.vms, j, j+1)
	e.r.n--
	e.join(i)
	e.join(i - 1)
}

// owned returns chunk i, copied first if it is shared.
func (e *edit) owned(i int) *chunk {
	c := e.r.chunks[i]
	if e.own[c] {
		return c
	}
	c = &chunk{vms: slices.Clone(c.vms), has: c.has}
	e.r.chunks[i] = c
	e.own[c] = true
	return c
}

// split halves chunk i.
func (e *edit) split(i int) {
	vms := e.r.chunks[i].vms
	half := len(vms) / 2
	lower, upper := newChunk(slices.Clone(vms[:half])), newChunk(slices.Clone(vms[half:]))
	e.own[lower], e.own[upper] = true, true
	e.r.chunks = slices.Replace(e.r.chunks, i, i+1, lower, upper)
}

// join removes chunk i if it is empty, or joins it with the one after it if both are small, so that what removals leave
// does not fall to pieces. It does nothing if there is no such chunk.
func (e *edit) join(i int) {
	if i < 0 || i >= len(e.r.chunks) {
		return
	}
	c := e.r.chunks[i]
	if len(c.vms) == 0 {
		e.r.chunks = slices.Delete(e.r.chunks, i, i+1)
		return
	}
	if i+1 == len(e.r.chunks) || len(c.vms)+len(e.r.chunks[i+1].vms) > chunkSize/2 {
		return
	}
	joined := newChunk(slices.Concat(c.vms, e.r.chunks[i+1].vms))
	e.own[joined] = true
	e.r.chunks = slices.Replace(e.r.chunks, i, i+2, joined)
}
