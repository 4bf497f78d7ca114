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

// provoke runs a subagent that wants one more region and a capability, and makes it send a PDU of a type, which the master
// has a rule for, in its first session.
func provoke(t *testing.T, r *rig, typ pdu.Type) *agentxtest.Session {
	t.Helper()
	r.sub.Register(at("7"))
	r.sub.AddAgentCaps(Capability{ID: at("2.1"), Description: "one"})
	r.run(t)
	s := r.master.Accepted()
	if typ == pdu.TypeUnregister || typ == pdu.TypeRemoveAgentCaps {
		s.AwaitRegions(2)
		s.AwaitCapabilities(1)
		r.sub.Unregister(at("7"))
		r.sub.RemoveAgentCaps(at("2.1"))
	}
	r.master.Await(typ)
	return s
}

func TestSilentMasterIsLeft(t *testing.T) {
	tests := []struct {
		name string
		typ  pdu.Type
	}{
		{name: "open_without_an_answer_ends_the_connection", typ: pdu.TypeOpen},
		{name: "register_without_an_answer_ends_the_session", typ: pdu.TypeRegister},
		{name: "unregister_without_an_answer_ends_the_session", typ: pdu.TypeUnregister},
		{name: "addagentcaps_without_an_answer_ends_the_session", typ: pdu.TypeAddAgentCaps},
		{name: "removeagentcaps_without_an_answer_ends_the_session", typ: pdu.TypeRemoveAgentCaps},
		{name: "ping_without_an_answer_ends_the_session", typ: pdu.TypePing},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig, _ *observer.ObservedLogs) {
				r.master.Ignore(tt.typ, 1)
				s := provoke(t, r, tt.typ)
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
	tests := []struct {
		name   string
		typ    pdu.Type
		status pdu.Error
	}{
		{name: "openFailed_is_tried_again_on_a_new_connection", typ: pdu.TypeOpen, status: pdu.ErrorOpenFailed},
		{name: "open_refused_for_no_reason_of_its_own_is_tried_again", typ: pdu.TypeOpen, status: pdu.ErrorProcessing},
		{name: "open_refused_with_an_unknown_error_is_tried_again", typ: pdu.TypeOpen, status: 65535},
		{name: "ping_in_a_session_that_the_master_forgot_opens_another", typ: pdu.TypePing, status: pdu.ErrorNotOpen},
		{name: "ping_that_the_master_refuses_opens_another_session", typ: pdu.TypePing, status: pdu.ErrorUnsupportedContext},
		{name: "register_in_a_session_that_the_master_forgot_opens_another", typ: pdu.TypeRegister, status: pdu.ErrorNotOpen},
		{name: "addagentcaps_in_a_session_that_the_master_forgot_opens_another", typ: pdu.TypeAddAgentCaps, status: pdu.ErrorNotOpen},
		{name: "removeagentcaps_in_a_session_that_the_master_forgot_opens_another", typ: pdu.TypeRemoveAgentCaps, status: pdu.ErrorNotOpen},
		{name: "unregister_in_a_session_that_the_master_forgot_opens_another", typ: pdu.TypeUnregister, status: pdu.ErrorNotOpen},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig, _ *observer.ObservedLogs) {
				r.master.Refuse(tt.typ, tt.status, 1)
				provoke(t, r, tt.typ).AwaitEnd()
				r.master.Session().Do(get("1.1.0"))
				want := (&ResponseError{Request: requestName(tt.typ), Status: tt.status}).Error()
				if got := r.sub.Status().LastError; got != want {
					t.Errorf("unexpected error: %q, want %q", got, want)
				}
			})
		})
	}
}

func TestRefusedRegistrationIsTriedAgain(t *testing.T) {
	tests := []struct {
		name   string
		status pdu.Error
	}{
		{name: "duplicateRegistration_is_tried_again_in_the_same_session", status: pdu.ErrorDuplicateRegistration},
		{name: "requestDenied_is_tried_again_in_the_same_session", status: pdu.ErrorRequestDenied},
		{name: "unsupportedContext_is_tried_again_in_the_same_session", status: pdu.ErrorUnsupportedContext},
		{name: "parseError_is_tried_again_in_the_same_session", status: pdu.ErrorParse},
		{name: "processingError_is_tried_again_in_the_same_session", status: pdu.ErrorProcessing},
		{name: "error_without_a_name_is_tried_again_in_the_same_session", status: 65535},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig, logs *observer.ObservedLogs) {
				const refusals = 8 // more than a hung subagent can keep the region for
				r.master.Refuse(pdu.TypeRegister, tt.status, refusals)
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
