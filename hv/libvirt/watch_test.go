package libvirt

import (
	"context"
	"errors"
	"testing"

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
	select { // those that are there come before the end
	case e := <-w.events:
		return e
	default:
	}
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
	about := func(kind hv.EventKind, detail int) hv.Event {
		return hv.Event{Kind: kind, Detail: detail, Key: key(1), UUID: hv.UUID(uuid(1)), Name: "on"}
	}
	var want, got []hv.Event
	kinds := []hv.EventKind{
		hv.Defined, hv.Undefined, hv.Started, hv.Suspended, hv.Resumed, hv.Stopped, hv.Shutdown, hv.PMSuspended,
		hv.Crashed, hv.Changed,
	}
	for i, kind := range kinds {
		srv.Lifecycle(vm, int32(i), int32(i+1))
		want = append(want, about(kind, i+1))
		switch i % 3 { // in the midst of others
		case 0:
			srv.DeviceAdded(vm, "net1")
			want = append(want, about(hv.Changed, 0))
		case 1:
			srv.MigrationIteration(vm, 1)
			want = append(want, about(hv.Busy, 0))
		case 2:
			srv.Reboot(vm)
			want = append(want, about(hv.Changed, 0))
		}
	}
	srv.Lifecycle(dom0, 5, 0)
	want = append(want, hv.Event{Kind: hv.Stopped, Key: "name:Domain-0", Name: "Domain-0"})
	for range want {
		got = append(got, w.next())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("unexpected events (-want +got):\n%s", diff)
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
	if e := w.next(); e.Kind != hv.Busy || e.Key != key(1) {
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

// TestWatchOld has a daemon that knows only some events. Those come nevertheless.
func TestWatchOld(t *testing.T) {
	t.Parallel()
	d := someDaemon()
	d.NoEvents = []uint32{1, 8, 9, 10, 13, 15, 20, 23}
	srv, s := fake(t, d)
	w := watch(t, s)
	srv.Lifecycle(running(1, "on"), 0, 0)
	srv.Reboot(running(1, "on"))
	srv.DeviceAdded(running(1, "on"), "net1")
	for _, want := range []hv.EventKind{hv.Defined, hv.Changed} {
		if e := w.next(); e.Kind != want {
			t.Errorf("unexpected event: %v, want %v", e, want)
		}
	}
}

// TestWatchUnsupported has a driver without events, and a daemon that does not know those without which a watch is none.
func TestWatchUnsupported(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(d *libvirttest.Daemon){
		"driver": func(d *libvirttest.Daemon) {
			d.Unsupported = map[libvirttest.Proc]bool{libvirttest.RegisterEvent: true}
		},
		"daemon": func(d *libvirttest.Daemon) { d.NoEvents = []uint32{0} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := someDaemon()
			change(&d)
			srv, s := fake(t, d)
			err := s.Watch(patiently(t), func(e hv.Event) { t.Errorf("unexpected event: %v", e) })
			if !refused(err) {
				t.Errorf("unexpected error: %v", err)
			}
			eventually(t, "the connection is closed", func() bool { return srv.Conns() == 0 })
		})
	}
}

// TestWatchRegistering fails while the events are asked for, which is another thing than an event that is not known.
func TestWatchRegistering(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		make func(d *libvirttest.Daemon)
		want error
	}{
		{"the daemon hangs up", func(d *libvirttest.Daemon) { d.Hangup = map[libvirttest.Proc]bool{libvirttest.RegisterEvent: true} }, errLost},
		{"the daemon hangs", func(d *libvirttest.Daemon) {
			d.Hang = func(p libvirttest.Proc, _ []libvirttest.Domain) bool { return p == libvirttest.RegisterEvent }
		}, errMissed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := someDaemon()
			d.After = func(p libvirttest.Proc, d *libvirttest.Daemon) { // the first is answered
				if p == libvirttest.RegisterEvent {
					tt.make(d)
				}
			}
			srv := libvirttest.Start(t, d)
			s := sourceOf(t, "qemu:///system?socket="+srv.Socket(), quick())
			err := s.Watch(patiently(t), func(e hv.Event) { t.Errorf("unexpected event: %v", e) })
			if !errors.Is(err, tt.want) || refused(err) {
				t.Errorf("unexpected error: %v, want %v", err, tt.want)
			}
			if n := srv.Calls(libvirttest.RegisterEvent); n != 2 {
				t.Errorf("%d registrations", n)
			}
			eventually(t, "the connection is closed", func() bool { return srv.Conns() == 0 })
		})
	}
}

// TestWatchEarly has an event that comes before the answer to its registration, and others before the last of them.
func TestWatchEarly(t *testing.T) {
	t.Parallel()
	d := someDaemon()
	answers := make(chan struct{})
	d.Hold = map[libvirttest.Proc]chan struct{}{libvirttest.RegisterEvent: answers}
	srv, s := fake(t, d)
	ctx, cancel := context.WithCancel(t.Context())
	got, ended := make(chan hv.Event, 100), make(chan error, 1)
	go func() { ended <- s.Watch(ctx, func(e hv.Event) { got <- e }) }()
	want := []hv.EventKind{hv.Connected}
	for i := range subscriptions() {
		eventually(t, "an event is asked for", func() bool { return srv.Calls(libvirttest.RegisterEvent) == i+1 })
		srv.Lifecycle(running(1, "on"), 3, int32(i))
		want = append(want, hv.Suspended)
		answers <- struct{}{}
	}
	for i, kind := range want {
		select {
		case e := <-got:
			if e.Kind != kind || e.Detail != max(0, i-1) {
				t.Errorf("unexpected event %d: %v, want %v", i, e, kind)
			}
		case <-patiently(t).Done():
			t.Fatalf("no event within %v", patience)
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("unexpected end of the watch: %v", err)
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

// TestWatchBooted has drivers that mean different things by Started.
func TestWatchBooted(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		uri    string
		detail int32
		want   hv.EventKind
	}{
		{"qemu:///system?", hv.StartedBooted, hv.Changed},
		{"test:///default?name=qemu%3A%2F%2F%2Fsystem&", hv.StartedBooted, hv.Changed},
		{"qemu:///system?", hv.StartedMigrated, hv.Started},
		{"qemu:///system?", hv.StartedRestored, hv.Started},
		{"qemu:///system?", hv.StartedFromSnapshot, hv.Started},
		{"qemu:///system?", hv.StartedWakeup, hv.Started},
		{"lxc:///system?", hv.StartedBooted, hv.Started},
		{"xen:///system?", hv.StartedBooted, hv.Started},
		{"test:///default?", hv.StartedBooted, hv.Started},
	} {
		srv := libvirttest.Start(t, someDaemon())
		w := watch(t, sourceOf(t, tt.uri+"socket="+srv.Socket(), defaultBounds()))
		srv.Lifecycle(running(1, "on"), 2, tt.detail)
		if e := w.next(); e.Kind != tt.want || e.Detail != int(tt.detail) {
			t.Errorf("%s: unexpected event of started/%d: %v", tt.uri, tt.detail, e)
		}
	}
}

// TestWatchCut ends the connection in the midst of an event. What came before is handed on, and that is all.
func TestWatchCut(t *testing.T) {
	t.Parallel()
	event := message(procLifecycle, eventBody("on", uuid(1), 3, 0))
	for n := range event {
		srv, s := fake(t, someDaemon())
		w := watch(t, s)
		srv.Lifecycle(running(1, "on"), 5, 1)
		srv.Send(event[:n])
		srv.Hangup()
		if err := w.err(); !errors.Is(err, errLost) {
			t.Errorf("unexpected error: %v", err)
		}
		if e := w.next(); e.Kind != hv.Stopped {
			t.Errorf("unexpected event: %v", e)
		}
		if n := len(w.events); n != 0 {
			t.Errorf("%d events more", n)
		}
	}
}

// TestWatchNonsense has events that make no sense: the watch ends, because something has happened that is not known.
func TestWatchNonsense(t *testing.T) {
	t.Parallel()
	for name, b := range map[string][]byte{
		"cut before the virtual machine": message(procLifecycle, []byte{0, 0, 0, 1}),
		"cut after it":                   message(procLifecycle, eventBody("on", uuid(1))),
		"a name of impossible length":    message(procReboot, []byte{0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff, 'o', 'n'}),
		"shorter than its header":        packets(3),
		"longer than any":                {0xff, 0xff, 0xff, 0xff},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv, s := fake(t, someDaemon())
			w := watch(t, s)
			srv.Send(message(procLifecycle+1000, nil)) // what we did not ask for is no nonsense
			srv.Lifecycle(running(1, "on"), 5, 1)
			srv.Send(b)
			if err := w.err(); !errors.Is(err, errLost) {
				t.Errorf("unexpected error: %v", err)
			}
			if e := w.next(); e.Kind != hv.Stopped {
				t.Errorf("unexpected event: %v", e)
			}
		})
	}
}

// TestWatchEnds hands on nothing once its context is done, whatever has come.
func TestWatchEnds(t *testing.T) {
	t.Parallel()
	srv, s := fake(t, someDaemon())
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var got []hv.EventKind
	first := make(chan struct{})
	ended := make(chan error, 1)
	go func() {
		ended <- s.Watch(ctx, func(e hv.Event) {
			if got = append(got, e.Kind); e.Kind == hv.Connected {
				close(first)
			}
			if e.Kind == hv.Suspended {
				cancel()
			}
		})
	}()
	<-first
	for _, event := range []int32{0, 3, 4, 5} {
		srv.Lifecycle(running(1, "on"), event, 0)
	}
	if err := <-ended; err != nil {
		t.Errorf("unexpected error: %v", err)
	}
	if diff := cmp.Diff([]hv.EventKind{hv.Connected, hv.Defined, hv.Suspended}, got); diff != "" {
		t.Errorf("unexpected events (-want +got):\n%s", diff)
	}
}

// TestWatchInPieces has a daemon whose octets come a few at a time.
func TestWatchInPieces(t *testing.T) {
	t.Parallel()
	for _, pieces := range []int{1, 3, 29} {
		d := someDaemon()
		d.Pieces = pieces
		srv, s := fake(t, d)
		w := watch(t, s)
		for i := range 20 {
			srv.Lifecycle(running(i, "on"), 3, int32(i))
		}
		if err := s.Flush(patiently(t)); err != nil {
			t.Fatalf("failed to flush: %v", err)
		}
		for i := range 20 {
			if e := w.next(); e.Kind != hv.Suspended || e.Detail != i || e.Key != key(i) {
				t.Errorf("unexpected event: %v", e)
			}
		}
	}
}

// TestWatchOpening has a daemon that hangs while it is opened, for too long.
func TestWatchOpening(t *testing.T) {
	t.Parallel()
	d := someDaemon()
	d.Hang = func(p libvirttest.Proc, _ []libvirttest.Domain) bool { return p == libvirttest.ConnectOpen }
	srv := libvirttest.Start(t, d)
	b := endless()
	b.open = quick().call
	err := sourceOf(t, "qemu:///system?socket="+srv.Socket(), b).Watch(patiently(t), func(e hv.Event) {
		t.Errorf("unexpected event: %v", e)
	})
	if !errors.Is(err, errUnreachable) || !errors.Is(err, errMissed) {
		t.Errorf("unexpected error: %v", err)
	}
}

// TestWatchSlow loses the connection while one event is taken. Those that have come meanwhile are handed on.
func TestWatchSlow(t *testing.T) {
	t.Parallel()
	const rounds, n = 20, 10
	for range rounds {
		srv, s := fake(t, someDaemon())
		taking, taken := make(chan struct{}), make(chan struct{})
		got := 0
		ended := make(chan error, 1)
		go func() {
			ended <- s.Watch(patiently(t), func(e hv.Event) {
				if e.Kind == hv.Connected {
					close(taking)
					<-taken
					return
				}
				got++
			})
		}()
		<-taking
		for range n {
			srv.Lifecycle(running(1, "on"), 3, 0)
		}
		srv.Hangup()
		v := s.vigils.all()[0]
		eventually(t, "all have come", func() bool {
			v.queue.mu.Lock()
			defer v.queue.mu.Unlock()
			return len(v.queue.items) == n
		})
		eventually(t, "the connection is lost", func() bool { return srv.Conns() == 0 })
		close(taken)
		if err := <-ended; !errors.Is(err, errLost) {
			t.Errorf("unexpected end of the watch: %v", err)
		}
		if got != n {
			t.Errorf("%d events of %d were handed on", got, n)
		}
	}
}
