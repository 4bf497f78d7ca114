package agentx

import (
	"context"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/posteo/go-agentx/pdu"
	"go.uber.org/zap/zaptest/observer"

	"github.com/vmond/vmond/agentx/agentxtest"
)

func TestRunReturnsWithinASecond(t *testing.T) {
	const promised = time.Second
	tests := []struct {
		name    string
		prepare func(r *rig) // before Run
		during  func(r *rig) // before ctx is done
		leaves  bool         // with Close
	}{
		{
			name:    "in_a_session",
			prepare: func(*rig) {},
			during:  func(r *rig) { r.master.Session() },
			leaves:  true,
		},
		{
			name:    "if_the_master_does_not_confirm_the_close",
			prepare: func(r *rig) { r.master.Ignore(pdu.TypeClose, 1) },
			during:  func(r *rig) { r.master.Session() },
			leaves:  true,
		},
		{
			name:    "if_the_master_refuses_the_close",
			prepare: func(r *rig) { r.master.Refuse(pdu.TypeClose, pdu.ErrorNotOpen, 1) },
			during:  func(r *rig) { r.master.Session() },
			leaves:  true,
		},
		{
			name:    "if_the_master_does_not_read",
			prepare: func(*rig) {},
			during: func(r *rig) {
				s := r.master.Session()
				s.Stall()
				s.Send(get("1.1.0"))
				s.Send(get("1.1.0"))
				pass(time.Second)
			},
		},
		{
			name: "while_dialling",
			prepare: func(r *rig) {
				r.sub.dial = func(ctx context.Context) (net.Conn, error) {
					<-ctx.Done()
					return nil, ctx.Err()
				}
			},
			during: func(*rig) { pass(time.Second) },
		},
		{
			name:    "while_the_session_opens",
			prepare: func(r *rig) { r.master.Ignore(pdu.TypeOpen, 1) },
			during:  func(r *rig) { r.master.Await(pdu.TypeOpen) },
		},
		{
			name:    "while_the_master_is_away",
			prepare: func(r *rig) { r.master.Stop() },
			during:  func(*rig) { pass(time.Minute) },
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig, _ *observer.ObservedLogs) {
				tt.prepare(r)
				r.run(t)
				tt.during(r)
				began := time.Now()
				r.stop()
				if took := time.Since(began); took > promised {
					t.Errorf("unexpected time until Run returned: %v", took)
				}
				if tt.leaves {
					if got := r.master.Await(pdu.TypeClose).Reason; got != pdu.ReasonShutdown {
						t.Errorf("unexpected reason to close: %v", got)
					}
				}
				if got := r.sub.Status(); got.Connected || got.Registered {
					t.Errorf("unexpected status after Run: %+v", got)
				}
			})
		})
	}
}

// TestRunReturnsWhenAWriteBeginsAfterTheEnd lets ctx be done while an answer is being made, for a master that does not read.
func TestRunReturnsWhenAWriteBeginsAfterTheEnd(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig, _ *observer.ObservedLogs) {
		s, release := r.runStuck(t)
		s.Stall()
		s.Send(get("1.1.0"), get("1.1.0"), agentxtest.PDU{Type: pdu.TypePing}) // the read under way takes the first answer only
		synctest.Wait()
		done := make(chan time.Time)
		go func() {
			r.stop()
			done <- time.Now()
		}()
		synctest.Wait()
		began := time.Now()
		release()
		if took := (<-done).Sub(began); took > time.Second {
			t.Errorf("unexpected time until Run returned: %v", took)
		}
	})
}

func TestRunEndedBeforeItBegan(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig, _ *observer.ObservedLogs) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := r.sub.Run(ctx); err != nil {
			t.Errorf("unexpected error: %v", err)
		}
		if got := r.master.Count(pdu.TypeOpen); got != 0 {
			t.Errorf("unexpected number of sessions: %d", got)
		}
	})
}

func TestRunAgain(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig, _ *observer.ObservedLogs) {
		for range 3 {
			r.run(t)
			r.master.Session().Do(get("1.1.0"))
			r.stop()
		}
	})
}

func TestRunWhileRunningPanics(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig, _ *observer.ObservedLogs) {
		r.run(t)
		r.master.Session()
		defer func() {
			if recover() == nil {
				t.Error("second Run did not panic")
			}
		}()
		r.sub.Run(t.Context())
	})
}
