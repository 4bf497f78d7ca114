package daemon

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"

	"go.uber.org/zap"
)

const (
	// stopGrace is how long the tasks may take to end.
	stopGrace = 10 * time.Second
	// stepGrace is how long a task waits for the one before it to end, so that one that is stuck does not keep the others
	// from leaving in good order.
	stepGrace = 2 * time.Second
	// readyGrace is how long the service manager waits for the tasks to be ready. A daemon that waits for its
	// hypervisor does what it should: it must not be killed for it, nor hold up what starts after it.
	readyGrace = 10 * time.Second
	// statusEvery is how often the service manager hears the status.
	statusEvery = 5 * time.Second
	// echoFor is how long a signal to stop may be heard again without being a second one: GNU timeout, for
	// one, sends it to the process and then to its group.
	echoFor = 500 * time.Millisecond
)

// ErrForced is the error of a daemon that a second signal ended at once. One that comes within half a second of the first
// is still the first.
var ErrForced = errors.New("stopped at once by a second signal")

// Options are what Serve needs besides the tasks.
type Options struct {
	// Signals brings HUP to reload, and TERM or INT to stop. It may be nil.
	Signals <-chan os.Signal
	// Reload is called for each HUP, from the loop that minds the signals. It may be nil.
	Reload func()
	// Status tells in one line how things are. It may be nil.
	Status func() string
	// Manager is told how things are. It may be nil.
	Manager Manager
	Log     *zap.Logger
}

// Serve runs the tasks until a signal or ctx stops them, which is no error, or until one of them ends by itself, which
// is one. The others are then stopped too, in the order in which they are given: each is told to end when the one before
// it has ended, or has been told to two seconds ago. So whoever hands something on comes before whoever takes it. Serve
// returns when all have ended, ten seconds after the first was told to at the latest: then its error names those that
// did not end.
func Serve(ctx context.Context, o Options, tasks ...Task) error {
	s := newServer(ctx, o, tasks)
	defer s.stop()
	s.start()
	for len(s.running) > 0 {
		if end, err := s.turn(ctx); end {
			return err
		}
	}
	return s.err
}

// A server is one call of Serve. All of it belongs to the loop.
type server struct {
	Options
	tasks   []Task
	tasking context.Context
	cancel  context.CancelFunc
	cancels map[Task]context.CancelFunc // of each, once it runs

	running   map[Task]bool
	ended     chan outcome
	stopping  bool
	dismissed int       // how many of the tasks were told to end
	told      time.Time // when a signal first said to stop, zero if none did
	err       error     // why the tasks were stopped, if not on request

	ready    <-chan struct{} // closed when all tasks are ready, nil once that was told
	patience <-chan time.Time
	grace    <-chan time.Time
	step     <-chan time.Time // when the next task is told to end at the latest
	status   *time.Ticker
	watchdog watchdog
}

// outcome is how a task ended.
type outcome struct {
	task Task
	err  error
}

func newServer(ctx context.Context, o Options, tasks []Task) *server {
	s := &server{
		Options: o, tasks: tasks, cancels: map[Task]context.CancelFunc{}, running: map[Task]bool{},
		ended: make(chan outcome, len(tasks)),
	}
	if s.Reload == nil {
		s.Reload = func() {}
	}
	if s.Status == nil {
		s.Status = func() string { return "" }
	}
	if s.Manager == nil {
		s.Manager = nobody{}
	}
	s.tasking, s.cancel = context.WithCancel(context.WithoutCancel(ctx))
	return s
}

// start starts the tasks and all that keeps time.
func (s *server) start() {
	for _, t := range s.tasks {
		ctx, cancel := context.WithCancel(s.tasking)
		s.running[t], s.cancels[t] = true, cancel
		go func() { s.ended <- outcome{t, t.Run(ctx)} }()
	}
	s.ready = allReady(s.tasking, s.tasks)
	s.patience = time.After(readyGrace)
	s.status = time.NewTicker(statusEvery)
	s.watchdog = newWatchdog(s.Manager.Watchdog(), s.tasks)
	s.tell()
}

// stop ends what start started, but for the tasks.
func (s *server) stop() {
	s.cancel()
	s.status.Stop()
	s.watchdog.stop()
}

// turn waits for one thing to happen and minds it. It reports true if the loop has to end at once.
func (s *server) turn(ctx context.Context) (end bool, err error) {
	done := ctx.Done()
	if s.stopping {
		done = nil
	}
	select {
	case o := <-s.ended:
		s.taskEnded(o)
	case sig := <-s.Signals:
		return s.signal(sig)
	case <-done:
		s.halt("the context is done")
	case <-s.step:
		s.dismiss()
	case <-s.grace:
		return true, fmt.Errorf("gave up after %v on what did not end: %s", stopGrace, s.names(s.running))
	case <-s.ready:
		s.Log.Debug("all tasks are ready")
		s.tellReady()
	case <-s.patience:
		if s.ready != nil {
			s.Log.Info("not everything is ready yet, going on", zap.String("tasks", s.names(s.waiting())))
			s.tellReady()
		}
	case <-s.status.C:
		s.tell()
	case <-s.watchdog.tick():
		if !s.stopping {
			s.watchdog.ask(s.tasking)
		}
	case late := <-s.watchdog.answer:
		s.feed(late)
	}
	return false, nil
}

// taskEnded minds the end of a task: it ends the others.
func (s *server) taskEnded(o outcome) {
	delete(s.running, o.task)
	switch {
	case o.err != nil && s.err == nil:
		s.err = fmt.Errorf("%s: %w", o.task, o.err)
	case o.err == nil && !s.stopping:
		s.err = fmt.Errorf("%s ended by itself", o.task)
	}
	if !s.stopping {
		s.halt("a task ended")
		return
	}
	if s.tasks[s.dismissed-1] == o.task {
		s.dismiss()
	}
}

// signal minds a signal.
func (s *server) signal(sig os.Signal) (end bool, err error) {
	switch {
	case sig == syscall.SIGHUP && !s.stopping:
		s.reload()
	case sig == syscall.SIGHUP:
	case s.stopping && time.Since(s.told) < echoFor:
		s.Log.Debug("the signal to stop was heard again", zap.Stringer("signal", sig))
	case s.stopping:
		return true, ErrForced
	default:
		s.told = time.Now()
		s.halt(sig.String())
	}
	return false, nil
}

// halt begins to tell the tasks to end.
func (s *server) halt(why string) {
	s.stopping = true
	s.Log.Info("stopping", zap.String("reason", why))
	s.Manager.Notify(stopping)
	s.ready = nil
	s.grace = time.After(stopGrace)
	s.dismiss()
}

// dismiss tells the next task that still runs to end.
func (s *server) dismiss() {
	s.step = nil
	for s.dismissed < len(s.tasks) {
		t := s.tasks[s.dismissed]
		s.dismissed++
		s.cancels[t]()
		if s.running[t] {
			s.step = time.After(stepGrace)
			return
		}
	}
}

// reload has the configuration read again. The service manager hears of it only after it has heard that the daemon is
// ready: it would take the end of the reload for that.
func (s *server) reload() {
	if s.ready != nil {
		s.Reload()
		return
	}
	s.Manager.Notify(reloading())
	s.Reload()
	s.Manager.Notify(ready)
}

// tellReady tells the service manager that what depends on the daemon may start.
func (s *server) tellReady() {
	s.ready = nil
	s.Manager.Notify(ready)
	s.tell()
}

// tell tells the service manager the status.
func (s *server) tell() {
	if text := s.Status(); text != "" && !s.stopping {
		s.Manager.Notify(status(text))
	}
}

// feed feeds the service manager's watchdog if no task is late.
func (s *server) feed(late []string) {
	s.watchdog.asked = false
	if s.stopping {
		return
	}
	if len(late) > 0 {
		s.Log.Error("a task does not answer, the watchdog is not fed", zap.Strings("tasks", late))
		return
	}
	s.Manager.Notify(alive)
}

// waiting returns the tasks that are not ready.
func (s *server) waiting() map[Task]bool {
	w := map[Task]bool{}
	for _, t := range s.tasks {
		select {
		case <-t.Ready():
		default:
			w[t] = true
		}
	}
	return w
}

// names returns the names of the tasks in the set, in the order in which they were given.
func (s *server) names(set map[Task]bool) string {
	var names []string
	for _, t := range s.tasks {
		if set[t] {
			names = append(names, t.String())
		}
	}
	return strings.Join(names, ", ")
}

// allReady returns a channel that is closed when all tasks are ready. It never is if ctx is done before.
func allReady(ctx context.Context, tasks []Task) <-chan struct{} {
	all := make(chan struct{})
	go func() {
		for _, t := range tasks {
			select {
			case <-t.Ready():
			case <-ctx.Done():
				return
			}
		}
		close(all)
	}()
	return all
}
