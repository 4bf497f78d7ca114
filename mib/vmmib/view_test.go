package vmmib_test

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"weak"

	"github.com/google/go-cmp/cmp"
	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/mib"
	"github.com/vmond/vmond/mib/vmmib"
	"github.com/vmond/vmond/mib/vmmib/vmmibtest"
)

// machines returns a snapshot of n virtual machines, all of that name.
func machines(n int, name string) *collector.Snapshot {
	vms := make([]*collector.VM, n)
	for i := range vms {
		vms[i] = &collector.VM{Index: int32(i) + 1, Summary: hv.Summary{Key: fmt.Sprint(i), Name: name}}
	}
	return collector.NewSnapshot(hv.Host{}, vmmibtest.Now(), vms...)
}

func TestViewTree(t *testing.T) {
	t.Parallel()
	latest := machines(1, "old")
	v := vmmib.New(func() *collector.Snapshot { return latest }, vmmib.Options{})
	old := v.Tree()
	if v.Tree() != old {
		t.Error("the Tree is another one although the snapshot is the same")
	}
	latest = machines(2, "new")
	if v.Tree() == old {
		t.Error("the Tree is the same although the snapshot is another one")
	}
	name := mib.MustOID("1.3.6.1.2.1.236.1.4.1.2.1")
	want := []mib.Value{mib.Text("old"), mib.Text("new")}
	if diff := cmp.Diff(want, []mib.Value{old.Get(name), v.Tree().Get(name)}); diff != "" {
		t.Errorf("unexpected names of the old and the new Tree (-want +got):\n%s", diff)
	}
}

// TestViewHoldsNoSnapshot proves that a snapshot that was looked at is not kept for that alone, with and without switches, and that
// a Tree that somebody has keeps it.
func TestViewHoldsNoSnapshot(t *testing.T) {
	t.Parallel()
	name := mib.MustOID("1.3.6.1.2.1.236.1.4.1.2.1")
	for what, options := range map[string]vmmib.Options{
		"without switches": {}, "with switches": {Switches: vmmib.NewNotifications(vmmib.NotificationOptions{}, func(vmmib.Notification) {}).Switches()},
	} {
		old := machines(1, "old")
		kept := weak.Make(old)
		latest := old
		v := vmmib.New(func() *collector.Snapshot { return latest }, options)
		tree := v.Tree()
		old, latest = nil, machines(1, "new")
		runtime.GC()
		if kept.Value() == nil {
			t.Errorf("%s: a Tree has lost its snapshot", what)
		}
		if diff := cmp.Diff(mib.Text("old"), tree.Get(name)); diff != "" {
			t.Errorf("%s: unexpected name (-want +got):\n%s", what, diff)
		}
		tree = nil
		runtime.GC()
		if kept.Value() != nil {
			t.Errorf("%s: a snapshot is kept that nobody looks at", what)
		}
		if diff := cmp.Diff(mib.Text("new"), v.Tree().Get(name)); diff != "" {
			t.Errorf("%s: unexpected name (-want +got):\n%s", what, diff)
		}
	}
}

func TestViewTreeAllocatesNothing(t *testing.T) {
	v := viewOf(machines(1, "web"))
	v.Tree()
	if n := testing.AllocsPerRun(100, func() { v.Tree() }); n != 0 {
		t.Errorf("Tree of the same snapshot allocates %v times", n)
	}
}

// TestViewConcurrently swaps snapshots under several walks. Each walk must be of one snapshot, whole, and no walker may
// ever be handed one that is older than the one before.
func TestViewConcurrently(t *testing.T) {
	t.Parallel()
	const (
		walkers   = 4
		snapshots = 200
	)
	var latest atomic.Pointer[collector.Snapshot]
	latest.Store(machines(1, "1"))
	v := vmmib.New(latest.Load, vmmib.Options{Now: vmmibtest.Now})
	var wg sync.WaitGroup
	for range walkers {
		wg.Go(func() {
			for seen := int32(1); seen < snapshots; {
				tree := v.Tree()
				n := tree.Get(mib.MustOID("1.3.6.1.2.1.236.1.2.0")).Int()
				if n < seen {
					t.Errorf("the snapshot of %d virtual machines comes after that of %d", n, seen)
				}
				seen = n
				var rows int32
				want := mib.Text(fmt.Sprint(n))
				column := mib.MustOID("1.3.6.1.2.1.236.1.4.1.2")
				end := mib.MustOID("1.3.6.1.2.1.236.1.4.1.3")
				for name, value, ok := tree.Next(nil, column, false, end); ok; name, value, ok = tree.Next(nil, name, false, end) {
					if !value.Equal(want) {
						t.Errorf("a row is named %s in the snapshot of %d", value, n)
					}
					rows++
				}
				if rows != n {
					t.Errorf("%d rows where vmNumber is %d", rows, n)
				}
			}
		})
	}
	for n := 2; n <= snapshots; n++ {
		latest.Store(machines(n, fmt.Sprint(n)))
	}
	wg.Wait()
}

// TestViewClock proves that uptimes move although the snapshot does not, and that they begin anew after 497 days.
func TestViewClock(t *testing.T) {
	t.Parallel()
	now := vmmibtest.Now()
	s := collector.NewSnapshot(hv.Host{Software: "QEMU", Started: hv.Some(now)}, now, &collector.VM{
		Index: 1, Summary: hv.Summary{Key: "a", Run: 1}, Started: hv.Some(now.Add(time.Minute)),
	})
	v := vmmib.New(func() *collector.Snapshot { return s }, vmmib.Options{Now: func() time.Time { return now }})
	const wrap = 1 << 32 * 10 * time.Millisecond
	tests := []struct {
		after    time.Duration
		host, vm mib.Value
	}{
		{0, mib.TimeTicks(0), mib.NoSuchInstance},
		{9 * time.Millisecond, mib.TimeTicks(0), mib.NoSuchInstance},
		{10 * time.Millisecond, mib.TimeTicks(1), mib.NoSuchInstance},
		{time.Minute, mib.TimeTicks(6000), mib.TimeTicks(0)},
		{time.Hour, mib.TimeTicks(360000), mib.TimeTicks(354000)},
		{wrap - 1, mib.TimeTicks(1<<32 - 1), mib.TimeTicks(1<<32 - 6001)},
		{wrap, mib.TimeTicks(0), mib.TimeTicks(1<<32 - 6000)},
		{wrap + time.Minute, mib.TimeTicks(6000), mib.TimeTicks(0)},
		{-time.Second, mib.NoSuchInstance, mib.NoSuchInstance},
	}
	start := now
	for _, tt := range tests {
		now = start.Add(tt.after)
		tree := v.Tree()
		want := []mib.Value{tt.host, tt.vm}
		got := []mib.Value{tree.Get(mib.MustOID("1.3.6.1.2.1.236.1.1.4.0")), tree.Get(mib.MustOID("1.3.6.1.2.1.236.1.4.1.16.1"))}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("unexpected vmHvUpTime and vmUpTime after %s (-want +got):\n%s", tt.after, diff)
		}
	}
}

// TestViewWallClock proves that without a clock of their own, uptimes are by the real one.
func TestViewWallClock(t *testing.T) {
	t.Parallel()
	s := collector.NewSnapshot(hv.Host{Started: hv.Some(time.Now().Add(-time.Hour))}, time.Now())
	v := vmmib.New(func() *collector.Snapshot { return s }, vmmib.Options{})
	const hour = 360000
	if got := v.Tree().Get(mib.MustOID("1.3.6.1.2.1.236.1.1.4.0")); got.Type() != mib.TypeTimeTicks || got.Uint() < hour {
		t.Errorf("vmHvUpTime is %s after an hour", got)
	}
}

// TestViewOfNothing proves that nothing is claimed before the first reading but for what never depends on one.
func TestViewOfNothing(t *testing.T) {
	t.Parallel()
	want := []instance{
		{mib.MustOID("1.3.6.1.2.1.236.1.9.0"), "INTEGER: 2"},
		{mib.MustOID("1.3.6.1.2.1.236.1.10.0"), "INTEGER: 2"},
	}
	if diff := cmp.Diff(want, walk(over(&collector.Snapshot{})), cmp.AllowUnexported(instance{})); diff != "" {
		t.Errorf("unexpected walk (-want +got):\n%s", diff)
	}
}

func TestViewIsReadOnly(t *testing.T) {
	t.Parallel()
	if _, ok := over(vmmibtest.Snapshot()).(mib.Setter); ok {
		t.Error("the Tree claims that it can be set")
	}
}

func TestNewPanics(t *testing.T) {
	t.Parallel()
	defer func() {
		if diff := cmp.Diff(any("vmmib: negative processor base"), recover()); diff != "" {
			t.Errorf("unexpected panic (-want +got):\n%s", diff)
		}
	}()
	vmmib.New(nil, vmmib.Options{ProcessorBase: -1})
}

func TestRoot(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff(mib.MustOID("1.3.6.1.2.1.236"), vmmib.Root()); diff != "" {
		t.Errorf("unexpected root (-want +got):\n%s", diff)
	}
	vmmib.Root()[0] = 9
	if vmmib.Root()[0] != 1 {
		t.Error("a caller can change the root")
	}
}
