package collector

import (
	"testing"
	"testing/synctest"
	"time"

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

// TestWhereItWasAttached proves that what a virtual machine had of its host in a run that has ended is not told of it any more: the
// host gives that to the next one at once.
func TestWhereItWasAttached(t *testing.T) {
	t.Parallel()
	const mac = "52:54:00:00:00:01"
	none, absent := hv.Some(0), hv.Opt[int]{}
	local := hv.NIC{Key: mac, Model: "virtio", Host: "vnet3", Bridge: "br0", IfIndex: hv.Some(9), Parent: hv.Some(2)}
	remote := hv.NIC{Key: mac, Model: "virtio", Host: "vnet3", Bridge: "br0"}
	list := func(run int64) func(*testing.T, *inventory) {
		return func(t *testing.T, inv *inventory) {
			s := running("a", run).Summary
			if err := inv.states([]hv.Summary{s}, time.Now()); err != nil {
				t.Fatal(err)
			}
		}
	}
	tests := []struct {
		name string
		run  int64
		told hv.NIC
		do   func(*testing.T, *inventory)
		// kept says that all is as it was told, index is that of the other end and its parent else.
		kept  bool
		index hv.Opt[int]
	}{
		{"it goes on", 1, local, list(1), true, absent},
		{"it has ended", 1, local, list(0), false, none},
		{"it has ended on a remote host", 1, remote, list(0), false, absent},
		{"another is found", 1, local, list(2), false, absent},
		{"an event tells of the next", 0, hv.NIC{Key: mac, Model: "virtio", IfIndex: none, Parent: none}, happens(hv.Started), false, absent},
		{"an event tells of its end", 1, local, happens(hv.Stopped), false, none},
		{"the run of an event has its number", -1, local, list(1), true, absent},
		{"the host was booted", 1, local, func(_ *testing.T, inv *inventory) {
			inv.setHost(hv.Host{Life: "another", Started: hv.Some(time.Now())})
		}, false, absent},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			vm := running("a", max(tt.run, 0))
			vm.def.Console = hv.Some(hv.Console{Type: hv.ConsoleVNC, Address: "127.0.0.1:5900"})
			vm.def.NICs = []hv.NIC{tt.told}
			inv := memory(t)
			f := newFake(vm)
			read(t, inv, f)
			if tt.run < 0 {
				happens(hv.Started)(t, inv)
				if err := inv.definitions([]definition{{"a", tt.run, vm.def, nil}}); err != nil {
					t.Fatal(err)
				}
			}
			before := inv.snapshot().VM(1)
			tt.do(t, inv)
			want, console := tt.told, vm.def.Console
			if !tt.kept {
				want = hv.NIC{Key: mac, Model: "virtio", IfIndex: tt.index, Parent: tt.index}
				console = hv.Some(hv.Console{Type: hv.ConsoleVNC})
			}
			after := inv.snapshot().VM(1)
			if diff := cmp.Diff(want, after.NICs[0].NIC); diff != "" {
				t.Errorf("unexpected interface (-want +got):\n%s", diff)
			}
			if after.Console != console {
				t.Errorf("unexpected console %v, want %v", after.Console, console)
			}
			if before.NICs[0].Host != tt.told.Host || before.Console != vm.def.Console {
				t.Errorf("the snapshot that was published before has changed: %+v", before)
			}
		})
	}
}

// happens has an event tell that "a" was started or stopped.
func happens(kind hv.EventKind) func(*testing.T, *inventory) {
	return func(t *testing.T, inv *inventory) {
		e := hv.Event{Kind: kind, Key: "a", Name: "name of a"}
		to := hv.StateRunning
		if kind == hv.Stopped {
			to = hv.StateShutdown
		}
		if err := inv.happen(e, tell(e, to, false), to, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
}
