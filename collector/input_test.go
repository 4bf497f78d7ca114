package collector

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/vmond/vmond/hv"
)

// healthy are the keys of the neighbours of a virtual machine that a source tells nonsense of.
func healthy() []fakeVM { return []fakeVM{running("a", 1), off("b")} }

// beside reads a hypervisor that has those virtual machines beside two healthy ones, and keeps the numbers on disk. It
// returns what is shown of them, by key. The healthy ones must be shown as they are without them, and the whole must be
// JSON that can be read again.
func beside(t *testing.T, evil ...fakeVM) map[string]*VM {
	t.Helper()
	all := map[string]*VM{}
	for vm := range readOn(t, newFake(healthy()...)).VMs() {
		all[vm.Key] = vm
	}
	s := readOn(t, newFake(append(healthy(), evil...)...))
	told := map[string]*VM{}
	for vm := range s.VMs() {
		told[vm.Key] = vm
	}
	unnumbered := cmpopts.IgnoreFields(VM{}, "Index", "StatsAt", "Started")
	for key, want := range all {
		if diff := cmp.Diff(want, told[key], cmpopts.IgnoreUnexported(VM{}), unnumbered); diff != "" {
			t.Errorf("unexpected neighbour %q (-alone +beside it):\n%s", key, diff)
		}
		delete(told, key)
	}
	data, err := json.Marshal(s)
	if err != nil {
		t.Fatalf("failed to write: %v", err)
	}
	var back Snapshot
	if err := json.Unmarshal(data, &back); err != nil || back.Len() != s.Len() {
		t.Errorf("unexpected snapshot of %d virtual machines, not %d, after a round trip: %v", back.Len(), s.Len(), err)
	}
	return told
}

// readOn does one whole reading of f with a store, which must be good for another vmond.
func readOn(t *testing.T, f *fake) *Snapshot {
	t.Helper()
	path := filepath.Join(t.TempDir(), "vmond.db")
	l, store := openLedger(t, path)
	inv := newInventory(l, time.Now())
	read(t, inv, f)
	s := inv.snapshot()
	if err := l.commit(); err != nil {
		t.Errorf("failed to remember: %v", err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	_, again := openLedger(t, path)
	again.Close()
	return s
}

// named returns a running virtual machine of that name.
func named(key, name string) fakeVM {
	vm := running(key, 9)
	vm.Name = name
	return vm
}

// TestInputNames has names, and keys, that nobody gives in good faith.
func TestInputNames(t *testing.T) {
	t.Parallel()
	names := []string{
		"", " ", "a\nb", "\r\t", `"\`, "\x1b[2J", "\u009b", "\x00", "\u202e", "\xff", strings.Repeat("ü", 150),
		strings.Repeat("😀", 75), strings.Repeat("x", 100_000), "name of a",
	}
	var evil []fakeVM
	for i, name := range names {
		evil = append(evil, named(fmt.Sprintf("evil-%02d", i), name))
	}
	told := beside(t, evil...)
	for _, vm := range evil {
		if got := told[vm.Key]; got == nil || got.Name != vm.Name || !got.Defined || got.CPUTime.IsZero() {
			t.Errorf("unexpected virtual machine of the name %.50q: %+.300v", vm.Name, got)
		}
	}
}

// TestInputKeys has keys that are none, or longer than the store can keep: such a virtual machine cannot be told from
// others, and is left out.
func TestInputKeys(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, key string
		shown     bool
	}{
		{"none", "", false},
		{"control characters", "name:\x00\n\x1b", true},
		{"not UTF-8", "name:\xff\xfe", true},
		{"the longest", strings.Repeat("k", maxKey), true},
		{"too long", strings.Repeat("k", maxKey+1), false},
		{"much too long", "name:" + strings.Repeat("x", 1<<20), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			told := beside(t, named(tt.key, "evil"))
			if _, shown := told[tt.key]; shown != tt.shown || len(told) > 1 {
				t.Errorf("unexpected virtual machines: %d, of which it is one: %t", len(told), shown)
			}
		})
	}
}

// TestInputKeysAreTold proves that it is said how many are left out.
func TestInputKeysAreTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		core, logs := observer.New(zap.WarnLevel)
		f := newFake(append(healthy(), named(strings.Repeat("k", maxKey+1), "evil"), named("", "evil"))...)
		c := run(t, f, zap.New(core))
		pass(2 * testIntervals.States)
		if got := names(c.Latest()); !slices.Equal(got, []string{"a", "b"}) {
			t.Errorf("unexpected virtual machines: %.200q", got)
		}
		told := logs.FilterField(zap.Int("count", 2)).Len()
		if told == 0 || told != logs.Len() {
			t.Errorf("unexpected log: %v", logs.All())
		}
		f.set(func() { f.vms = newFake(healthy()...).vms })
		pass(testIntervals.States)
		told = logs.Len()
		pass(5 * testIntervals.States)
		if got := logs.Len(); got != told {
			t.Errorf("%d lines after they had gone, %d before", got, told)
		}
	})
}

// TestInputKeysOfEvents has events about virtual machines that cannot be told from others.
func TestInputKeysOfEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(healthy()...)
		c := run(t, watchedFake{f}, zap.NewNop())
		pass(2 * testIntervals.States)
		for _, key := range []string{"", strings.Repeat("k", maxKey+1)} {
			for _, kind := range []hv.EventKind{hv.Defined, hv.Started, hv.Busy, hv.Stopped} {
				f.events <- hv.Event{Kind: kind, Key: key, Name: "evil"}
			}
		}
		f.events <- hv.Event{Kind: hv.Suspended, Detail: hv.SuspendedIOError, Key: "a", Name: "name of a"}
		synctest.Wait()
		if got := names(c.Latest()); !slices.Equal(got, []string{"a", "b"}) {
			t.Errorf("unexpected virtual machines: %.200q", got)
		}
		if got := c.Latest().VM(1).State; got != hv.StatePaused {
			t.Errorf("unexpected state of the neighbour: %v", got)
		}
		if got := f.count("state"); got != 0 {
			t.Errorf("the hypervisor was asked %d times about who is not known", got)
		}
	})
}

// TestInputSummaries has summaries that contradict each other.
func TestInputSummaries(t *testing.T) {
	t.Parallel()
	inv := memory(t)
	inv.setHost(newFake().host)
	a, twin, again := running("a", 1).Summary, running("twin", 2).Summary, running("a", 3).Summary
	twin.Name, again.Name = a.Name, "again"
	twin.UUID, again.UUID = hv.UUID{1}, hv.UUID{2}
	zero := hv.Summary{Key: "zero", Name: "zero", State: hv.StateRunning, Admin: hv.AdminRunning, Run: math.MaxInt64}
	if err := inv.states([]hv.Summary{a, twin, again, zero}, time.Now()); err != nil {
		t.Fatal(err)
	}
	got := map[string]hv.Summary{}
	for vm := range inv.snapshot().VMs() {
		got[vm.Key] = vm.Summary
	}
	want := map[string]hv.Summary{"a": a, "twin": twin, "zero": zero}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("unexpected summaries (-want +got):\n%s", diff)
	}
}

// TestInputDevices has devices that cannot be, of which the first of each key, and those with a possible number, are kept.
func TestInputDevices(t *testing.T) {
	t.Parallel()
	vm := running("evil", 9)
	vm.def.CPUs = []hv.CPU{
		{ID: math.MaxInt}, {ID: 1 << 32}, {ID: 1}, {ID: math.MaxInt32}, {ID: math.MaxInt32 - 1}, {ID: -1}, {ID: math.MinInt}, {ID: 0}, {ID: 1},
	}
	vm.def.Disks = []hv.Disk{{Key: ""}, {Key: "", Bus: "2"}, {Key: "vda"}, {Key: "vda", Bus: "2"}, {Key: "\xff"}, {Key: "\xfe"}}
	vm.def.NICs = []hv.NIC{{Key: ""}, {Key: "52:54:00:00:00:01"}, {Key: "52:54:00:00:00:01", Model: "2"}}
	vm.stats.CPUs = []hv.CPUStats{{ID: 1 << 32, Time: hv.Some(time.Hour)}, {ID: 0, Time: hv.Some(time.Second)}, {ID: 0}}
	vm.stats.Disks = []hv.DiskStats{{Key: "vdz"}, {Key: "vda", ReadBytes: hv.Some[uint64](1)}, {Key: "vda"}}
	got := beside(t, vm)["evil"]
	if got == nil {
		t.Fatal("the virtual machine is not shown")
	}
	var cpus, disks, nics []int32
	for _, c := range got.CPUs {
		cpus = append(cpus, c.Index)
	}
	for _, d := range got.Disks {
		disks = append(disks, d.Index)
	}
	for _, n := range got.NICs {
		nics = append(nics, n.Index)
	}
	want := [][]int32{{1, 2, math.MaxInt32}, {1, 2, 3, 4}, {1, 2}}
	if diff := cmp.Diff(want, [][]int32{cpus, disks, nics}); diff != "" {
		t.Errorf("unexpected indices (-want +got):\n%s", diff)
	}
	if got.CPUs[0].Time != hv.Some(time.Second) || got.Disks[1].Stats.ReadBytes != hv.Some[uint64](1) || got.Disks[1].Bus != "" {
		t.Errorf("unexpected counters: %+v, %+v", got.CPUs[0], got.Disks[1])
	}
}

// TestInputManyDevices has as many as a machine can have, and more.
func TestInputManyDevices(t *testing.T) {
	t.Parallel()
	const cpus, devices = 16_384, 4_096
	vm := running("evil", 9)
	vm.def, vm.stats = hv.Definition{}, hv.Statistics{}
	for i := range cpus {
		vm.def.CPUs = append(vm.def.CPUs, hv.CPU{ID: i})
		vm.stats.CPUs = append(vm.stats.CPUs, hv.CPUStats{ID: cpus - 1 - i, Time: hv.Some(time.Duration(cpus - 1 - i))})
	}
	for i := range devices {
		key := fmt.Sprintf("vd%d", i)
		vm.def.Disks = append(vm.def.Disks, hv.Disk{Key: key})
		vm.def.NICs = append(vm.def.NICs, hv.NIC{Key: key})
		vm.stats.Disks = append(vm.stats.Disks, hv.DiskStats{Key: key, ReadBytes: hv.Some(uint64(i))})
		vm.stats.NICs = append(vm.stats.NICs, hv.NICStats{Key: key, RxBytes: hv.Some(uint64(i))})
	}
	got := beside(t, vm)["evil"]
	if got == nil || len(got.CPUs) != cpus || len(got.Disks) != devices || len(got.NICs) != devices {
		t.Fatalf("unexpected virtual machine: %+.300v", got)
	}
	for i, c := range got.CPUs {
		if c.Index != int32(i)+1 || c.Time != hv.Some(time.Duration(i)) {
			t.Fatalf("unexpected virtual CPU at %d: %+v", i, c)
		}
	}
	for i := range devices {
		d, n := got.Disks[i], got.NICs[i]
		if d.Index != int32(i)+1 || d.Stats.ReadBytes != hv.Some(uint64(i)) || n.Index != int32(i)+1 || n.Stats.RxBytes != hv.Some(uint64(i)) {
			t.Fatalf("unexpected devices at %d: %+v, %+v", i, d, n)
		}
	}
}

// TestInputHostCPUs has numbers of physical CPUs out of order, twice, and below 0: the rows of a table must not be.
func TestInputHostCPUs(t *testing.T) {
	t.Parallel()
	tests := []struct{ told, want []int }{
		{nil, nil},
		{[]int{0, 1, 7}, []int{0, 1, 7}},
		{[]int{3, 1, 2}, []int{1, 2, 3}},
		{[]int{1, 1, 1}, []int{1}},
		{[]int{5, -1, math.MinInt, 0, 5}, []int{0, 5}},
	}
	for _, tt := range tests {
		told := slices.Clone(tt.told)
		f := newFake(healthy()...)
		f.host.CPUs = told
		if diff := cmp.Diff(tt.want, readOn(t, f).Host.CPUs, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("unexpected CPUs of %v (-want +got):\n%s", tt.told, diff)
		}
		if diff := cmp.Diff(tt.told, told); diff != "" {
			t.Errorf("what the source told was changed (-want +got):\n%s", diff)
		}
	}
}

// TestInputCountersGoBack has counters that are less than before: in another run those of the old one are gone at once, and
// in the same run what is told is shown.
func TestInputCountersGoBack(t *testing.T) {
	t.Parallel()
	f := newFake(append(healthy(), running("evil", 9))...)
	inv := memory(t)
	set := func(run int64, used time.Duration, bytes uint64) {
		vm := f.vms["evil"]
		vm.Run = run
		vm.stats.CPUTime, vm.stats.Disks = hv.Some(used), []hv.DiskStats{{Key: "vda", ReadBytes: hv.Some(bytes)}}
		f.vms["evil"] = vm
	}
	type counters struct {
		Used  hv.Opt[time.Duration]
		Bytes hv.Opt[uint64]
	}
	shown := func() counters {
		for vm := range inv.snapshot().VMs() {
			if vm.Key == "evil" {
				return counters{vm.CPUTime, vm.Disks[0].Stats.ReadBytes}
			}
		}
		return counters{}
	}
	for _, step := range []struct {
		run   int64
		used  time.Duration
		bytes uint64
	}{{9, 2 * time.Hour, 1 << 63}, {9, time.Hour, 5}, {10, time.Second, 0}, {10, 2 * time.Second, math.MaxUint64}} {
		set(step.run, step.used, step.bytes)
		before := maps.Clone(inv.byKey)
		list, _ := f.States(t.Context())
		inv.setHost(f.host)
		if err := inv.states(list, time.Now()); err != nil {
			t.Fatal(err)
		}
		if old := before["evil"]; old != nil && old.Run != step.run {
			if got := shown(); got != (counters{}) {
				t.Errorf("counters of a run that has ended: %+v", got)
			}
		}
		read(t, inv, f)
		if diff := cmp.Diff(counters{hv.Some(step.used), hv.Some(step.bytes)}, shown()); diff != "" {
			t.Errorf("unexpected counters in run %d (-want +got):\n%s", step.run, diff)
		}
	}
}
