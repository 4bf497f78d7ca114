package libvirt

import (
	"testing"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/libvirt/libvirttest"
)

func TestOrigins(t *testing.T) {
	t.Parallel()
	event := func(kind hv.EventKind, detail int) hv.Event { return hv.Event{Kind: kind, Detail: detail, Key: key(1)} }
	restored, migrated := event(hv.Started, hv.StartedRestored), event(hv.Started, hv.StartedMigrated)
	tests := []struct {
		name   string
		events []hv.Event
		want   origin
	}{
		{"nothing", nil, originUnknown},
		{"restored", []hv.Event{restored}, originRestored},
		{"migrated", []hv.Event{migrated}, originMigrated},
		{"booted", []hv.Event{event(hv.Started, hv.StartedBooted)}, originUnknown},
		{"restored and running", []hv.Event{restored, event(hv.Resumed, hv.ResumedFromSnapshot)}, originUnknown},
		{"migrated and running", []hv.Event{migrated, event(hv.Resumed, hv.ResumedMigrated)}, originUnknown},
		{"restored and failed", []hv.Event{restored, event(hv.Stopped, hv.StoppedFailed)}, originUnknown},
		{"restored and crashed", []hv.Event{restored, event(hv.Crashed, hv.CrashedPanicked)}, originUnknown},
		{"restored one that was paused", []hv.Event{restored, event(hv.Suspended, hv.SuspendedRestored)}, originHeld},
		{"restored and to stay paused", []hv.Event{restored, event(hv.Suspended, hv.SuspendedPaused)}, originHeld},
		{"migrated and to stay paused", []hv.Event{migrated, event(hv.Suspended, hv.SuspendedPaused)}, originHeld},
		{"held and running", []hv.Event{restored, event(hv.Suspended, hv.SuspendedPaused), event(hv.Resumed, 0)}, originUnknown},
		{"paused later", []hv.Event{restored, event(hv.Resumed, 2), event(hv.Suspended, 0)}, originUnknown},
		{"paused, never restored", []hv.Event{event(hv.Suspended, hv.SuspendedPaused)}, originUnknown},
		{"restored once more", []hv.Event{restored, event(hv.Stopped, hv.StoppedSaved), restored}, originRestored},
		{"booted after all", []hv.Event{restored, event(hv.Started, hv.StartedBooted)}, originUnknown},
		{"a new definition", []hv.Event{restored, event(hv.Defined, hv.DefinedUpdated), event(hv.Undefined, 0)}, originRestored},
		{"a change and a job", []hv.Event{restored, event(hv.Changed, 0), event(hv.Busy, 0)}, originRestored},
		{"another", []hv.Event{restored, {Kind: hv.Resumed, Key: key(2)}}, originRestored},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := origins{m: map[string]origin{}}
			for _, e := range tt.events {
				o.note(e)
			}
			if got := o.get(key(1)); got != tt.want {
				t.Errorf("unexpected origin: %d, want %d", got, tt.want)
			}
			if tt.want == originUnknown && len(o.m) != 0 {
				t.Errorf("remembered for nothing: %v", o.m)
			}
		})
	}
}

// TestOriginOfAWatch tells the states with what the events told, and forgets it with the watch.
func TestOriginOfAWatch(t *testing.T) {
	t.Parallel()
	vm := paused2(1, "vm")
	srv, s := fake(t, daemonOf(vm))
	states := func() []hv.OperState { return []hv.OperState{stateOf(t, s, 1), summaries(t, s)["vm"].State} }
	expect := func(when string, want hv.OperState) {
		t.Helper()
		if err := s.Flush(patiently(t)); err != nil {
			t.Fatalf("failed to flush: %v", err)
		}
		for _, got := range states() {
			if got != want {
				t.Errorf("unexpected state %s: %v, want %v", when, got, want)
			}
		}
	}
	w := watch(t, s)
	srv.Lifecycle(vm, 2, hv.StartedRestored)
	expect("after it was restored", hv.StateResuming)
	srv.Lifecycle(vm, 3, hv.SuspendedRestored)
	expect("after it was left paused", hv.StatePaused)
	srv.Lifecycle(vm, 2, hv.StartedMigrated)
	expect("after it was migrated", hv.StateMigrating)
	if n := srv.Calls(libvirttest.DomainGetJobStats); n != 0 {
		t.Errorf("the job was asked for %d times", n)
	}
	w.cancel()
	if err := w.err(); err != nil {
		t.Errorf("unexpected end of the watch: %v", err)
	}
	if got := states()[0]; got != hv.StatePaused || srv.Calls(libvirttest.DomainGetJobStats) == 0 {
		t.Errorf("unexpected state after the watch: %v", got)
	}
}
