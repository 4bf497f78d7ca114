package agentx

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/posteo/go-agentx/pdu"
	"go.uber.org/zap/zaptest/observer"

	"github.com/vmond/vmond/agentx/agentxtest"
)

// alive asks with a deadline that is long past what a living loop takes.
func alive(t *testing.T, s *Subagent) error {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	return s.Alive(ctx)
}

func TestAlive(t *testing.T) {
	tests := []struct {
		name    string
		prepare func(t *testing.T, r *rig)
		want    error
	}{
		{
			name: "in_an_idle_session",
			prepare: func(t *testing.T, r *rig) {
				r.run(t)
				r.master.Session()
			},
		},
		{
			name: "while_the_session_opens",
			prepare: func(t *testing.T, r *rig) {
				r.master.Ignore(pdu.TypeOpen, 1)
				r.run(t)
				r.master.Await(pdu.TypeOpen)
			},
		},
		{
			name: "while_the_master_is_away",
			prepare: func(t *testing.T, r *rig) {
				r.master.Stop()
				r.run(t)
			},
		},
		{
			name:    "before_run",
			prepare: func(*testing.T, *rig) {},
			want:    context.DeadlineExceeded,
		},
		{
			name: "after_run",
			prepare: func(t *testing.T, r *rig) {
				r.run(t)
				r.master.Session()
				r.stop()
			},
			want: context.DeadlineExceeded,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig, _ *observer.ObservedLogs) {
				tt.prepare(t, r)
				synctest.Wait()
				for range 3 {
					began := time.Now()
					if err := alive(t, r.sub); !errors.Is(err, tt.want) {
						t.Errorf("unexpected error: %v, want %v", err, tt.want)
					}
					if took := time.Since(began); tt.want == nil && took != 0 {
						t.Errorf("unexpected time until it came round: %v", took)
					}
				}
			})
		})
	}
}

func TestAliveOfAStuckTree(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig, _ *observer.ObservedLogs) {
		s, release := r.runStuck(t)
		p := s.Send(get("1.1.0"))[0]
		synctest.Wait()
		if err := alive(t, r.sub); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("unexpected error while stuck: %v", err)
		}
		release()
		s.Response(p)
		if err := alive(t, r.sub); err != nil {
			t.Errorf("unexpected error when no longer stuck: %v", err)
		}
	})
}

// TestAliveOfABusyLoop asks while the master leaves the subagent no pause.
func TestAliveOfABusyLoop(t *testing.T) {
	t.Parallel()
	r := serve(t)
	stop := make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			default:
				r.session.Do(bulk(0, 20, after("")))
			}
		}
	}()
	for range 200 {
		if err := r.sub.Alive(t.Context()); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	<-done
}

func TestStatus(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig, _ *observer.ObservedLogs) {
		start := time.Now()
		check := func(when string, want Status) {
			t.Helper()
			synctest.Wait()
			want.Address = "unix:/nowhere"
			if diff := cmp.Diff(want, r.sub.Status(), cmpopts.EquateApproxTime(0)); diff != "" {
				t.Errorf("unexpected status %s (-want +got):\n%s", when, diff)
			}
		}
		check("at the beginning", Status{Since: start})

		r.master.Refuse(pdu.TypeRegister, pdu.ErrorDuplicateRegistration, 1)
		r.run(t)
		s := r.master.Opened()
		const refused = "agentx: Register refused: duplicateRegistration (263)"
		check("while refused", Status{Since: start, Connected: true, Sessions: 1, LastError: refused})

		s.AwaitRegions(1)
		registered := time.Now()
		for _, p := range []agentxtest.PDU{
			get("1.1.0"), next(after("")), next(after("")), bulk(0, 1, after("")),
			{Type: pdu.TypeTestSet, Transaction: 1}, {Type: pdu.TypeCommitSet, Transaction: 1},
			{Type: pdu.TypeUndoSet, Transaction: 1}, {Type: pdu.TypePing},
		} {
			s.Do(p)
		}
		s.Send(agentxtest.PDU{Type: pdu.TypeCleanupSet})
		if err := <-notify(t, r, vmRunning()); err != nil {
			t.Error(err)
		}
		requests := Requests{Get: 1, GetNext: 2, GetBulk: 1, TestSet: 1, CommitSet: 1, UndoSet: 1, CleanupSet: 1, Malformed: 1}
		want := Status{
			Since: registered, Connected: true, Registered: true, Sessions: 1, LastError: refused,
			Requests: requests, Notifications: Notifications{Accepted: 1},
		}
		check("while registered", want)

		pass(time.Second)
		lost := time.Now()
		r.master.Stop()
		synctest.Wait()
		want.Since, want.Connected, want.Registered = lost, false, false
		want.LastError = "dial pipe: connection refused" // the first attempt is at once
		check("right after the loss", want)
		pass(time.Minute)
		check("while the master is away", want)
	})
}
