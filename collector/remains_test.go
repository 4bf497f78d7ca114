package collector

import (
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv"
)

// TestATransientOneThatRemains proves that a transient virtual machine which stops is there for as long as its source says so,
// and that it is told once how it ended.
func TestATransientOneThatRemains(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		detail int
		state  hv.OperState
		// remains is what the event says.
		remains bool
		// at are the changes until the next readings are over, gone those once it is there no more.
		at, gone []string
	}{
		{"crashed", hv.StoppedCrashed, hv.StateCrashed, true, []string{"running crashed"}, []string{"running crashed", "crashed -"}},
		{"powered off", hv.StoppedShutdown, hv.StateShutdown, true, []string{"running shutdown"}, []string{"running shutdown", "shutdown -"}},
		{"crashed, nothing is left", hv.StoppedCrashed, hv.StateUnknown, false, []string{"running crashed", "crashed -"},
			[]string{"running crashed", "crashed -"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				vm := running("vm", 1)
				vm.Persistent = hv.No
				f := newFake(vm)
				c, changes := follow(t, watchedFake{f}, nil)
				pass(2 * testIntervals.States)
				f.set(func() {
					if f.become("vm", tt.state); tt.state != hv.StateUnknown {
						vm := f.vms["vm"]
						vm.Run = 0
						f.vms["vm"] = vm
					}
				})
				f.events <- hv.Event{Kind: hv.Stopped, Detail: tt.detail, Key: "vm", Name: "name of vm", Remains: tt.remains}
				pass(3 * testIntervals.States)
				if diff := cmp.Diff(tt.at, changes.steps("name of vm")); diff != "" {
					t.Errorf("unexpected changes (-want +got):\n%s", diff)
				}
				f.set(func() { delete(f.vms, "vm") })
				pass(3 * testIntervals.States)
				if diff := cmp.Diff(tt.gone, changes.steps("name of vm")); diff != "" {
					t.Errorf("unexpected changes in all (-want +got):\n%s", diff)
				}
				changes.check(t, c)
			})
		})
	}
}
