package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/cmd/internal/events"
	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
)

// exampleEvents returns events of every sort: a beginning, an end, one that was missed, every outcome, and a name that
// nobody would give in good faith.
func exampleEvents(t *testing.T) []events.Event {
	t.Helper()
	id, err := hv.ParseUUID("8815d995-63a7-403e-8308-739574f02ae2")
	if err != nil {
		t.Fatal(err)
	}
	web := func(n uint64, at time.Duration, from, to hv.Opt[hv.OperState], cause string) collector.Change {
		return collector.Change{
			Number: n, At: now().Add(at), Index: 1, UUID: id, Name: "web-01", Persistent: hv.Yes, From: from, To: to, Cause: cause,
		}
	}
	fate := func(o events.Outcome, at time.Duration, err string) events.Fate {
		return events.Fate{Outcome: o, At: now().Add(at), Error: err}
	}
	nothing, state := hv.Opt[hv.OperState]{}, hv.Some[hv.OperState]
	evil := collector.Change{
		Number: 12, At: now().Add(time.Hour), Index: 100_000, Name: "x\x1b[2J\n\u009b1A\u202e\xff", Persistent: hv.No,
		From: state(hv.StateCrashed), Cause: "reading", Missed: true,
	}
	return []events.Event{
		{Change: web(7, 0, nothing, state(hv.StatePreparing), "defined (added)")},
		{Change: web(8, time.Millisecond, state(hv.StatePreparing), state(hv.StateShutdown), "defined (added)"), PerVM: fate(events.Sent, time.Second, "")},
		{
			Change: web(9, 1500*time.Millisecond, state(hv.StateShutdown), state(hv.StateRunning), "started (booted)"),
			PerVM:  fate(events.Refused, 2*time.Second, "processingError"), Bulk: fate(events.Sent, 4*time.Second, ""),
		},
		{
			Change: web(10, time.Minute, state(hv.StateRunning), state(hv.StateShuttingDown), "shutdown (host)"),
			PerVM:  fate(events.Dropped, time.Minute, "the queue is full"), Bulk: fate(events.Refused, time.Minute, "too large"),
		},
		{
			Change: web(11, 2*time.Minute, state(hv.StateShuttingDown), state(hv.StateShutdown), "stopped (destroyed)"),
			PerVM:  fate(events.Waiting, 2*time.Minute, ""),
		},
		{Change: evil, Bulk: fate(events.Waiting, time.Hour, "")},
	}
}

// TestShowEventsGolden pins both forms.
func TestShowEventsGolden(t *testing.T) {
	// The table shows local time.
	local := time.Local
	time.Local = time.FixedZone("", 2*60*60)
	t.Cleanup(func() { time.Local = local })
	for _, form := range []string{asTable, asJSON} {
		var b strings.Builder
		if err := writeEvents(&b, exampleEvents(t), form); err != nil {
			t.Fatal(err)
		}
		golden(t, "show/events."+form, b.String())
		if strings.ContainsFunc(b.String(), func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }) {
			t.Errorf("events.%s would command a terminal: %q", form, b.String())
		}
	}
}

// TestShowNoEvents proves that there may be none yet.
func TestShowNoEvents(t *testing.T) {
	t.Parallel()
	var journal events.Journal
	var table, text strings.Builder
	if err := writeEvents(&table, journal.Events(), asTable); err != nil {
		t.Fatal(err)
	}
	if err := writeEvents(&text, journal.Events(), asJSON); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("TIME  VM  NAME  FROM  TO  CAUSE  PER-VM  BULK\n", table.String()); diff != "" {
		t.Errorf("unexpected table (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff("[]\n", text.String()); diff != "" {
		t.Errorf("unexpected JSON (-want +got):\n%s", diff)
	}
}

// TestShowEventsJSONIsComplete proves that what is written can be read again.
func TestShowEventsJSONIsComplete(t *testing.T) {
	t.Parallel()
	want := exampleEvents(t)
	want[len(want)-1].Name = "x" // JSON has no octets that are no character
	var b strings.Builder
	if err := writeEvents(&b, want, asJSON); err != nil {
		t.Fatal(err)
	}
	var got []events.Event
	if err := json.Unmarshal([]byte(b.String()), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("unexpected events (-want +got):\n%s", diff)
	}
}
