package collector

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv"
)

// TestInventoryWhatIsDue proves what is read again after a reading of the states has found one virtual machine changed.
func TestInventoryWhatIsDue(t *testing.T) {
	t.Parallel()
	type due struct{ Undefined, Unmeasured bool }
	tests := []struct {
		name   string
		change func(*hv.Summary)
		want   due
	}{
		{"nothing", func(*hv.Summary) {}, due{}},
		{"a pause", func(s *hv.Summary) { s.State, s.Admin = hv.StatePaused, hv.AdminPaused }, due{}},
		{"another run", func(s *hv.Summary) { s.Run = 2 }, due{true, true}},
		{"the end of the run", func(s *hv.Summary) { s.Run, s.State, s.Admin = 0, hv.StateShutdown, hv.AdminShutdown }, due{true, true}},
		{"a new name", func(s *hv.Summary) { s.Name = "new" }, due{true, false}},
		{"undefined while it runs", func(s *hv.Summary) { s.Persistent = hv.No }, due{true, false}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(running("a", 1), running("b", 9))
			inv := memory(t)
			read(t, inv, f)
			f.change("a", func(vm *fakeVM) { tt.change(&vm.Summary) })
			list, _ := f.States(t.Context())
			if err := inv.states(list, time.Now()); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, due{inv.undefined["a"], inv.unmeasured["a"]}); diff != "" {
				t.Errorf("unexpected readings that are due (-want +got):\n%s", diff)
			}
			if inv.undefined["b"] || inv.unmeasured["b"] {
				t.Error("the neighbour is read again")
			}
			if got := inv.snapshot().VM(1).Index; got != 1 {
				t.Errorf("unexpected index: want 1, got %d", got)
			}
		})
	}
}

// TestInventoryWhatIsDueAfterADefinition proves what follows from a definition, or from an error in its place.
func TestInventoryWhatIsDueAfterADefinition(t *testing.T) {
	t.Parallel()
	sick := errors.New("broken XML")
	def := running("a", 1).def
	other := func(change func(*hv.Definition)) hv.Definition {
		d := running("a", 1).def
		change(&d)
		return d
	}
	tests := []struct {
		name            string
		known           bool // there is a definition already
		counted         bool // there are statistics already, of the devices that are known
		def             hv.Definition
		err             error
		stale, failed   bool
		measured        bool // the statistics are due
		wantDescription string
	}{
		{name: "the first", def: def, measured: true, wantDescription: "hvm"},
		{name: "the same", known: true, def: def, wantDescription: "hvm"},
		{name: "another text", known: true, def: other(func(d *hv.Definition) { d.OSType = "new" }), wantDescription: "new"},
		{name: "another CPU", known: true, def: other(func(d *hv.Definition) { d.CPUs[1].ID = 5 }), measured: true, wantDescription: "hvm"},
		{name: "another disk", known: true, def: other(func(d *hv.Definition) { d.Disks[0].Key = "vdb" }), measured: true, wantDescription: "hvm"},
		{name: "another interface", known: true, def: other(func(d *hv.Definition) { d.NICs[0].Key = "52:54:00:00:00:02" }), measured: true, wantDescription: "hvm"},
		{name: "none the first time", err: sick, stale: true, failed: true, measured: true},
		{name: "none again", counted: true, err: sick, stale: true, failed: true},
		{name: "none any more", known: true, err: sick, stale: true, failed: true, wantDescription: "hvm"},
		{name: "gone", known: true, err: hv.ErrGone, wantDescription: "hvm"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(running("a", 1))
			inv := memory(t)
			inv.setHost(f.host)
			list, _ := f.States(t.Context())
			if err := inv.states(list, time.Now()); err != nil {
				t.Fatal(err)
			}
			if tt.known {
				if err := inv.definitions([]definition{{"a", 1, def, nil}}); err != nil {
					t.Fatal(err)
				}
			}
			if tt.counted {
				inv.statistics([]measurement{{"a", 1, hv.Statistics{At: time.Now()}, nil}})
			}
			inv.toMeasure(true)
			if err := inv.definitions([]definition{{"a", 1, tt.def, tt.err}}); err != nil {
				t.Fatal(err)
			}
			vm := inv.snapshot().VM(1)
			if vm.Stale != tt.stale || inv.failed["a"] != tt.failed || inv.unmeasured["a"] != tt.measured {
				t.Errorf("unexpected outcome: stale %t, failed %t, statistics due %t", vm.Stale, inv.failed["a"], inv.unmeasured["a"])
			}
			if vm.OSType != tt.wantDescription {
				t.Errorf("unexpected text: want %q, got %q", tt.wantDescription, vm.OSType)
			}
		})
	}
}

func TestInventoryWhatAReadingDidNotComeToIsDue(t *testing.T) {
	t.Parallel()
	f := newFake(running("a", 1), off("b"))
	inv := memory(t)
	read(t, inv, f)
	inv.missed(map[string]int64{"a": 1, "gone": 1})
	inv.unread(map[string]int64{"b": 0, "gone": 1})
	if !inv.snapshot().VM(1).Stale || !inv.snapshot().VM(2).Stale {
		t.Error("what could not be read is shown as fresh")
	}
	if diff := cmp.Diff(map[string]int64{"a": 1}, inv.toMeasure(false)); diff != "" {
		t.Errorf("unexpected statistics that are due (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]int64{"b": 0}, inv.toDefine()); diff != "" {
		t.Errorf("unexpected definitions that are due (-want +got):\n%s", diff)
	}
	if got := len(inv.toMeasure(false)) + len(inv.toDefine()); got != 0 {
		t.Errorf("%d are due twice", got)
	}
	if diff := cmp.Diff(map[string]int64{"a": 1}, inv.toMeasure(true)); diff != "" {
		t.Errorf("unexpected statistics at the interval (-want +got):\n%s", diff)
	}
}

func TestInventoryADeviceThatIsNotMeasuredAnyMoreHasNoCounters(t *testing.T) {
	t.Parallel()
	vm := running("a", 1)
	vm.stats.NICs = []hv.NICStats{{Key: "52:54:00:00:00:01", RxBytes: hv.Some[uint64](7)}}
	vm.stats.CurCPUs, vm.stats.CurMem = hv.Some(1), hv.Some[int64](1<<20)
	f := newFake(vm)
	inv := memory(t)
	read(t, inv, f)
	before := inv.snapshot().VM(1)
	if before.NICs[0].Stats.RxBytes != hv.Some[uint64](7) || before.CurCPUs != hv.Some(1) || before.CurMem != hv.Some[int64](1<<20) {
		t.Errorf("the statistics are not shown: %+v", before)
	}

	// A definition with the same devices keeps what was counted.
	def := vm.def
	def.OSType = "new"
	if err := inv.definitions([]definition{{"a", 1, def, nil}}); err != nil {
		t.Fatal(err)
	}
	kept := inv.snapshot().VM(1)
	if diff := cmp.Diff(before.CPUs, kept.CPUs); diff != "" {
		t.Errorf("unexpected CPUs (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(before.NICs, kept.NICs); diff != "" {
		t.Errorf("unexpected interfaces (-want +got):\n%s", diff)
	}

	inv.statistics([]measurement{{"a", 1, hv.Statistics{At: time.Now()}, nil}})
	after := inv.snapshot().VM(1)
	if !after.CPUTime.IsZero() || !after.CPUs[0].Time.IsZero() || !after.Disks[0].Stats.ReadBytes.IsZero() || !after.NICs[0].Stats.RxBytes.IsZero() {
		t.Errorf("what was not told is still there: %+v", after)
	}
	for _, old := range []*VM{before, kept} {
		if old.CPUTime.IsZero() || old.CPUs[0].Time.IsZero() || old.Disks[0].Stats.ReadBytes.IsZero() || old.NICs[0].Stats.RxBytes.IsZero() {
			t.Errorf("a snapshot that was published before has changed: %+v", old)
		}
	}

	inv.statistics([]measurement{{"a", 1, vm.stats, nil}})
	counted := inv.snapshot().VM(1)
	f.vms["a"] = off("a")
	list, _ := f.States(t.Context())
	if err := inv.states(list, time.Now()); err != nil {
		t.Fatal(err)
	}
	if got := inv.snapshot().VM(1); !got.NICs[0].Stats.RxBytes.IsZero() || !got.CPUs[0].Time.IsZero() {
		t.Errorf("counters of the run that ended are still there: %+v", got)
	}
	if counted.NICs[0].Stats.RxBytes.IsZero() || counted.CPUs[0].Time.IsZero() {
		t.Error("the snapshot that was published before has changed")
	}
}
