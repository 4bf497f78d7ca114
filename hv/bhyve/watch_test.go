package bhyve

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// settled is how long it takes until a watch has begun: devd being there is a reason to look too.
const settled = 1500 * time.Millisecond

// TestWatch has each reason to look bring what happened, as soon as it can.
func TestWatch(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		do   func(s *lab)
		// wait is how long it takes until the events are there.
		wait time.Duration
		want string
	}{
		{"the kernel tells an end", func(s *lab) {
			s.put(plain(node))
			s.sys.End(freebsd.Exit{PID: pid, Status: freebsd.Exited(4)})
		}, 0, "stopped (crashed) remains"},
		{"devd tells of a node that came", func(s *lab) {
			s.put(keyed(2, runs(s.process(2))))
			s.sys.Announce("!system=DEVFS subsystem=CDEV type=CREATE cdev=vmm/vm2")
		}, 0, "started (booted)"},
		{"devd tells of something else", func(s *lab) {
			s.put(keyed(2, runs(s.process(2))))
			s.sys.Announce("!system=DEVFS subsystem=CDEV type=CREATE cdev=tap0")
		}, time.Second, ""},
		{"the kernel counts a change", func(s *lab) {
			s.put(keyed(2, runs(s.process(2))))
			s.touch()
		}, pollEvery, "started (booted)"},
		{"nobody tells", func(s *lab) { s.put(plain(runs(s.process(pid)), stopped)) }, scanEvery, "suspended (paused)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newLab(t)
				s.put(plain(runs(s.process(pid))))
				a := s.watch()
				a.hears("connected")
				time.Sleep(settled)
				tt.do(s)
				synctest.Wait()
				time.Sleep(tt.wait)
				a.hears(tt.want)
				if err := a.end(); err != nil {
					t.Errorf("unexpected error: %v", err)
				}
			})
		})
	}
}

// TestWatchScans looks every 5 seconds though nothing happens, and not more often.
func TestWatchScans(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newLab(t)
		s.put(plain(runs(s.process(pid))))
		s.watch().hears("connected")
		time.Sleep(settled)
		s.looked()
		time.Sleep(time.Minute)
		synctest.Wait()
		if got, most := s.looked(), int(time.Minute/scanEvery); got < most-1 || got > most {
			t.Errorf("unexpected number of looks in a minute: %d", got)
		}
	})
}

// TestWatchBurst makes few looks of many reasons, and loses none of them.
func TestWatchBurst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const many = 100
		s := newLab(t)
		for i := range many {
			s.put(keyed(i, runs(s.process(1000+i))))
		}
		a := s.watch()
		a.hears("connected")
		time.Sleep(time.Second)
		s.looked()
		for i := range many {
			s.put(keyed(i, node))
			s.sys.End(freebsd.Exit{PID: 1000 + i, Status: freebsd.Exited(4)})
			s.sys.Announce("!system=DEVFS subsystem=CDEV type=DESTROY cdev=vmm/other")
		}
		time.Sleep(time.Second)
		synctest.Wait()
		a.mu.Lock()
		defer a.mu.Unlock()
		if len(a.seen) != many {
			t.Errorf("unexpected number of events: %d", len(a.seen))
		}
		for _, e := range a.seen {
			if e.Kind != hv.Stopped || e.Detail != hv.StoppedCrashed {
				t.Fatalf("unexpected event %v", e)
			}
		}
		if got := s.looked(); got > 3 {
			t.Errorf("unexpected number of looks: %d", got)
		}
	})
}

// TestWatchGrace looks again once the grace time of a reboot is over that did not come.
func TestWatchGrace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newLab(t)
		s.put(plain(runs(s.process(pid))))
		a := s.watch()
		a.hears("connected")
		time.Sleep(2 * time.Second)
		s.put(plain(node))
		s.sys.End(freebsd.Exit{PID: pid, Status: freebsd.Exited(0)})
		time.Sleep(graceTime - time.Second)
		if _, err := s.o.look(t.Context()); err != nil { // so that the next one has time
			t.Fatal(err)
		}
		a.hears("")
		time.Sleep(time.Second)
		a.hears("stopped (shutdown) remains")
	})
}

// TestWatchGraceSlow finds that one does not return when that is due, however long a look takes.
func TestWatchGraceSlow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newLab(t)
		s.put(plain(runs(s.process(pid)), node))
		a := s.watch()
		a.hears("connected")
		time.Sleep(time.Minute)
		release := s.wait()
		s.put(plain(node))
		s.sys.End(freebsd.Exit{PID: pid, Status: freebsd.Exited(0)})
		ended := time.Now()
		time.Sleep(graceTime - time.Second)
		release()
		a.hears("")
		time.Sleep(graceTime - time.Since(ended))
		a.hears("stopped (shutdown) remains")
	})
}

// TestWatchHearsLater is refused at first to be told of ends. Once it is not, it is told also of processes that were found before.
func TestWatchHearsLater(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newLab(t)
		s.sys.SetError(errors.New("too many files"), "exits")
		s.put(plain(runs(s.process(pid))))
		a := s.watch()
		a.hears("connected")
		time.Sleep(minWait / 2)
		s.sys.SetError(nil, "exits")
		time.Sleep(minWait)
		s.put(plain(node))
		if !s.sys.End(freebsd.Exit{PID: pid, Status: freebsd.Exited(4)}) {
			t.Error("nobody is told")
		}
		a.hears("stopped (crashed) remains")
	})
}

// TestWatchTooLate has a process end between the look that finds it and the question to be told of its end.
func TestWatchTooLate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newLab(t)
		a := s.watch()
		a.hears("connected")
		time.Sleep(time.Second)
		s.sys.SetError(freebsd.ErrNoProcess, "exit", "4242")
		s.put(plain(runs(s.process(pid))))
		s.looked()
		s.sys.Announce("!system=DEVFS subsystem=CDEV type=CREATE cdev=vmm/one")
		a.hears("started (booted)")
		s.drop(plainOne)
		time.Sleep(restTime)
		synctest.Wait()
		if got := s.looked(); got != 2 {
			t.Errorf("unexpected number of looks: %d", got)
		}
		if got := s.lines(exitSource); got != 0 {
			t.Errorf("unexpected number of lines: %d", got)
		}
		time.Sleep(graceTime)
		a.hears("stopped (shutdown)")
	})
}

// TestWatchDeaf has a host that tells nothing. The log is told once, and what happens is found by looking.
func TestWatchDeaf(t *testing.T) {
	t.Parallel()
	errRefused := errors.New("operation not permitted")
	tests := []struct {
		name   string
		refuse func(sys *freebsd.Recording)
		source string
	}{
		{"no ends of processes", func(sys *freebsd.Recording) { sys.SetError(errRefused, "exits") }, exitsSource},
		{"no end of one process", func(sys *freebsd.Recording) { sys.SetError(errRefused, "exit", "4242") }, exitSource},
		{"no devd", func(sys *freebsd.Recording) { sys.SetError(errRefused, "devices") }, devdSource},
		{"no count of devices", func(sys *freebsd.Recording) { sys.SetError(errRefused, "sysctl", generation) }, generation},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newLab(t)
				tt.refuse(s.sys)
				q := s.process(pid)
				s.put(plain(runs(q)))
				a := s.watch()
				a.hears("connected")
				time.Sleep(10 * time.Minute)
				s.put(plain(runs(q), stopped))
				time.Sleep(scanEvery)
				a.hears("suspended (paused)")
				if got := s.lines(tt.source); got != 1 || s.logs.Len() != 1 {
					t.Errorf("unexpected lines: %d of %d", got, s.logs.Len())
				}
			})
		})
	}
}

// TestWatchDevdAgain loses devd, and finds it again: sooner than it loses it again and again.
func TestWatchDevdAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newLab(t)
		a := s.watch()
		a.hears("connected")
		wait := minWait
		for range 8 {
			time.Sleep(restTime)
			s.looked()
			s.sys.DropDevices()
			synctest.Wait()
			if s.sys.Announce("!system=DEVFS subsystem=CDEV type=CREATE cdev=vmm/none") {
				t.Fatal("somebody listens to a devd that is gone")
			}
			time.Sleep(wait - time.Millisecond)
			synctest.Wait()
			if s.sys.Announce("!system=DEVFS subsystem=CDEV type=CREATE cdev=vmm/none") {
				t.Fatalf("it was tried again before %v", wait)
			}
			time.Sleep(time.Millisecond)
			synctest.Wait()
			s.put(plain(runs(s.process(pid))))
			if !s.sys.Announce("!system=DEVFS subsystem=CDEV type=CREATE cdev=vmm/one") {
				t.Fatalf("it was not tried again after %v", wait)
			}
			time.Sleep(restTime)
			a.hears("started (booted)")
			s.drop(plainOne)
			time.Sleep(4 * graceTime)
			a.hears("stopped (shutdown)")
			wait = min(2*wait, maxWait)
		}
		told := s.lines(devdSource)
		if told == 0 {
			t.Error("the log was not told")
		}
		time.Sleep(2 * maxWait) // which is good enough to forget how it was
		s.sys.DropDevices()
		time.Sleep(minWait)
		synctest.Wait()
		if !s.sys.Announce("!system=DEVFS subsystem=CDEV type=CREATE cdev=vmm/none") {
			t.Error("it was not tried again soon")
		}
		if got := s.lines(devdSource); got != told+1 || s.again(devdSource) != got {
			t.Errorf("unexpected number of lines: %d after %d", got, told)
		}
	})
}

// TestWatchFails goes on though looks fail.
func TestWatchFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newLab(t)
		s.fail(errors.New("no memory"))
		a := s.watch()
		a.hears("connected")
		time.Sleep(time.Minute)
		if got := s.lines(looksSource); got != 1 {
			t.Errorf("unexpected number of lines: %d", got)
		}
		s.fail(nil)
		time.Sleep(scanEvery)
		s.put(plain(runs(s.process(pid))))
		time.Sleep(scanEvery)
		a.hears("started (booted)")
		if got := s.again(looksSource); got != 1 {
			t.Errorf("unexpected number of lines: %d", got)
		}
	})
}

// TestWatchTwice has two watch at once, and one again after its end: what a look of anybody's finds, all hear.
func TestWatchTwice(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newLab(t)
		a, b := s.watch(), s.watch()
		a.hears("connected")
		b.hears("connected")
		time.Sleep(time.Second)
		s.put(plain(runs(s.process(pid))))
		if _, err := s.o.look(t.Context()); err != nil {
			t.Fatal(err)
		}
		a.hears("started (booted)")
		b.hears("started (booted)")
		if err := b.end(); err != nil {
			t.Errorf("unexpected error: %v", err)
		}
		s.put(plain(node))
		s.sys.End(freebsd.Exit{PID: pid, Status: freebsd.Killed(6)})
		a.hears("stopped (crashed) remains")
		b.hears("")
		c := s.watch()
		c.hears("connected")
		s.put(plain(runs(s.process(pid + 1))))
		time.Sleep(scanEvery)
		c.hears("started (booted)")
	})
}

// TestWatchEnds hands over nothing any more once it is to end.
func TestWatchEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newLab(t)
		ctx, cancel := context.WithCancel(t.Context())
		var kinds []hv.EventKind
		err := s.o.Watch(ctx, func(e hv.Event) {
			kinds = append(kinds, e.Kind)
			cancel()
			s.o.mu.Lock()
			defer s.o.mu.Unlock()
			for v := range s.o.vigils {
				v.push(hv.Event{Kind: hv.Changed})
			}
		})
		if err != nil || len(kinds) != 1 {
			t.Errorf("unexpected end: %v after %v", err, kinds)
		}
	})
}

// TestWatchBehind loses the watch of one who does not take what happens.
func TestWatchBehind(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newLab(t)
		a := s.watch()
		a.mu.Lock()
		a.slow = make(chan struct{})
		a.mu.Unlock()
		a.hears("connected")
		s.o.mu.Lock()
		for v := range s.o.vigils {
			v.push(make([]hv.Event, maxQueue+1)...)
		}
		s.o.mu.Unlock()
		synctest.Wait()
		a.mu.Lock()
		if a.slow != nil {
			close(a.slow)
		}
		a.mu.Unlock()
		<-a.over
		if a.err == nil {
			t.Error("unexpected success")
		}
	})
}
