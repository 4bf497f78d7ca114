package collector

import (
	"errors"
	"reflect"

	"github.com/vmond/vmond/hv"
)

// A definition is what one reading told of one virtual machine, in the run that it was read in.
type definition struct {
	key string
	run int64
	def hv.Definition
	err error
}

// definitions takes over what a reading told. What is of a run that has ended meanwhile, or of one that nobody has told of
// yet, is read again: the start of its process is not that of the present run. The ledger has the indices of all devices before a snapshot does: if
// it cannot be written, those with new devices stay as they were, and the error says why.
func (v *inventory) definitions(list []definition) error {
	for _, d := range list {
		r := v.ledger.records[d.key]
		if vm := v.byKey[d.key]; vm == nil || !vm.ofRun(d.run, d.def.Run) || d.err != nil {
			continue
		}
		if r.number(d.def) {
			v.ledger.touch(d.key)
		}
		if t, ok := d.def.Started.Get(); ok && r.refine(v.now(t)) {
			v.ledger.touch(d.key)
		}
	}
	err := v.ledger.secure()
	for _, d := range list {
		vm := v.byKey[d.key]
		switch {
		case vm == nil:
		case vm.Run != d.run:
			v.undefined[d.key] = true
		case !vm.ofRun(d.run, d.def.Run):
			v.failed[d.key] = true // until the states are read again, that would not change
		case errors.Is(d.err, hv.ErrGone):
		case d.err != nil:
			v.stale(vm, func(vm *VM) { vm.staleDefinition = true })
			v.failed[d.key] = true
			if vm.bare() {
				v.unmeasured[d.key] = true // what needs no definition is known at least
			}
		case v.ledger.records[d.key].numbered:
			v.failed[d.key] = true
		default:
			r := v.ledger.records[d.key]
			next := define(*vm, d.def, r)
			next.Started = v.started(r)
			if !sameDevices(vm, next) {
				v.unmeasured[d.key] = true
			}
			if !reflect.DeepEqual(next, vm) {
				v.put(next)
			}
		}
	}
	return err
}

// number gives each device of d an index, and reports whether any is new.
func (r *record) number(d hv.Definition) bool {
	disks := make([]string, len(d.Disks))
	for i := range d.Disks {
		disks[i] = d.Disks[i].Key
	}
	nics := make([]string, len(d.NICs))
	for i := range d.NICs {
		nics[i] = d.NICs[i].Key
	}
	var newDisks, newNICs bool
	r.Disks, newDisks = r.Disks.take(disks)
	r.NICs, newNICs = r.NICs.take(nics)
	r.numbered = r.numbered || newDisks || newNICs
	return newDisks || newNICs
}

// toDefine returns the virtual machines whose definitions are to be read, with their runs.
func (v *inventory) toDefine() map[string]int64 {
	runs := make(map[string]int64, len(v.undefined))
	for key := range v.undefined {
		if vm := v.byKey[key]; vm != nil {
			runs[key] = vm.Run
		}
	}
	clear(v.undefined)
	return runs
}

// unread notes the virtual machines that a reading of the definitions did not come to, so that it is made up for.
func (v *inventory) unread(runs map[string]int64) {
	for key := range runs {
		if vm := v.byKey[key]; vm != nil {
			v.stale(vm, func(vm *VM) { vm.staleDefinition = true })
			v.undefined[key] = true
			if vm.bare() {
				v.unmeasured[key] = true // what needs no definition is known at least
			}
		}
	}
}
