package agentx

import (
	"context"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/vmond/vmond/agentx/agentxtest"
)

// bubble runs a test in which time is not real: an hour passes at once when all goroutines wait, and what is measured is
// exact. The master is reached through a pipe, and what the subagent logs is kept.
func bubble(t *testing.T, test func(t *testing.T, r *rig, logs *observer.ObservedLogs)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := agentxtest.NewPipe(t)
		r := prepare(t, m)
		core, logs := observer.New(zap.DebugLevel)
		r.sub.lines = newLines(zap.New(core))
		r.sub.dial = m.Dial
		test(t, r, logs)
	})
}

// pass lets time pass.
func pass(d time.Duration) { <-time.After(d) }

func TestRegisteredAgainWithinTwoSeconds(t *testing.T) {
	const promised = 2 * time.Second
	for _, away := range []time.Duration{0, time.Millisecond, time.Second, 10 * time.Second, time.Hour} {
		t.Run("after_"+away.String(), func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig, _ *observer.ObservedLogs) {
				r.sub.AddAgentCaps(Capability{ID: at("2.9"), Description: "all"})
				r.run(t)
				before := r.master.Session()
				before.AwaitCapabilities(1)
				for range 10 {
					r.master.Stop()
					pass(away)
					back := time.Now()
					r.master.Start()
					again := r.master.Session()
					again.AwaitCapabilities(1)
					if took := time.Since(back); took > promised {
						t.Errorf("unexpected time until registered again: %v", took)
					}
					if before.ID() == again.ID() {
						t.Errorf("session %d was not opened anew", again.ID())
					}
					before = again
				}
			})
		})
	}
}

// TestFirstAttemptsAreQuick after a session that was long enough, whatever was before it.
func TestFirstAttemptsAreQuick(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig, _ *observer.ObservedLogs) {
		var dialled atomic.Int64
		r.sub.dial = func(ctx context.Context) (net.Conn, error) {
			dialled.Add(1)
			return r.master.Dial(ctx)
		}
		r.master.Stop()
		r.run(t)
		pass(time.Minute)
		r.master.Start()
		r.master.Session()
		pass(settledAfter)
		dialled.Store(0)
		r.master.Stop()
		pass(minDelay + 2*minDelay + 4*minDelay)
		synctest.Wait()
		if got := dialled.Load(); got < 3 {
			t.Errorf("unexpected number of attempts in the first moments: %d, want 3 or more", got)
		}
	})
}

func TestAttemptsAreFewAndLogLinesFewer(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig, logs *observer.ObservedLogs) {
		var dialled atomic.Int64
		r.sub.dial = func(ctx context.Context) (net.Conn, error) {
			dialled.Add(1)
			return r.master.Dial(ctx)
		}
		r.run(t)
		r.master.Session()
		synctest.Wait()
		r.master.Stop()
		dialled.Store(0)
		pass(time.Hour)
		synctest.Wait()
		attempts := int(dialled.Load())
		if attempts < 3600 || attempts > 7200 {
			t.Errorf("unexpected number of attempts in an hour: %d, want one to two in a second", attempts)
		}
		if got := logs.FilterMessage("master lost").Len(); got != 1 {
			t.Errorf("unexpected number of lines about the loss: %d, want 1", got)
		}
		lines := logs.FilterMessage("no session with the master, trying on").All()
		if len(lines) != int(time.Hour/repeatWindow) {
			t.Fatalf("unexpected number of lines about the attempts: %d, want one in %v", len(lines), repeatWindow)
		}
		told := len(lines)
		for _, l := range lines {
			repeated, _ := l.ContextMap()["repeated"].(int64)
			told += int(repeated)
		}
		if told < attempts*4/5 || told > attempts { // what the last window has kept back is not told yet
			t.Errorf("%d attempts told of in the lines, there were %d", told, attempts)
		}
		r.master.Start()
		r.master.Session()
		synctest.Wait()
		if got := logs.FilterMessage("registered with the master").Len(); got != 2 {
			t.Errorf("unexpected number of lines about registrations: %d, want 2", got)
		}
	})
}
