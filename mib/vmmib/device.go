package vmmib

import (
	"sort"

	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/mib"
)

// seekDevice returns the first device whose indices, those of the virtual machine and its own, are at least the first two
// of from, with the virtual machine that has it. Both are nil if there is none. The devices of a virtual machine are
// in order of index.
func seekDevice[D any](
	s *collector.Snapshot, from mib.Index, part collector.Part, devices func(*collector.VM) []D, index func(*D) int32,
) (*collector.VM, *D) {
	vm := seekVM(s, from[0], part)
	if vm == nil {
		return nil, nil
	}
	if uint32(vm.Index) > from[0] {
		return vm, &devices(vm)[0]
	}
	all := devices(vm)
	i := sort.Search(len(all), func(i int) bool { return uint32(index(&all[i])) >= from[1] })
	if i < len(all) {
		return vm, &all[i]
	}
	vm = seekVM(s, from[0]+1, part)
	if vm == nil {
		return nil, nil
	}
	return vm, &devices(vm)[0]
}
