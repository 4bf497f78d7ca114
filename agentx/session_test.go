package agentx

import (
	"context"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/posteo/go-agentx/pdu"
	"go.uber.org/zap/zaptest/observer"

	"github.com/vmond/vmond/agentx/agentxtest"
	"github.com/vmond/vmond/mib"
)

func TestSilentMasterIsLeft(t *testing.T) {
	for _, typ := range []pdu.Type{pdu.TypeOpen, pdu.TypeRegister, pdu.TypePing} {
		t.Run(typ.String(), func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig, _ *observer.ObservedLogs) {
				r.master.Ignore(typ, 1)
				r.run(t)
				s := r.master.Accepted()
				r.master.Await(typ)
				asked := time.Now()
				s.AwaitEnd()
				if took := time.Since(asked); took != responseTimeout {
					t.Errorf("unexpected time until the master was left: %v, want %v", took, responseTimeout)
				}
				r.master.Session().Do(get("1.1.0"))
			})
		})
	}
}

func TestMasterThatRefusesTheSession(t *testing.T) {
	for _, typ := range []pdu.Type{pdu.TypeOpen, pdu.TypePing} {
		t.Run(typ.String(), func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig, _ *observer.ObservedLogs) {
				r.master.Refuse(typ, map[pdu.Type]pdu.Error{pdu.TypeOpen: pdu.ErrorOpenFailed, pdu.TypePing: pdu.ErrorNotOpen}[typ], 1)
				r.run(t)
				s := r.master.Accepted()
				r.master.Await(typ)
				s.AwaitEnd()
				r.master.Session().Do(get("1.1.0"))
			})
		})
	}
}

func TestRefusedRegistrationIsTriedAgain(t *testing.T) {
	for _, status := range []pdu.Error{pdu.ErrorDuplicateRegistration, pdu.ErrorRequestDenied, pdu.ErrorUnsupportedContext, pdu.ErrorParse, pdu.ErrorProcessing} {
		t.Run(statusName(status), func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig, logs *observer.ObservedLogs) {
				const refusals = 8 // more than a hung subagent can keep the region for
				r.master.Refuse(pdu.TypeRegister, status, refusals)
				r.run(t)
				began := time.Now()
				r.master.Session().Do(get("1.1.0"))
				if took := time.Since(began); took < 2*time.Second || took > refusals*maxDelay {
					t.Errorf("unexpected time for %d refusals: %v", refusals, took)
				}
				if got := r.master.Count(pdu.TypeOpen); got != 1 {
					t.Errorf("unexpected number of sessions: %d, want 1", got)
				}
				if got := logs.FilterMessage("refused by the master, trying on").Len(); got != 1 {
					t.Errorf("unexpected number of log lines: %d, want 1", got)
				}
			})
		})
	}
}

// TestBrokenResponse answers Register with something that cannot be parsed, which is as good as no answer.
func TestBrokenResponse(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig, _ *observer.ObservedLogs) {
		r.master.Ignore(pdu.TypeRegister, 1)
		r.run(t)
		s := r.master.Opened()
		asked := r.master.Await(pdu.TypeRegister)
		began := time.Now()
		b := agentxtest.Encode(agentxtest.PDU{Type: pdu.TypeResponse, Session: asked.Session, Packet: asked.Packet})
		s.Write(resize(b[:len(b)-4]))
		s.AwaitEnd()
		if took := time.Since(began); took != responseTimeout {
			t.Errorf("unexpected time until the master was left: %v, want %v", took, responseTimeout)
		}
		r.master.Session().Do(get("1.1.0"))
	})
}

func TestRegisterOfASessionThatTheMasterForgot(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig, _ *observer.ObservedLogs) {
		r.master.Refuse(pdu.TypeRegister, pdu.ErrorNotOpen, 1)
		r.run(t)
		r.master.Accepted().AwaitEnd()
		r.master.Session().Do(get("1.1.0"))
	})
}

func TestRefusedCapabilityHoldsUpNothing(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig, _ *observer.ObservedLogs) {
		r.master.Refuse(pdu.TypeAddAgentCaps, pdu.ErrorRequestDenied, 3)
		r.sub.AddAgentCaps(Capability{ID: at("2.1"), Description: "one"})
		r.sub.AddAgentCaps(Capability{ID: at("2.2"), Description: "two"})
		r.run(t)
		s := r.master.Session()
		s.Do(get("1.1.0"))
		s.AwaitCapabilities(2)
	})
}

func TestPing(t *testing.T) {
	tests := []struct {
		name  string
		every time.Duration // requests of the master; 0 for none
		for_  time.Duration
		want  int
	}{
		{name: "idle_master_is_pinged_each_30_seconds", for_: 95 * time.Second, want: 3},
		{name: "busy_master_is_not_pinged", every: 20 * time.Second, for_: 100 * time.Second, want: 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig, _ *observer.ObservedLogs) {
				r.run(t)
				s := r.master.Session()
				for end := time.Now().Add(tt.for_); time.Now().Before(end); {
					if tt.every == 0 {
						pass(tt.for_)
						break
					}
					pass(tt.every)
					s.Do(get("1.1.0"))
				}
				if got := r.master.Count(pdu.TypePing); got != tt.want {
					t.Errorf("unexpected number of pings: %d, want %d", got, tt.want)
				}
			})
		})
	}
}

func TestCloseByTheMaster(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig, logs *observer.ObservedLogs) {
		r.run(t)
		s := r.master.Session()
		s.Do(get("1.1.0")) // the subagent knows by now that it is registered
		if got := s.Do(agentxtest.PDU{Type: pdu.TypeClose, Reason: pdu.ReasonByManager}); got.Status != 0 {
			t.Errorf("unexpected status: %v", got.Status)
		}
		s.AwaitEnd()
		r.master.Session().Do(get("1.1.0"))
		if got, want := r.sub.Status().LastError, "the master closed the session: reasonByManager"; got != want {
			t.Errorf("unexpected error: %q, want %q", got, want)
		}
		if got := logs.FilterMessage("master lost").Len(); got != 1 {
			t.Errorf("unexpected number of log lines: %d, want 1", got)
		}
	})
}

func TestRequestBeforeTheSessionIsOpen(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig, _ *observer.ObservedLogs) {
		r.master.Ignore(pdu.TypeOpen, 1)
		r.run(t)
		s := r.master.Accepted()
		r.master.Await(pdu.TypeOpen)
		if got := s.Do(get("1.1.0")); got.Status != pdu.ErrorNotOpen {
			t.Errorf("unexpected status: %v, want %v", got.Status, pdu.ErrorNotOpen)
		}
	})
}

// TestMasterThatDoesNotRead lets the subagent run into a wall in the midst of an answer.
func TestMasterThatDoesNotRead(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig, _ *observer.ObservedLogs) {
		r.run(t)
		s := r.master.Session()
		s.Stall()
		s.Send(get("1.1.0")) // takes the read under way
		s.Send(get("1.1.0"))
		stalled := time.Now()
		r.master.Session().Do(get("1.1.0"))
		if took := time.Since(stalled); took < responseTimeout || took > responseTimeout+maxDelay {
			t.Errorf("unexpected time until the master was left: %v", took)
		}
	})
}

// TestTreeIsOfOneMoment changes the tree from call to call.
func TestTreeIsOfOneMoment(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig, _ *observer.ObservedLogs) {
		moment := int32(0)
		r.sub.dispatch.tree = func() mib.Tree {
			moment++
			return &agentxtest.Tree{Instances: []mib.Varbind{bind("1.0", mib.Integer(moment)), bind("2.0", mib.Integer(moment))}}
		}
		r.run(t)
		s := r.master.Session()
		for i, req := range []agentxtest.PDU{get("1.0", "2.0"), next(after(""), after("1.0")), bulk(1, 1, after(""), after("1.0"))} {
			want := []mib.Varbind{bind("1.0", mib.Integer(int32(i+1))), bind("2.0", mib.Integer(int32(i+1)))}
			if diff := cmp.Diff(want, s.Do(req).Varbinds); diff != "" {
				t.Errorf("unexpected answer (-want +got):\n%s", diff)
			}
		}
	})
}

func TestNoTreeYet(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig, _ *observer.ObservedLogs) {
		r.sub.dispatch.tree = func() mib.Tree { return nil }
		r.run(t)
		s := r.master.Session()
		if diff := cmp.Diff([]mib.Varbind{bind("1.1.0", mib.NoSuchObject)}, s.Do(get("1.1.0")).Varbinds); diff != "" {
			t.Errorf("unexpected answer (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]mib.Varbind{bind("", mib.EndOfMIBView)}, s.Do(next(after(""))).Varbinds); diff != "" {
			t.Errorf("unexpected answer (-want +got):\n%s", diff)
		}
	})
}

// countingConn counts the writes of a connection.
type countingConn struct {
	net.Conn
	writes *atomic.Int64
}

func (c countingConn) Write(b []byte) (int, error) {
	c.writes.Add(1)
	return c.Conn.Write(b)
}

func TestAllReadyAnswersLeaveInOneWrite(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig, _ *observer.ObservedLogs) {
		var writes atomic.Int64
		r.sub.dial = func(ctx context.Context) (net.Conn, error) {
			conn, err := r.master.Dial(ctx)
			return countingConn{Conn: conn, writes: &writes}, err
		}
		r.run(t)
		s := r.master.Session()
		s.Do(get("1.1.0"))
		writes.Store(0)
		for _, p := range s.Send(get("1.1.0"), next(after("")), bulk(0, 3, after("")), get("9.9.0")) {
			s.Response(p)
		}
		if got := writes.Load(); got != 1 {
			t.Errorf("unexpected number of writes: %d, want 1", got)
		}
	})
}
