package collector

import (
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"

	"github.com/vmond/vmond/hv"
)

// counted returns a virtual machine in that run, which has counted so much and says which run that is.
func counted(key string, run int64, used time.Duration) fakeVM {
	vm := running(key, run)
	vm.def.Run, vm.stats.Run, vm.stats.CPUTime = hv.Some(run), hv.Some(run), hv.Some(used)
	return vm
}

// TestStatisticsOfAnotherRun has a virtual machine that was started anew, of which nobody has heard when its statistics
// are read: what the new run counted is not shown as if it were of the old one.
func TestStatisticsOfAnotherRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake(counted("vm", 1, time.Hour))
		c := run(t, f, zap.NewNop())
		pass(time.Minute)
		before := c.Latest().VM(1)
		if before.CPUTime != hv.Some(time.Hour) {
			t.Fatalf("unexpected virtual machine: %+v", before)
		}
		f.set(func() {
			f.vms["vm"] = counted("vm", 2, time.Second)
			f.hang["states"] = true
		})
		pass(2 * testIntervals.Statistics)
		vm := c.Latest().VM(1)
		if vm.Run != 1 || vm.CPUTime != hv.Some(time.Hour) || !vm.StatsAt.Before(time.Now().Add(-testIntervals.Statistics)) {
			t.Errorf("unexpected virtual machine of which the new run is not known: %+v", vm)
		}
		f.set(func() {
			delete(f.hang, "states")
			f.hang["statistics"] = true
		})
		pass(2 * statesTimeout)
		if vm := c.Latest().VM(1); vm.Run != 2 || !vm.CPUTime.IsZero() || !vm.StatsAt.IsZero() || !vm.CPUs[0].Time.IsZero() {
			t.Errorf("unexpected virtual machine of whose new run nothing was counted: %+v", vm)
		}
		f.set(func() { delete(f.hang, "statistics") })
		pass(2 * depthTimeout)
		if vm := c.Latest().VM(1); vm.CPUTime != hv.Some(time.Second) || vm.StatsAt.IsZero() {
			t.Errorf("unexpected virtual machine in its new run: %+v", vm)
		}
	})
}

// TestDefinitionOfAnotherRun is the same for the definition.
func TestDefinitionOfAnotherRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake(counted("vm", 1, time.Hour))
		c := run(t, f, zap.NewNop())
		pass(time.Minute)
		f.set(func() {
			vm := counted("vm", 2, 0)
			vm.def.OSType = "of the new run"
			f.vms["vm"] = vm
			f.hang["states"] = true
		})
		pass(2 * testIntervals.Definitions)
		if vm := c.Latest().VM(1); vm.OSType != "hvm" {
			t.Errorf("unexpected virtual machine of which the new run is not known: %+v", vm)
		}
		f.set(func() { delete(f.hang, "states") })
		pass(2 * statesTimeout)
		if vm := c.Latest().VM(1); vm.OSType != "of the new run" || vm.Run != 2 {
			t.Errorf("unexpected virtual machine in its new run: %+v", vm)
		}
	})
}

// TestOfRun proves what is of the present run of a virtual machine.
func TestOfRun(t *testing.T) {
	t.Parallel()
	var nobody hv.Opt[int64]
	tests := []struct {
		name    string
		present int64
		asked   int64
		told    hv.Opt[int64]
		want    bool
	}{
		{"asked in it, told nothing", 5, 5, nobody, true},
		{"asked in it, told so", 5, 5, hv.Some[int64](5), true},
		{"asked in it, told another", 5, 5, hv.Some[int64](6), false},
		{"asked in it, ended", 5, 5, hv.Some[int64](0), false},
		{"asked before it", 5, 4, nobody, false},
		{"asked before it, told it", 5, 4, hv.Some[int64](5), false},
		{"off", 0, 0, hv.Some[int64](0), true},
		{"off when asked, started", 0, 0, hv.Some[int64](5), false},
		{"without a number", -1, -1, hv.Some[int64](5), true},
		{"without a number, ended", -1, -1, hv.Some[int64](0), false},
		{"without a number, asked before it", -2, -1, hv.Some[int64](5), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			vm := VM{Summary: hv.Summary{Run: tt.present}}
			if got := vm.ofRun(tt.asked, tt.told); got != tt.want {
				t.Errorf("got %t, want %t", got, tt.want)
			}
		})
	}
}

// TestARunThatBeganUnseen has a virtual machine whose run is known from an event only when the watch is lost, and that is
// started anew before it begins again: the number that the next reading tells may be that of another run.
func TestARunThatBeganUnseen(t *testing.T) {
	t.Parallel()
	for _, lost := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			f := newFake(off("vm"))
			c, _ := follow(t, watchedFake{f}, nil)
			pass(testIntervals.States)
			f.set(func() {
				f.vms["vm"] = counted("vm", 7, time.Hour)
				f.hang["states"] = true
			})
			f.events <- hv.Event{Kind: hv.Started, Key: "vm", Name: "name of vm"}
			pass(2 * testIntervals.Statistics)
			if vm := c.Latest().VM(1); vm.Run >= 0 || vm.CPUTime != hv.Some(time.Hour) {
				t.Fatalf("unexpected virtual machine whose run has no number: %+v", vm)
			}
			f.set(func() {
				f.hang["statistics"] = true
				if lost {
					f.vms["vm"] = counted("vm", 8, time.Second)
				}
			})
			if lost {
				f.lose(true)
			}
			f.set(func() { delete(f.hang, "states") })
			pass(statesTimeout + testIntervals.States)
			vm := c.Latest().VM(1)
			if want := int64(7); !lost && (vm.Run != want || vm.CPUTime != hv.Some(time.Hour)) {
				t.Errorf("unexpected virtual machine whose run was given its number: %+v", vm)
			}
			if want := int64(8); lost && (vm.Run != want || !vm.CPUTime.IsZero() || !vm.StatsAt.IsZero()) {
				t.Errorf("unexpected virtual machine in a run that may be another: %+v", vm)
			}
		})
	}
}

// TestOnceOfAnotherRun proves that one reading does not mix two runs either, and says that something is missing.
func TestOnceOfAnotherRun(t *testing.T) {
	t.Parallel()
	restarted, redefined := counted("restarted", 1, time.Hour), counted("redefined", 1, time.Hour)
	restarted.stats.Run, redefined.def.Run = hv.Some[int64](2), hv.Some[int64](2)
	s, err := Once(t.Context(), newFake(restarted, redefined, counted("well", 1, time.Hour)))
	if err != nil {
		t.Fatal(err)
	}
	for vm := range s.VMs() {
		if vm.Stale != (vm.Key != "well") {
			t.Errorf("%s: stale is %t", vm.Key, vm.Stale)
		}
		if vm.CPUTime.IsZero() != (vm.Key == "restarted") || vm.Defined != (vm.Key != "redefined") {
			t.Errorf("unexpected virtual machine: %+v", vm)
		}
	}
}
