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
		"crashed", "changed", "EventKind(11)",
	}
	var got []string
	for k := Connected; k <= Changed+1; k++ {
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
