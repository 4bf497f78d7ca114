package bhyve

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/bhyve/cbsd"
	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// TestConsult asks the log of those whose end nobody has seen, all at once, and has nobody else wait for it.
func TestConsult(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newLab(t)
		slow := make(chan struct{})
		var asked []string
		s.exits = func(name string) (freebsd.WaitStatus, time.Time, bool) {
			s.mu.Lock()
			asked = append(asked, name)
			s.mu.Unlock()
			<-slow
			return freebsd.Exited(4), time.Now(), true
		}
		two := underCBSD(noted(cbsd.On), runs(s.process(pid)))
		two.key, two.name = cbsdKey+"two", "two"
		three := underCBSD(stale)
		three.key, three.name = cbsdKey+"three", "three"
		s.put(underCBSD(), two, three, underVM(), plain(node))
		answers := s.asks(t.Context())
		if got := s.o.credit(plainOne, 1, 0, spent{total: 1}).total; got != 1 {
			t.Errorf("unexpected time %v", got)
		}
		close(slow)
		got := <-answers
		if got.err != nil || got.standings[cbsdOne].oper != hv.StateCrashed {
			t.Errorf("unexpected state %v, %v", got.standings[cbsdOne].oper, got.err)
		}
		if _, err := s.o.look(t.Context()); err != nil {
			t.Fatal(err)
		}
		if len(asked) != 1 || asked[0] != "one" {
			t.Errorf("unexpected questions about %v", asked)
		}
		s.put(of(guest{key: two.key, name: two.name, cbsd: &cbsd.Guest{Name: "two"}}, nil))
		if got := <-s.asks(t.Context()); got.standings[two.key].oper != hv.StateCrashed {
			t.Errorf("unexpected state %v of the one that ended", got.standings[two.key].oper)
		}
	})
}

// TestConsultGivenUp ends with who waits for the log, and takes nothing over that was not asked to the end.
func TestConsultGivenUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMachine()
		m.cbsd()
		m.list("deb 300 0")
		m.SetSysctl([]byte{0, 0, 0, 0}, generation)
		m.write("/var/log/messages", "Aug 20 10:00:00 hv1 bhyverun.sh[5]: bhyve deb exited due to an error, exit_action_mode ret: 0\n")
		release := m.hang("/var/log/messages")
		s := newSource(m, "bhyve:///", zap.NewNop())
		defer s.Close()
		ctx, cancel := context.WithCancel(t.Context())
		var err error
		over := make(chan struct{})
		go func() {
			defer close(over)
			err = s.Watch(ctx, func(hv.Event) {})
		}()
		synctest.Wait()
		began := time.Now()
		cancel()
		<-over
		if took := time.Since(began); took != 0 || err != nil {
			t.Errorf("it was over after %v: %v", took, err)
		}
		release()
		if got := summaries(t, s)["cbsd:deb"].State; got != hv.StateCrashed {
			t.Errorf("unexpected state %v", got)
		}
	})
}
