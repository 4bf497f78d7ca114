package sim

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv"
)

// Counters move while the guest's code is executed, and only then; a new run begins at 0.
func TestCountersFollowTheRun(t *testing.T) {
	t.Parallel()
	clock := time.Now()
	s, err := newSource("sim:///?vms=0&cpus=2&disks=1&nics=1&pace=1h", func() time.Time { return clock })
	if err != nil {
		t.Fatal(err)
	}
	key, err := s.Create(VM{Name: "a"})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Undefine(key); err == nil {
		t.Fatal("a transient one was undefined")
	}
	if _, err := s.Define(VM{Key: key}); err != nil { // persistent from now on
		t.Fatal(err)
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	read := func() map[string]uint64 { return counters(statistics(t, s, key)) }
	moves := func(what string, want bool) {
		t.Helper()
		before := read()
		clock = clock.Add(10 * time.Minute)
		for name, after := range read() {
			rare := after < 100 // errors and drops may need longer
			if after < before[name] || !want && after != before[name] || want && after == before[name] && !rare {
				t.Errorf("%s: %s went from %d to %d", what, name, before[name], after)
			}
		}
	}
	for name, v := range read() {
		if v != 0 {
			t.Errorf("%s begins at %d", name, v)
		}
	}
	moves("running", true)
	must(s.Suspend(key))
	moves("paused", false)
	must(s.Resume(key))
	moves("running again", true)
	must(s.MigrateOut(key))
	moves("migrating", true)
	must(s.Crash(key, Preserve))
	moves("crashed", false)
	must(s.Destroy(key))
	off := statistics(t, s, key)
	disk := off.Disks[0]
	want := hv.Statistics{At: clock, Run: hv.Some[int64](0), Disks: []hv.DiskStats{{
		Key: disk.Key, Capacity: disk.Capacity, Allocation: disk.Allocation, Physical: disk.Physical,
	}}}
	if diff := cmp.Diff(want, off); diff != "" {
		t.Errorf("unexpected statistics while it is off (-want +got):\n%s", diff)
	}
	clock = clock.Add(time.Hour)
	if diff := cmp.Diff(off.Disks, statistics(t, s, key).Disks); diff != "" {
		t.Errorf("unexpected disks after it was off for an hour (-want +got):\n%s", diff)
	}
	must(s.Start(key))
	for name, v := range read() {
		if v != 0 {
			t.Errorf("%s begins at %d in the next run", name, v)
		}
	}
	if got := definition(t, s, key).Started.Or(time.Time{}); !got.Equal(clock) {
		t.Errorf("the run began at %v, want %v", got, clock)
	}
}

// A device that is attached later counts from then on, and its neighbours go on.
func TestCountersOfAttachedDevices(t *testing.T) {
	t.Parallel()
	clock := time.Now()
	s, err := newSource("sim:///?vms=0&disks=3&nics=2", func() time.Time { return clock })
	if err != nil {
		t.Fatal(err)
	}
	key, err := s.Create(VM{})
	if err != nil {
		t.Fatal(err)
	}
	clock = clock.Add(time.Hour)
	before, config := statistics(t, s, key), definition(t, s, key)
	if err := s.DetachDisk(key, config.Disks[0].Key); err != nil {
		t.Fatal(err)
	}
	if err := s.DetachNIC(key, config.NICs[0].Key); err != nil {
		t.Fatal(err)
	}
	after := statistics(t, s, key)
	if diff := cmp.Diff(before.Disks[1:], after.Disks); diff != "" {
		t.Fatalf("unexpected disks after the first has gone (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(before.NICs[1:], after.NICs); diff != "" {
		t.Fatalf("unexpected interfaces after the first has gone (-want +got):\n%s", diff)
	}
	if err := s.AttachDisk(key, config.Disks[0]); err != nil {
		t.Fatal(err)
	}
	if err := s.AttachNIC(key, config.NICs[0]); err != nil {
		t.Fatal(err)
	}
	again := statistics(t, s, key)
	if got := again.Disks[2]; got.ReadRequests.Or(1) != 0 || got.WriteBytes.Or(1) != 0 || !got.Capacity.Equal(before.Disks[0].Capacity) {
		t.Fatalf("unexpected counters %+v of a disk that has come back", got)
	}
	if got := again.NICs[1]; got.RxBytes.Or(1) != 0 || got.TxPackets.Or(1) != 0 {
		t.Fatalf("unexpected counters %+v of an interface that has come back", got)
	}
	clock = clock.Add(time.Hour)
	later := statistics(t, s, key)
	if got := later.Disks[2]; got.ReadRequests.Or(0) != before.Disks[0].ReadRequests.Or(0) || got.ReadRequests.Or(0) == 0 {
		t.Fatalf("%+v an hour after it was attached, want the counters %+v of its first hour", got, before.Disks[0])
	}
}

// What a device had seen of one run is nothing to the next.
func TestCountersOfTheNextRun(t *testing.T) {
	t.Parallel()
	clock := time.Now()
	s, err := newSource("sim:///?vms=0&disks=0", func() time.Time { return clock })
	if err != nil {
		t.Fatal(err)
	}
	key, err := s.Define(VM{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(key); err != nil {
		t.Fatal(err)
	}
	clock = clock.Add(time.Hour)
	if err := s.AttachDisk(key, hv.Disk{Key: "vda", Source: hv.SourceBlock, Resource: "/dev/a"}); err != nil {
		t.Fatal(err)
	}
	clock = clock.Add(time.Minute)
	first := statistics(t, s, key).Disks[0].ReadRequests.Or(0)
	if err := s.Destroy(key); err != nil {
		t.Fatal(err)
	}
	if err := s.Start(key); err != nil {
		t.Fatal(err)
	}
	clock = clock.Add(time.Minute)
	if got := statistics(t, s, key).Disks[0].ReadRequests.Or(0); got != first || got == 0 {
		t.Fatalf("%d requests in the first minute of the next run, want %d", got, first)
	}
}

// With the highest load of all, and the hypervisor's own share, the CPUs still do not do more than they can.
func TestOverheadFits(t *testing.T) {
	t.Parallel()
	const vcpus = 4
	wall := 10 * slots * slotLength
	busy := load(1<<64-1).busy(wall) * vcpus
	if total := busy + busy/overheadShare; busy < wall*vcpus*9/10 || total > wall*vcpus {
		t.Fatalf("%v in %v with %d CPUs", total, wall, vcpus)
	}
}

// The allocation of an image that grows stops at its capacity.
func TestAllocationIsBounded(t *testing.T) {
	t.Parallel()
	clock := time.Now()
	s, err := newSource("sim:///?vms=60&disks=3", func() time.Time { return clock })
	if err != nil {
		t.Fatal(err)
	}
	clock = clock.Add(30 * 365 * 24 * time.Hour)
	full, growing := 0, 0
	for _, key := range keys(t, s) {
		for i, d := range statistics(t, s, key).Disks {
			capacity, allocation := d.Capacity.Or(0), d.Allocation.Or(0)
			if allocation > capacity {
				t.Fatalf("%+v takes more than its capacity", d)
			}
			if definition(t, s, key).Disks[i].Source != hv.SourceSparse {
				continue
			}
			if allocation == capacity {
				full++
				continue
			}
			growing++
		}
	}
	if full == 0 || growing == 0 {
		t.Fatalf("after thirty years %d images are full and %d still grow", full, growing)
	}
}

// TestRunOfWhatIsRead proves that statistics and definitions tell the run that the states tell.
func TestRunOfWhatIsRead(t *testing.T) {
	t.Parallel()
	s := open(t, "sim:///?vms=20")
	all, err := s.States(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range all {
		want := hv.Some(v.Run)
		if got, def := statistics(t, s, v.Key).Run, definition(t, s, v.Key).Run; got != want || def != want {
			t.Errorf("%s: statistics of run %v, definition of run %v, want %v", v.Name, got, def, want)
		}
	}
}
