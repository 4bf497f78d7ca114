package events

import (
	"encoding/json"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
)

// changes returns those with the numbers from first to last.
func changes(first, last uint64) []collector.Change {
	var all []collector.Change
	for n := first; n <= last; n++ {
		all = append(all, collector.Change{Number: n, Index: int32(n), Name: "web"})
	}
	return all
}

// numbers returns the numbers of events.
func numbers(events []Event) []uint64 {
	all := []uint64{}
	for _, e := range events {
		all = append(all, e.Number)
	}
	return all
}

// span returns the numbers from first to last.
func span(first, last uint64) []uint64 {
	all := []uint64{}
	for n := first; n <= last; n++ {
		all = append(all, n)
	}
	return all
}

// TestFollow proves that the last ones are kept, in order, however they come.
func TestFollow(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		follow [][]collector.Change
		want   []uint64
	}{
		{"nothing", nil, span(1, 0)},
		{"none", [][]collector.Change{{}}, span(1, 0)},
		{"one", [][]collector.Change{changes(1, 1)}, span(1, 1)},
		{"some", [][]collector.Change{changes(1, 3), changes(4, 7)}, span(1, 7)},
		{"not from the first", [][]collector.Change{changes(5001, 5003)}, span(5001, 5003)},
		{"just as many", [][]collector.Change{changes(1, Kept)}, span(1, Kept)},
		{"one more", [][]collector.Change{changes(1, Kept), changes(Kept+1, Kept+1)}, span(2, Kept+1)},
		{"all at once", [][]collector.Change{changes(1, 5*Kept+7)}, span(4*Kept+8, 5*Kept+7)},
		{"one after the other", [][]collector.Change{changes(1, 2*Kept-1), changes(2*Kept, 2*Kept)}, span(Kept+1, 2*Kept)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var j Journal
			for _, c := range tt.follow {
				j.Follow(c)
			}
			if diff := cmp.Diff(tt.want, numbers(j.Events())); diff != "" {
				t.Errorf("unexpected events (-want +got):\n%s", diff)
			}
		})
	}
}

// TestNote proves that each notification has its own fate, and that of forgotten changes none.
func TestNote(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var j Journal
		j.Follow(changes(1, Kept+3))
		first := time.Now()
		j.Note(PerVM, []uint64{Kept + 1}, Waiting, nil)
		j.Note(Bulk, []uint64{2, 4, Kept + 1, Kept + 3}, Waiting, nil)
		time.Sleep(time.Second)
		second := time.Now()
		j.Note(PerVM, []uint64{Kept + 1}, Sent, nil)
		j.Note(Bulk, []uint64{Kept + 1, Kept + 3}, Refused, errors.New("too large"))
		j.Note(PerVM, []uint64{0, 3, Kept + 4}, Dropped, nil) // never was, is forgotten, is not known yet

		got := map[uint64][2]Fate{}
		for _, e := range j.Events() {
			if e.PerVM != (Fate{}) || e.Bulk != (Fate{}) {
				got[e.Number] = [2]Fate{e.PerVM, e.Bulk}
			}
		}
		refused := Fate{Outcome: Refused, At: second, Error: "too large"}
		want := map[uint64][2]Fate{
			4:        {{}, {Outcome: Waiting, At: first}},
			Kept + 1: {{Outcome: Sent, At: second}, refused},
			Kept + 3: {{}, refused},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("unexpected fates (-want +got):\n%s", diff)
		}
	})
}

// TestEventsAreCopies proves that what was returned does not change any more.
func TestEventsAreCopies(t *testing.T) {
	t.Parallel()
	var j Journal
	j.Follow(changes(1, 1))
	before := j.Events()
	j.Note(PerVM, []uint64{1}, Sent, nil)
	if before[0].PerVM.Outcome != Off || j.Events()[0].PerVM.Outcome != Sent {
		t.Errorf("before %v, after %v", before[0].PerVM, j.Events()[0].PerVM)
	}
}

// TestAtOnce has all methods called at once, for the race detector; what is known at the end is all.
func TestAtOnce(t *testing.T) {
	t.Parallel()
	const last = 3 * Kept
	var j Journal
	var wg sync.WaitGroup
	noted := make(chan uint64, last)
	wg.Go(func() {
		defer close(noted)
		for n := uint64(1); n <= last; n++ {
			j.Follow(changes(n, n))
			noted <- n
		}
	})
	wg.Go(func() {
		for n := range noted {
			j.Note(PerVM, []uint64{n}, Waiting, nil)
			j.Note(PerVM, []uint64{n}, Sent, nil)
		}
	})
	wg.Go(func() {
		for range 10 {
			if events := j.Events(); len(events) > Kept {
				t.Errorf("%d events", len(events))
			}
		}
	})
	wg.Wait()
	events := j.Events()
	if diff := cmp.Diff(span(last-Kept+1, last), numbers(events)); diff != "" {
		t.Errorf("unexpected events (-want +got):\n%s", diff)
	}
	for _, e := range events {
		if e.PerVM.Outcome != Sent {
			t.Errorf("notification of %d is %v", e.Number, e.PerVM.Outcome)
		}
	}
}

// TestJSON pins what scripts see, and that it can be read again.
func TestJSON(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 20, 12, 0, 0, 123456789, time.UTC)
	id, err := hv.ParseUUID("8815d995-63a7-403e-8308-739574f02ae2")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name  string
		event Event
		want  string
	}{
		{"of all", Event{
			Change: collector.Change{
				Number: 7, At: at, Index: 3, UUID: id, Name: "web", Persistent: hv.Yes,
				From: hv.Some(hv.StateRunning), To: hv.Some(hv.StateShutdown), Cause: "stopped (destroyed)",
			},
			PerVM: Fate{Outcome: Sent, At: at.Add(time.Second)},
			Bulk:  Fate{Outcome: Refused, At: at.Add(2 * time.Second), Error: "too large"},
		}, `{"number":7,"at":"2026-11-20T12:00:00.123456789Z","vm":3,"uuid":"8815d995-63a7-403e-8308-739574f02ae2",` +
			`"vm_name":"web","persistent":"yes","from":"running","to":"shutdown","cause":"stopped (destroyed)",` +
			`"per_vm":{"outcome":"sent","at":"2026-11-20T12:00:01.123456789Z"},` +
			`"bulk":{"outcome":"refused","at":"2026-11-20T12:00:02.123456789Z","error":"too large"}}`},
		{"of what vanished unseen", Event{
			Change: collector.Change{Number: 8, At: at, Index: 4, From: hv.Some(hv.StateUnknown), Cause: "reading", Missed: true},
		}, `{"number":8,"at":"2026-11-20T12:00:00.123456789Z","vm":4,"uuid":"","vm_name":"","persistent":"unknown",` +
			`"from":"unknown","cause":"reading","missed":true,"per_vm":{"outcome":"off"},"bulk":{"outcome":"off"}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			text, err := json.Marshal(tt.event)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, string(text)); diff != "" {
				t.Errorf("unexpected JSON (-want +got):\n%s", diff)
			}
			var again Event
			if err := json.Unmarshal(text, &again); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.event, again); diff != "" {
				t.Errorf("unexpected event (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOutcome(t *testing.T) {
	t.Parallel()
	for o := Off; o <= Dropped; o++ {
		text, err := o.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var again Outcome
		if err := again.UnmarshalText(text); err != nil || again != o {
			t.Errorf("%q is read as %v, %v", text, again, err)
		}
	}
	if got := (Dropped + 1).String(); got != "Outcome(5)" {
		t.Errorf("unexpected name %q of an outcome without one", got)
	}
	o := Sent
	if err := o.UnmarshalText([]byte("lost")); err == nil || err.Error() != `unknown outcome "lost"` || o != Sent {
		t.Errorf("unexpected error %v, outcome %v", err, o)
	}
}
