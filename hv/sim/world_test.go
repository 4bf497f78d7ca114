package sim

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv"
)

// What is due at one time happens in the order in which it began, what is due earlier first.
func TestOrderOfSteps(t *testing.T) {
	t.Parallel()
	w := newWorld(config{})
	for _, begin := range []struct {
		name string
		pace time.Duration
	}{
		{"c", time.Second}, {"e", 2 * time.Second}, {"d", time.Second}, {"a", time.Millisecond}, {"b", time.Second / 2},
		{"at once", 0},
	} {
		if _, err := w.define(VM{Name: begin.name, Key: begin.name}, begin.pace); err != nil {
			t.Fatal(err)
		}
	}
	if !w.advance(1500*time.Millisecond, 100) {
		t.Fatal("the world did not come so far")
	}
	got := map[string][]string{}
	note := func(when string) {
		for _, e := range w.take() {
			if e.Kind != hv.Defined {
				t.Fatalf("unexpected event %v", e)
			}
			got[when] = append(got[when], e.Name)
		}
	}
	note("soon")
	if !w.advance(time.Hour, 100) {
		t.Fatal("the world did not come so far")
	}
	note("later")
	want := map[string][]string{"soon": {"at once", "a", "b", "c", "d"}, "later": {"e"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("unexpected order (-want +got):\n%s", diff)
	}
}

// advance does no more than it is allowed to, and says so.
func TestAdvanceInParts(t *testing.T) {
	t.Parallel()
	w := newWorld(config{})
	for range 10 {
		if _, err := w.define(VM{}, time.Second); err != nil {
			t.Fatal(err)
		}
	}
	if w.advance(time.Minute, 4) {
		t.Fatal("ten steps were done in four")
	}
	if got := len(w.take()); got != 4 {
		t.Fatalf("%d steps of four were done", got)
	}
	if !w.advance(time.Minute, 7) || len(w.take()) != 6 || w.now != time.Minute {
		t.Fatalf("the rest was not done until %v", w.now)
	}
}
