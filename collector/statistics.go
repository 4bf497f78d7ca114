package collector

import (
	"errors"

	"github.com/vmond/vmond/hv"
)

// A measurement is what one reading of the statistics told of one virtual machine, in the run that it was read in.
type measurement struct {
	key   string
	run   int64
	stats hv.Statistics
	err   error
}

// statistics takes over what a reading told. What is of a run that has ended meanwhile, or of one that nobody has told of
// yet, is of no use.
func (v *inventory) statistics(list []measurement) {
	for _, m := range list {
		vm := v.byKey[m.key]
		switch {
		case vm == nil:
		case !vm.ofRun(m.run, m.stats.Run):
			v.unmeasured[m.key] = true
		case errors.Is(m.err, hv.ErrGone):
		case m.err != nil:
			v.stale(vm, func(vm *VM) { vm.staleStatistics = true })
		default:
			v.put(measure(*vm, m.stats))
		}
	}
}

// toMeasure returns the virtual machines whose statistics are to be read, with their runs: those that were not read
// yet, and if all is set those that are active, or all where the rest is due too.
func (v *inventory) toMeasure(all bool) map[string]int64 {
	runs := map[string]int64{}
	for key := range v.unmeasured {
		if vm := v.byKey[key]; vm != nil {
			runs[key] = vm.Run
		}
	}
	clear(v.unmeasured)
	if !all {
		return runs
	}
	for key, vm := range v.byKey {
		if vm.Active() || v.restDue {
			runs[key] = vm.Run
		}
	}
	v.restDue = false
	return runs
}

// missed notes the virtual machines that a reading of the statistics did not come to, so that it is made up for.
func (v *inventory) missed(runs map[string]int64) {
	for key := range runs {
		if vm := v.byKey[key]; vm != nil {
			v.stale(vm, func(vm *VM) { vm.staleStatistics = true })
			v.unmeasured[key] = true
		}
	}
}
