package libvirt

import (
	"context"
	"errors"
	"fmt"
	"testing"

	lv "github.com/digitalocean/go-libvirt"
	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/libvirt/libvirttest"
)

// A watcher is a Watch under way.
type watcher struct {
	t      *testing.T
	events chan hv.Event
	ended  chan error
	cancel context.CancelFunc
}

// watch begins to watch and waits until it is connected.
func watch(t *testing.T, s *Source) *watcher {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	w := &watcher{t: t, events: make(chan hv.Event, 10_000), ended: make(chan error, 1), cancel: cancel}
	go func() { w.ended <- s.Watch(ctx, func(e hv.Event) { w.events <- e }) }()
	t.Cleanup(cancel)
	if e := w.next(); e.Kind != hv.Connected {
		t.Fatalf("unexpected first event: %v", e)
	}
	return w
}

// next returns the next event.
func (w *watcher) next() hv.Event {
	w.t.Helper()
	select {
	case e := <-w.events:
		return e
	case err := <-w.ended:
		w.t.Fatalf("the watch ended: %v", err)
	case <-patiently(w.t).Done():
		w.t.Fatalf("no event within %v", patience)
	}
	panic("unreachable")
}

// err returns why the watch ended.
func (w *watcher) err() error {
	w.t.Helper()
	select {
	case err := <-w.ended:
		return err
	case <-patiently(w.t).Done():
		w.t.Fatalf("the watch does not end within %v", patience)
	}
	panic("unreachable")
}

func TestWatch(t *testing.T) {
	t.Parallel()
	srv, s := fake(t, someDaemon())
	w := watch(t, s)
	vm, dom0 := running(1, "on"), libvirttest.Domain{Name: "Domain-0"}
	var want, got []hv.Event
	kinds := []hv.EventKind{
		hv.Defined, hv.Undefined, hv.Started, hv.Suspended, hv.Resumed, hv.Stopped, hv.Shutdown, hv.PMSuspended,
		hv.Crashed, hv.Changed,
	}
	for i, kind := range kinds {
		srv.Lifecycle(vm, int32(i), int32(i+1))
		want = append(want, hv.Event{Kind: kind, Detail: i + 1, Key: key(1), Name: "on"})
	}
	srv.Lifecycle(dom0, 2, 0)
	want = append(want, hv.Event{Kind: hv.Started, Key: "name:Domain-0", Name: "Domain-0"})
	for range want {
		got = append(got, w.next())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("unexpected events (-want +got):\n%s", diff)
	}
	srv.DeviceAdded(vm, "net1")
	if e := w.next(); e != (hv.Event{Kind: hv.Changed, Key: key(1), Name: "on"}) {
		t.Errorf("unexpected event: %v", e)
	}
	w.cancel()
	if err := w.err(); err != nil {
		t.Errorf("unexpected error after the context was done: %v", err)
	}
}

// TestWatchBurst has more events than anybody reads at once. All come, in order.
func TestWatchBurst(t *testing.T) {
	t.Parallel()
	srv, s := fake(t, someDaemon())
	w := watch(t, s)
	const n = 2000
	go func() {
		for i := range n {
			srv.Lifecycle(running(1, "on"), 3, int32(i))
		}
	}()
	for i := range n {
		if e := w.next(); e.Kind != hv.Suspended || e.Detail != i {
			t.Errorf("unexpected event %d: %v", i, e)
		}
	}
}

// TestWatchMarksJobs makes the states ask for the job of one whose memory is being copied.
func TestWatchMarksJobs(t *testing.T) {
	t.Parallel()
	d := someDaemon()
	d.Domains[0].Job = 5
	srv, s := fake(t, d)
	w := watch(t, s)
	if got := summaries(t, s)["on"].State; got != hv.StateRunning {
		t.Errorf("unexpected state before the event: %v", got)
	}
	srv.MigrationIteration(running(1, "on"), 1)
	if e := w.next(); e.Kind != hv.Changed || e.Key != key(1) {
		t.Errorf("unexpected event: %v", e)
	}
	if got := summaries(t, s)["on"].State; got != hv.StateMigrating {
		t.Errorf("unexpected state after the event: %v", got)
	}
}

// TestWatchLost ends with an error whenever events may have been lost.
func TestWatchLost(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		do   func(srv *libvirttest.Server, s *Source)
		want error
	}{
		{"the daemon hangs up", func(srv *libvirttest.Server, _ *Source) { srv.Hangup() }, errLost},
		{"the daemon is gone", func(srv *libvirttest.Server, _ *Source) { srv.Close() }, errLost},
		{"the daemon hangs", func(srv *libvirttest.Server, _ *Source) {
			srv.Change(func(d *libvirttest.Daemon) {
				d.Hang = func(libvirttest.Proc, []libvirttest.Domain) bool { return true }
			})
		}, errMissed},
		{"the source is closed", func(_ *libvirttest.Server, s *Source) { s.Close() }, ErrClosed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			srv := libvirttest.Start(t, someDaemon())
			s := sourceOf(t, "qemu:///system?socket="+srv.Socket(), quick())
			w := watch(t, s)
			tt.do(srv, s)
			if err := w.err(); !errors.Is(err, tt.want) {
				t.Errorf("unexpected error: %v, want %v", err, tt.want)
			}
		})
	}
}

// TestWatchUnsupported has drivers without some events.
func TestWatchUnsupported(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		events []uint32
		ok     bool
	}{
		{"all but lifecycle", []uint32{8, 9, 10, 13, 15, 19, 20, 23}, true},
		{"lifecycle", []uint32{0}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := someDaemon()
			d.NoEvents = tt.events
			srv, s := fake(t, d)
			if !tt.ok {
				err := s.Watch(patiently(t), func(e hv.Event) { t.Errorf("unexpected event: %v", e) })
				if !errors.Is(err, errUnsupported) {
					t.Errorf("unexpected error: %v", err)
				}
				return
			}
			w := watch(t, s)
			srv.Lifecycle(running(1, "on"), 0, 0)
			if e := w.next(); e.Kind != hv.Defined {
				t.Errorf("unexpected event: %v", e)
			}
		})
	}
}

func TestWatchUnreachable(t *testing.T) {
	t.Parallel()
	s := sourceOf(t, "qemu:///system?socket=/nonexistent/sock", quick())
	err := s.Watch(patiently(t), func(e hv.Event) { t.Errorf("unexpected event: %v", e) })
	if !errors.Is(err, errUnreachable) {
		t.Errorf("unexpected error: %v", err)
	}
	s.Close()
	if err := s.Watch(patiently(t), nil); !errors.Is(err, ErrClosed) {
		t.Errorf("unexpected error of a source that is closed: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := sourceOf(t, "qemu:///system?socket=/nonexistent/sock", quick()).Watch(ctx, nil); err != nil {
		t.Errorf("unexpected error with a context that is done: %v", err)
	}
}

func TestEventOf(t *testing.T) {
	t.Parallel()
	d := lv.Domain{Name: "vm", UUID: lv.UUID(uuid(3)), ID: 99}
	want := hv.Event{Kind: hv.Changed, Key: key(3), Name: "vm"}
	messages := []any{
		&lv.DomainEventCallbackBlockJobMsg{Msg: lv.DomainEventBlockJobMsg{Dom: d}},
		&lv.DomainEventCallbackDiskChangeMsg{Msg: lv.DomainEventDiskChangeMsg{Dom: d}},
		&lv.DomainEventCallbackTrayChangeMsg{Msg: lv.DomainEventTrayChangeMsg{Dom: d}},
		&lv.DomainEventCallbackBalloonChangeMsg{Msg: lv.DomainEventBalloonChangeMsg{Dom: d}},
		&lv.DomainEventCallbackDeviceRemovedMsg{Msg: lv.DomainEventDeviceRemovedMsg{Dom: d}},
		&lv.DomainEventCallbackDeviceAddedMsg{Dom: d},
		&lv.DomainEventCallbackMigrationIterationMsg{Dom: d},
		&lv.DomainEventCallbackMetadataChangeMsg{Dom: d},
	}
	for _, m := range messages {
		t.Run(fmt.Sprintf("%T", m), func(t *testing.T) {
			t.Parallel()
			if e, ok := eventOf(m); !ok || e != want {
				t.Errorf("unexpected event: %v, %t", e, ok)
			}
		})
	}
	if e, ok := eventOf(&lv.DomainEventCallbackRebootMsg{}); ok {
		t.Errorf("unexpected event of a message that is none of ours: %v", e)
	}
}

// TestForward hands on no event after one that it did not hand on.
func TestForward(t *testing.T) {
	t.Parallel()
	const n = 20
	for range 50 {
		events, messages, ended := make(chan any, n), make(chan any), make(chan struct{})
		for i := range n {
			events <- i
		}
		close(events)
		close(ended)
		go func() {
			defer close(messages)
			forward(events, messages, ended)
		}()
		want := 0
		for m := range messages {
			if m != want {
				t.Fatalf("unexpected event %v, want %d or none", m, want)
			}
			want++
		}
	}
}
