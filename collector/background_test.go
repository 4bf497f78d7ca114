package collector

import (
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/vmond/vmond/hv"
)

// told waits for the next change, in two words.
func told(t *testing.T, changes <-chan Change) string {
	t.Helper()
	select {
	case ch := <-changes:
		return ch.step()
	case <-time.After(time.Minute):
		t.Fatal("no change was told")
		return ""
	}
}

// TestASlowDiskHoldsUpNoEvent has the disk take for ever for what need not be there at once.
func TestASlowDiskHoldsUpNoEvent(t *testing.T) {
	t.Parallel()
	store, err := OpenStore(filepath.Join(t.TempDir(), "vmond.db"), zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	f := newFake(running("vm", 1))
	c := New(watchedFake{f}, store, testIntervals, zap.NewNop())
	changes := make(chan Change, 10)
	c.Follow(func(list []Change) {
		for _, ch := range list {
			changes <- ch
		}
	})
	end := start(t, c)
	<-c.Ready()

	tx, err := store.db.Begin(true) // nobody else can write as long as it is open
	if err != nil {
		t.Fatal(err)
	}
	event := func(kind hv.EventKind, state hv.OperState) string {
		f.set(func() { f.become("vm", state) })
		f.events <- hv.Event{Kind: kind, Detail: hv.SuspendedIOError, Key: "vm", Name: "name of vm"}
		return told(t, changes)
	}
	var got []string
	for range 3 {
		got = append(got, event(hv.Suspended, hv.StatePaused), event(hv.Resumed, hv.StateRunning))
	}
	got = append(got, event(hv.Suspended, hv.StatePaused))
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	end()
	want := []string{
		"running paused", "paused running", "running paused", "paused running", "running paused", "paused running", "running paused",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("unexpected changes (-want +got):\n%s", diff)
	}
	_, records, err := store.load()
	if err != nil {
		t.Fatal(err)
	}
	if got := records["vm"].State; got != hv.Some(hv.StatePaused) {
		t.Errorf("unexpected state on disk: %v", got)
	}
}

// TestLedgerWritesInOrder proves that what is written in the background comes before what is written at once later, and
// has nothing of it.
func TestLedgerWritesInOrder(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "vmond.db")
	l, s := openLedger(t, path)
	r, _ := l.take("vm", 0)
	r.Disks, _ = r.Disks.take([]string{"vda"})
	if !l.urgent() {
		t.Error("a new index is not urgent")
	}
	if err := l.secure(); err != nil {
		t.Fatal(err)
	}

	r.Name = "first"
	l.touch("vm")
	if l.urgent() {
		t.Error("a name is urgent")
	}
	write, settle := l.background()
	r.Name = "second"
	r.Disks, _ = r.Disks.take([]string{"vda", "vdb"})
	l.touch("vm")
	committed := make(chan error, 1)
	go func() { committed <- l.commit() }()
	load := func() *record {
		t.Helper()
		_, records, err := s.load()
		if err != nil {
			t.Fatal(err)
		}
		return records["vm"]
	}
	if got := load().Name; got != "" {
		t.Errorf("%q is on disk before it was written", got)
	}
	if err := write(); err != nil {
		t.Fatal(err)
	}
	if err := <-committed; err != nil {
		t.Fatal(err)
	}
	settle(nil)
	if got := load(); got.Name != "second" || len(got.Disks) != 2 {
		t.Errorf("unexpected record after both: %+v", got)
	}
	if l.unsaved() {
		t.Error("something is thought not to be on disk")
	}
}

// TestLedgerWritesAgain proves that what could not be written in the background is written later.
func TestLedgerWritesAgain(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "vmond.db")
	l, s := openLedger(t, path)
	r, _ := l.take("vm", 0)
	if err := l.commit(); err != nil {
		t.Fatal(err)
	}
	s.Close() // as good as a full disk
	r.Name = "new"
	l.touch("vm")
	l.setLastChange(hv.Some(time.Second))
	write, settle := l.background()
	if l.unsaved() {
		t.Error("what is being written is to be written once more")
	}
	err := write()
	if err == nil {
		t.Error("no error though the store cannot be written")
	}
	settle(err)
	if l.store, err = OpenStore(path, zap.NewNop()); err != nil {
		t.Fatal(err)
	}
	defer l.store.Close()
	if err := l.commit(); err != nil {
		t.Fatal(err)
	}
	m, records, err := l.store.load()
	if err != nil {
		t.Fatal(err)
	}
	if records["vm"].Name != "new" || m.LastChange != hv.Some(time.Second) {
		t.Errorf("unexpected state on disk: %+v, %+v", m, records["vm"])
	}
}

// TestADiskThatFailsIsToldOnce proves that a store which cannot be written is not said to work again by readings that have
// nothing to write.
func TestADiskThatFailsIsToldOnce(t *testing.T) {
	t.Parallel()
	store, err := OpenStore(filepath.Join(t.TempDir(), "vmond.db"), zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		core, logs := observer.New(zap.InfoLevel)
		f := newFake(running("vm", 1))
		c := New(watchedFake{f}, store, testIntervals, zap.New(core))
		start(t, c)
		pass(testIntervals.States)
		store.Close() // as good as a full disk
		f.set(func() { f.become("vm", hv.StatePaused) })
		f.events <- hv.Event{Kind: hv.Suspended, Detail: hv.SuspendedIOError, Key: "vm", Name: "name of vm"}
		for range 10 {
			pass(testIntervals.States + time.Millisecond)
			if h := c.Health().Store; h.Failures == 0 {
				t.Error("the store is said to be well")
			}
		}
		var got []string
		for _, e := range logs.All() {
			got = append(got, e.Message)
		}
		if diff := cmp.Diff([]string{"failed, trying again"}, got); diff != "" {
			t.Errorf("unexpected log (-want +got):\n%s", diff)
		}
	})
}
