package collector

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"

	"github.com/vmond/vmond/hv"
)

func TestInventoryShowsNothingThatTheStoreDoesNotHave(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "vmond.db")
	f := newFake(running("a", 1))
	l, s := openLedger(t, path)
	inv := newInventory(l, time.Now())
	read(t, inv, f)
	before, readAt := inv.snapshot().LastChange, inv.snapshot().StatesAt

	s.Close() // as good as a full disk
	f.vms["b"] = off("b")
	paused := f.vms["a"]
	paused.State, paused.Admin = hv.StatePaused, hv.AdminPaused
	f.vms["a"] = paused
	list, _ := f.States(t.Context())
	if err := inv.states(list, time.Now()); err == nil {
		t.Error("no error though the store cannot be written")
	}
	got := inv.snapshot()
	if diff := cmp.Diff([]string{"a"}, names(got)); diff != "" {
		t.Errorf("unexpected VMs (-want +got):\n%s", diff)
	}
	if !got.StatesAt.Equal(readAt) {
		t.Error("the states count as completely read though one was left out")
	}
	if got.VM(1).State != hv.StatePaused {
		t.Error("the neighbour's new state is not shown")
	}
	if !got.LastChange.Equal(before) {
		t.Error("the last change moved though nothing appeared")
	}
	def := f.vms["a"].def
	def.OSType = "new"
	def.Disks = append(def.Disks, hv.Disk{Key: "vdz"})
	for range 2 { // also when the number was given before, and could not be written then
		if err := inv.definitions([]definition{{"a", 1, def, nil}}); err == nil {
			t.Error("no error though the store cannot be written")
		}
		if vm := inv.snapshot().VM(1); len(vm.Disks) != 1 || vm.OSType != "hvm" {
			t.Errorf("a device is shown that the store does not have: %+v", vm)
		}
	}

	fresh, err := OpenStore(path, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	defer fresh.Close()
	l.store = fresh
	if err := inv.states(list, time.Now()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a", "b"}, names(inv.snapshot())); diff != "" {
		t.Errorf("unexpected VMs once it can be written (-want +got):\n%s", diff)
	}
}

// As long as nothing could be remembered nothing is known: 0 virtual machines would be a lie.
func TestInventoryOfAStoreThatNeverCouldBeWritten(t *testing.T) {
	t.Parallel()
	l, s := openLedger(t, filepath.Join(t.TempDir(), "vmond.db"))
	s.Close()
	inv := newInventory(l, time.Now())
	f := newFake(running("a", 1))
	inv.setHost(f.host)
	list, _ := f.States(t.Context())
	for range 2 {
		if err := inv.states(list, time.Now()); err == nil {
			t.Error("no error though the store cannot be written")
		}
		if got := inv.snapshot(); got.Len() != 0 || !got.StatesAt.IsZero() {
			t.Errorf("unexpected snapshot: %d virtual machines, read at %v", got.Len(), got.StatesAt)
		}
	}
}

func TestInventoryOneThatComesBackIsShownOnceTheStoreHasIt(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "vmond.db")
	f := newFake(running("a", 1), off("b"))
	l, s := openLedger(t, path)
	inv := newInventory(l, time.Now())
	read(t, inv, f)
	delete(f.vms, "b")
	read(t, inv, f)
	gone := inv.snapshot().LastChange

	s.Close() // in the file, the index of b is on its way to another
	f.vms["b"] = off("b")
	list, _ := f.States(t.Context())
	if err := inv.states(list, time.Now()); err == nil {
		t.Error("no error though the store cannot be written")
	}
	if got := inv.snapshot(); got.Len() != 1 || !got.LastChange.Equal(gone) {
		t.Errorf("shown before the store has it: %v, last change %v", names(got), got.LastChange)
	}
	fresh, err := OpenStore(path, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	defer fresh.Close()
	l.store = fresh
	if err := inv.states(list, time.Now()); err != nil {
		t.Fatal(err)
	}
	got := inv.snapshot()
	if diff := cmp.Diff([]string{"a", "b"}, names(got)); diff != "" {
		t.Errorf("unexpected VMs once it can be written (-want +got):\n%s", diff)
	}
	if got.LastChange.Equal(gone) {
		t.Error("the last change did not move though one came back")
	}
}

// TestEventsThatTheStoreCannotKeep proves that a new virtual machine of which an event told is shown, and told, as soon
// as its index can be kept, that the others lose nothing meanwhile, and that those which were there at the beginning do
// not seem new.
func TestEventsThatTheStoreCannotKeep(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "vmond.db")
	f := newFake(running("a", 1))
	l, s := openLedger(t, path)
	inv := newInventory(l, time.Now())
	inv.setHost(f.host)
	s.Close() // as good as a full disk
	list, _ := f.States(t.Context())
	if err := inv.states(list, time.Now()); err == nil {
		t.Error("no error though the store cannot be written")
	}

	fresh, err := OpenStore(path, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	l.store = fresh
	if err := inv.states(list, time.Now()); err != nil {
		t.Fatal(err)
	}
	if inv.changes != nil || inv.snapshot().Len() != 1 {
		t.Errorf("unexpected changes of what was there from the beginning: %+v", inv.changes)
	}

	fresh.Close()
	born := hv.Event{Kind: hv.Started, Key: "b", Name: "name of b"}
	if err := inv.reserve([]hv.Event{born}, time.Now()); err == nil {
		t.Error("no error though the store cannot be written")
	}
	for _, e := range []hv.Event{born, {Kind: hv.Stopped, Key: "a", Name: "name of a"}, {Kind: hv.Resumed, Key: "b", Name: "name of b"}} {
		was, active := inv.last(e.Key)
		told := tell(e, was, active)
		if err := inv.happen(e, told, told.state, time.Now()); (err == nil) != (e.Key == "a") {
			t.Errorf("unexpected error after %v: %v", e, err)
		}
	}
	if got := inv.snapshot(); got.Len() != 1 || got.VM(1).State != hv.StateShutdown {
		t.Errorf("unexpected virtual machines: %q", names(got))
	}

	if l.store, err = OpenStore(path, zap.NewNop()); err != nil {
		t.Fatal(err)
	}
	defer l.store.Close()
	f.vms["a"], f.vms["b"] = off("a"), running("b", 2)
	list, _ = f.States(t.Context())
	if err := inv.states(list, time.Now()); err != nil {
		t.Fatal(err)
	}
	d := diary{changes: inv.changes}
	if diff := cmp.Diff([]string{"running shutdown"}, d.steps("name of a")); diff != "" {
		t.Errorf("unexpected changes (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"- running"}, d.steps("name of b")); diff != "" {
		t.Errorf("unexpected changes of the new one (-want +got):\n%s", diff)
	}
}

// TestReserveIsOneTransaction proves that all new ones of a batch of events are on disk before any of them is shown, with
// those that were on disk before in any place among them.
func TestReserveIsOneTransaction(t *testing.T) {
	t.Parallel()
	l, _ := openLedger(t, filepath.Join(t.TempDir(), "vmond.db"))
	inv := newInventory(l, time.Now())
	f := newFake(running("a", 1))
	read(t, inv, f)
	batch := []hv.Event{{Kind: hv.Started, Key: "b"}}
	for _, key := range []string{"c", "d"} {
		if err := inv.reserve(batch, time.Now()); err != nil {
			t.Fatal(err)
		}
		batch = append([]hv.Event{{Kind: hv.Started, Key: key}, {Kind: hv.Stopped, Key: "nobody"}, {Kind: hv.Started, Key: "a"}}, batch...)
	}
	if err := inv.reserve(batch, time.Now()); err != nil {
		t.Fatal(err)
	}
	got := indices(l)
	want := map[string]int32{"a": 1, "b": 2, "c": 3, "d": 4}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("unexpected indices (-want +got):\n%s", diff)
	}
	for key, r := range l.records {
		if !r.saved {
			t.Errorf("%q is not on disk", key)
		}
	}
}
