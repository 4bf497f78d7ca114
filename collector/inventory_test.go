package collector

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/vmond/vmond/hv"
)

// read does one whole reading of f, as the collector would.
func read(t *testing.T, inv *inventory, f *fake) {
	t.Helper()
	inv.setHost(f.host)
	list, _ := f.States(t.Context())
	if err := inv.states(list, time.Now()); err != nil {
		t.Fatal(err)
	}
	var defs []definition
	for key := range inv.undefined {
		vm := f.vms[key]
		defs = append(defs, definition{key, vm.Run, vm.def, vm.defErr})
	}
	clear(inv.undefined)
	if err := inv.definitions(defs); err != nil {
		t.Fatal(err)
	}
	var ms []measurement
	for key, run := range inv.toMeasure(true) {
		ms = append(ms, measurement{key, run, f.vms[key].stats, nil})
	}
	inv.statistics(ms)
}

// memory returns an inventory without a store.
func memory(t *testing.T) *inventory {
	t.Helper()
	l, err := newLedger(nil)
	if err != nil {
		t.Fatal(err)
	}
	return newInventory(l, time.Now())
}

// names returns the keys of a snapshot in order of index.
func names(s *Snapshot) []string {
	var keys []string
	for vm := range s.VMs() {
		keys = append(keys, vm.Key)
	}
	return keys
}

func TestInventoryComposesTheThreeDepths(t *testing.T) {
	t.Parallel()
	f := newFake(running("a", 1))
	inv := memory(t)
	read(t, inv, f)
	want := &VM{
		Index: 1, Summary: f.vms["a"].Summary, Defined: true, OSType: "hvm",
		CurCPUs: hv.Some(2), MaxMem: hv.Some[int64](1 << 30), CPUTime: hv.Some(time.Second),
		CPUs:  []CPU{{Index: 1, CPU: hv.CPU{ID: 0}, Time: hv.Some(time.Second)}, {Index: 2, CPU: hv.CPU{ID: 1}}},
		Disks: []Disk{{Index: 1, Disk: f.vms["a"].def.Disks[0], Stats: f.vms["a"].stats.Disks[0]}},
		NICs:  []NIC{{Index: 1, NIC: f.vms["a"].def.NICs[0]}},
	}
	got := inv.snapshot().VM(1)
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(VM{})); diff != "" {
		t.Errorf("unexpected VM (-want +got):\n%s", diff)
	}
}

func TestInventoryDevicesOfOneKeyMakeOneRow(t *testing.T) {
	t.Parallel()
	vm := running("a", 1)
	vm.def.Disks = []hv.Disk{{Key: "vda", Format: "raw"}, {Key: "vda", Format: "qcow2"}, {Key: "vdb"}}
	vm.def.CPUs = []hv.CPU{{ID: 1}, {ID: -1}, {ID: 1}, {ID: 0}}
	f := newFake(vm)
	inv := memory(t)
	read(t, inv, f)
	got := inv.snapshot().VM(1)
	var disks, cpus []int32
	for _, d := range got.Disks {
		disks = append(disks, d.Index)
	}
	for _, c := range got.CPUs {
		cpus = append(cpus, c.Index)
	}
	if diff := cmp.Diff([]int32{1, 2}, disks); diff != "" {
		t.Errorf("unexpected disks (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int32{1, 2}, cpus); diff != "" {
		t.Errorf("unexpected CPUs (-want +got):\n%s", diff)
	}
}

func TestInventoryIgnoresWhatHasNoIdentity(t *testing.T) {
	t.Parallel()
	f := newFake(running("a", 1))
	inv := memory(t)
	inv.setHost(f.host)
	a := f.vms["a"].Summary
	twin := a
	twin.Name = "twin"
	if err := inv.states([]hv.Summary{a, twin, {Name: "nobody"}}, time.Now()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a"}, names(inv.snapshot())); diff != "" {
		t.Errorf("unexpected VMs (-want +got):\n%s", diff)
	}
	if got := inv.snapshot().VM(1).Name; got != a.Name {
		t.Errorf("unexpected name: want %q, got %q", a.Name, got)
	}
}

func TestInventoryLastChange(t *testing.T) {
	t.Parallel()
	f := newFake(running("a", 1))
	inv := memory(t)
	steps := []struct {
		name   string
		change func()
		moves  bool
	}{
		{"first reading", func() {}, true},
		{"nothing", func() {}, false},
		{"a state", func() { f.vms["a"] = off("a") }, false},
		{"one more", func() { f.vms["b"] = off("b") }, true},
		{"one less", func() { delete(f.vms, "a") }, true},
		{"the same again", func() { f.vms["a"] = off("a") }, true},
		{"a new name", func() { vm := off("a"); vm.Name = "renamed"; f.vms["a"] = vm }, false},
	}
	before := hv.Opt[time.Duration]{}
	for _, tt := range steps {
		tt.change()
		read(t, inv, f)
		got := inv.snapshot().LastChange
		if moved := !got.Equal(before); moved != tt.moves {
			t.Errorf("%s: unexpected move of the last change: want %t, got %t", tt.name, tt.moves, moved)
		}
		if up := inv.now(time.Now()); got.Or(-1) < 0 || got.Or(0) > up {
			t.Errorf("%s: last change %v is not within the uptime %v", tt.name, got, up)
		}
		before = got
	}
}

func TestInventoryLastChangeOutlivesVmond(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "vmond.db")
	f := newFake(running("a", 1), off("b"))
	look := func() *Snapshot {
		l, s := openLedger(t, path)
		defer s.Close()
		inv := newInventory(l, time.Now())
		read(t, inv, f)
		return inv.snapshot()
	}
	first := look()
	if second := look(); !second.LastChange.Equal(first.LastChange) {
		t.Errorf("it moved though nothing changed: %v, %v", first.LastChange, second.LastChange)
	}
	delete(f.vms, "b")
	third := look()
	if third.LastChange.Equal(first.LastChange) {
		t.Error("it did not move though one was deleted while nobody looked")
	}
	f.host.Life = "another"
	if fourth := look(); fourth.LastChange.Equal(third.LastChange) {
		t.Error("it is still that of another life")
	}
	f.host.Started = hv.Opt[time.Time]{}
	if fifth := look(); !fifth.LastChange.IsZero() {
		t.Errorf("without an uptime of the hypervisor it is %v", fifth.LastChange)
	}
}

func TestInventoryStarted(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "vmond.db")
	vm := running("a", 1)
	f := newFake(vm)
	began := time.Now().Add(-10 * time.Minute)
	vm.def.Started = hv.Some(began)
	f.vms["a"] = vm
	l, s := openLedger(t, path)
	inv := newInventory(l, time.Now())
	read(t, inv, f)
	isAt := func(inv *inventory, want time.Time, when string) {
		t.Helper()
		got, ok := inv.snapshot().VM(1).Started.Get()
		if !ok || got.Sub(want).Abs() > sameStart {
			t.Errorf("%s: unexpected start: want %v, got %v (%t)", when, want, got, ok)
		}
	}
	isAt(inv, began, "found running")

	vm.Admin, vm.State, vm.Run = hv.AdminSuspended, hv.StateSuspended, 0
	vm.def.Started = hv.Opt[time.Time]{}
	f.vms["a"] = vm
	read(t, inv, f)
	isAt(inv, began, "saved")

	vm.Admin, vm.State, vm.Run = hv.AdminRunning, hv.StateRunning, 2
	vm.def.Started = hv.Some(time.Now())
	f.vms["a"] = vm
	read(t, inv, f)
	isAt(inv, began, "restored in a new process")

	if err := l.commit(); err != nil {
		t.Fatal(err)
	}
	s.Close()
	l, _ = openLedger(t, path)
	inv = newInventory(l, time.Now())
	read(t, inv, f)
	isAt(inv, began, "vmond started anew")

	f.vms["a"] = off("a")
	read(t, inv, f)
	if got := inv.snapshot().VM(1).Started; !got.IsZero() {
		t.Errorf("shut down, it has a start: %v", got)
	}
	f.vms["a"] = running("a", 3)
	read(t, inv, f)
	isAt(inv, time.Now(), "started without a process to look at")
}

func TestInventoryCountersEndWithTheRun(t *testing.T) {
	t.Parallel()
	f := newFake(running("a", 1))
	inv := memory(t)
	read(t, inv, f)
	before := inv.snapshot()

	f.vms["a"] = off("a")
	inv.setHost(f.host)
	list, _ := f.States(t.Context())
	if err := inv.states(list, time.Now()); err != nil {
		t.Fatal(err)
	}
	got := inv.snapshot().VM(1)
	if !got.CPUTime.IsZero() || !got.CPUs[0].Time.IsZero() || !got.Disks[0].Stats.ReadBytes.IsZero() || !got.StatsAt.IsZero() {
		t.Errorf("counters of the run that ended are still there: %+v", got)
	}
	if got.Disks[0].Stats.Capacity.IsZero() {
		t.Error("the size of the disk is gone with the run")
	}
	if old := before.VM(1); old.CPUTime.IsZero() || old.Disks[0].Stats.ReadBytes.IsZero() {
		t.Error("the snapshot that was published before has changed")
	}

	inv.statistics([]measurement{{"a", 1, f.vms["a"].stats, nil}})
	if got := inv.snapshot().VM(1); !got.CPUTime.IsZero() {
		t.Error("statistics of an earlier run were taken over")
	}
	if !inv.unmeasured["a"] {
		t.Error("statistics of an earlier run are not made up for")
	}
}

func TestInventoryASickVMIsStaleAndKeepsItsValues(t *testing.T) {
	t.Parallel()
	f := newFake(running("a", 1), running("b", 2))
	inv := memory(t)
	read(t, inv, f)
	sick := errors.New("monitor does not answer")
	inv.statistics([]measurement{{"a", 1, hv.Statistics{}, sick}, {"b", 2, hv.Statistics{CPUTime: hv.Some(time.Hour)}, nil}})
	s := inv.snapshot()
	if vm := s.VM(1); !vm.Stale || vm.CPUTime != hv.Some(time.Second) {
		t.Errorf("the sick one: stale %t, CPU time %v", vm.Stale, vm.CPUTime)
	}
	if vm := s.VM(2); vm.Stale || vm.CPUTime != hv.Some(time.Hour) {
		t.Errorf("its neighbour: stale %t, CPU time %v", vm.Stale, vm.CPUTime)
	}
	if err := inv.definitions([]definition{{"a", 1, f.vms["a"].def, nil}}); err != nil {
		t.Fatal(err)
	}
	if !inv.snapshot().VM(1).Stale {
		t.Error("a definition that could be read made it fresh")
	}
	inv.statistics([]measurement{{"a", 1, f.vms["a"].stats, nil}})
	if inv.snapshot().VM(1).Stale {
		t.Error("it is stale though all could be read")
	}
	inv.statistics([]measurement{{"a", 1, hv.Statistics{}, hv.ErrGone}})
	if inv.snapshot().VM(1).Stale {
		t.Error("one that is gone was called sick")
	}
}

func TestInventorySharesWhatDidNotChange(t *testing.T) {
	t.Parallel()
	f := newFake(many(1000)...)
	inv := memory(t)
	read(t, inv, f)
	before := inv.snapshot()
	changed := f.vms["vm-00500"]
	changed.State, changed.Admin = hv.StatePaused, hv.AdminPaused
	f.vms["vm-00500"] = changed
	inv.setHost(f.host)
	list, _ := f.States(t.Context())
	if err := inv.states(list, time.Now()); err != nil {
		t.Fatal(err)
	}
	after := inv.snapshot()
	var others int
	for vm := range before.VMs() {
		if after.VM(vm.Index) != vm {
			others++
		}
	}
	if others != 1 {
		t.Errorf("unexpected number of virtual machines that were copied: want 1, got %d", others)
	}
}

func BenchmarkEvent(b *testing.B) {
	f := newFake(many(10_000)...)
	l, _ := newLedger(nil)
	inv := newInventory(l, time.Now())
	inv.setHost(f.host)
	list, _ := f.States(b.Context())
	if err := inv.states(list, time.Now()); err != nil {
		b.Fatal(err)
	}
	inv.snapshot()
	s := list[5000]
	b.ReportAllocs()
	for b.Loop() {
		s.Run++
		inv.update(inv.byKey[s.Key], s, l.records[s.Key], true)
		inv.snapshot()
	}
}

func TestInventoryADefinitionOfAnEndedRunIsReadAgain(t *testing.T) {
	t.Parallel()
	vm := running("a", 1)
	vm.def.Started = hv.Some(time.Now().Add(-time.Hour))
	f := newFake(vm)
	inv := memory(t)
	read(t, inv, f)
	f.vms["a"] = running("a", 2)
	list, _ := f.States(t.Context())
	if err := inv.states(list, time.Now()); err != nil {
		t.Fatal(err)
	}
	clear(inv.undefined)
	late := vm.def
	late.Disks = append(late.Disks, hv.Disk{Key: "vdz"})
	if err := inv.definitions([]definition{{"a", 1, late, nil}}); err != nil {
		t.Fatal(err)
	}
	got := inv.snapshot().VM(1)
	if started, ok := got.Started.Get(); !ok || time.Since(started) > time.Minute {
		t.Errorf("the present run has the start of the one before: %v", got.Started)
	}
	if len(got.Disks) != 1 {
		t.Errorf("the present run has the devices of the one before: %+v", got.Disks)
	}
	if !inv.undefined["a"] {
		t.Error("the definition is not read again")
	}
}

func TestInventoryCountersEndWithTheLifeOfTheHypervisor(t *testing.T) {
	t.Parallel()
	f := newFake(running("a", 1), off("b"))
	inv := memory(t)
	read(t, inv, f)
	before := inv.snapshot()
	f.host.Life, f.host.Started = "another", hv.Some(time.Now())
	inv.setHost(f.host) // the first run in the new life has the number of the one in the old
	list, _ := f.States(t.Context())
	if err := inv.states(list, time.Now()); err != nil {
		t.Fatal(err)
	}
	got := inv.snapshot().VM(1)
	if !got.CPUTime.IsZero() || !got.CPUs[0].Time.IsZero() || !got.StatsAt.IsZero() || !got.Started.IsZero() {
		t.Errorf("something of another life is still there: %+v", got)
	}
	for _, key := range []string{"a", "b"} {
		if !inv.undefined[key] || !inv.unmeasured[key] {
			t.Errorf("%q is not read again", key)
		}
	}
	if before.VM(1).CPUTime.IsZero() {
		t.Error("the snapshot that was published before has changed")
	}
}

// TestInventoryAsksInOrder proves that virtual machines are asked about in the order in which a snapshot has them, which is not
// that of their keys.
func TestInventoryAsksInOrder(t *testing.T) {
	t.Parallel()
	inv := memory(t)
	for _, key := range []string{"c", "a", "b"} {
		if err := inv.states([]hv.Summary{running(key, 1).Summary}, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	var all []hv.Summary
	for _, key := range []string{"a", "b", "c", "d"} {
		all = append(all, running(key, 1).Summary)
	}
	if err := inv.states(all, time.Now()); err != nil {
		t.Fatal(err)
	}
	want := names(inv.snapshot())
	if diff := cmp.Diff([]string{"c", "a", "b", "d"}, want); diff != "" {
		t.Fatalf("unexpected indices (-want +got):\n%s", diff)
	}
	for what, runs := range map[string]map[string]int64{"definitions": inv.toDefine(), "statistics": inv.toMeasure(true)} {
		if diff := cmp.Diff(want, inv.inOrder(runs)); diff != "" {
			t.Errorf("unexpected order of the %s (-want +got):\n%s", what, diff)
		}
	}
}
