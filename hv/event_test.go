package hv

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEventKind(t *testing.T) {
	t.Parallel()
	want := []string{
		"connected", "defined", "undefined", "started", "suspended", "resumed", "stopped", "shutdown", "pmsuspended",
		"crashed", "changed", "busy", "EventKind(12)",
	}
	var got []string
	for k := Connected; k <= Busy+1; k++ {
		got = append(got, k.String())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("unexpected words (-want +got):\n%s", diff)
	}
}

func TestEvent(t *testing.T) {
	t.Parallel()
	e := Event{Kind: Stopped, Detail: 4, Key: "k", Name: "we\nb"}
	if got, want := fmt.Sprint(e), `stopped/4 "we\nb"`; got != want {
		t.Fatalf("unexpected text %s, want %s", got, want)
	}
}

func TestEventCause(t *testing.T) {
	t.Parallel()
	tests := []struct {
		event Event
		want  string
	}{
		{Event{Kind: Defined, Detail: DefinedFromSnapshot}, "defined (from snapshot)"},
		{Event{Kind: Undefined, Detail: UndefinedRenamed}, "undefined (renamed)"},
		{Event{Kind: Started, Detail: StartedRecreated}, "started (recreated)"},
		{Event{Kind: Suspended, Detail: SuspendedPostcopyFailed}, "suspended (post-copy failed)"},
		{Event{Kind: Resumed, Detail: ResumedPostcopyFailed}, "resumed (post-copy failed)"},
		{Event{Kind: Stopped}, "stopped (shutdown)"},
		{Event{Kind: Stopped, Detail: StoppedRecreated}, "stopped (recreated)"},
		{Event{Kind: Stopped, Detail: StoppedRecreated + 1}, "stopped"},
		{Event{Kind: Stopped, Detail: -1}, "stopped"},
		{Event{Kind: Shutdown, Detail: ShutdownHost}, "shutdown (host)"},
		{Event{Kind: PMSuspended, Detail: PMSuspendedDisk}, "pmsuspended (disk)"},
		{Event{Kind: Crashed, Detail: CrashedCrashloaded}, "crashed (crashloaded)"},
		{Event{Kind: Busy}, "busy"},
	}
	for _, tt := range tests {
		if got := tt.event.Cause(); got != tt.want {
			t.Errorf("unexpected cause %q of %v, want %q", got, tt.event, tt.want)
		}
	}
}
