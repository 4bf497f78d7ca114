package agentx

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/posteo/go-agentx/pdu"
	"go.uber.org/zap/zaptest/observer"

	"github.com/vmond/vmond/agentx/agentxtest"
)

// TestCloseByTheMaster gives every reason, and some that are none. The subagent confirms the Close, answers nothing any
// more, tells the reason and opens a new session with all that was in the old one.
func TestCloseByTheMaster(t *testing.T) {
	tests := []struct {
		name   string
		reason pdu.Reason
		want   string
	}{
		{name: "close_for_another_reason_opens_a_new_session", reason: pdu.ReasonOther, want: "reasonOther"},
		{name: "close_for_parse_errors_opens_a_new_session", reason: pdu.ReasonParseError, want: "reasonParseError"},
		{name: "close_for_protocol_errors_opens_a_new_session", reason: pdu.ReasonProtocolError, want: "reasonProtocolError"},
		{name: "close_after_three_timeouts_opens_a_new_session", reason: pdu.ReasonTimeouts, want: "reasonTimeouts"},
		{name: "close_for_a_shutdown_opens_a_new_session", reason: pdu.ReasonShutdown, want: "reasonShutdown"},
		{name: "close_by_a_manager_opens_a_new_session", reason: pdu.ReasonByManager, want: "reasonByManager"},
		{name: "close_without_a_reason_opens_a_new_session", reason: 0, want: "reasonOther"},
		{name: "close_for_an_unknown_reason_opens_a_new_session", reason: 200, want: "reasonOther"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig, logs *observer.ObservedLogs) {
				r.sub.AddAgentCaps(Capability{ID: at("2.1"), Description: "one"})
				r.run(t)
				s := r.master.Session()
				s.AwaitCapabilities(1)
				synctest.Wait()
				// The strict master lets no answer to the Get pass, which comes behind.
				sent := s.Send(agentxtest.PDU{Type: pdu.TypeClose, Reason: tt.reason}, get("1.1.0"))
				if got := s.Response(sent[0]).Status; got != pdu.ErrorNone {
					t.Errorf("unexpected status: %v", got)
				}
				s.AwaitEnd()
				if got := s.Order(); len(got) != 1 {
					t.Errorf("unexpected answers to packets %d", got)
				}
				again := r.master.Session()
				again.AwaitCapabilities(1)
				for range 3 {
					again.Do(get("1.1.0"))
				}
				if got := r.master.Count(pdu.TypeOpen); got != 2 {
					t.Errorf("unexpected number of sessions: %d, want 2", got)
				}
				if got, want := r.sub.Status().LastError, "the master closed the session: "+tt.want; got != want {
					t.Errorf("unexpected error: %q, want %q", got, want)
				}
				if got := logs.FilterMessage("master lost").Len(); got != 1 {
					t.Errorf("unexpected number of log lines: %d, want 1", got)
				}
			})
		})
	}
}

// TestMasterThatGivesUp does what net-snmp does with a subagent that does not answer: it sends the request six times and
// then ends the connection without a word. The answers that come then have nowhere to go.
func TestMasterThatGivesUp(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig, _ *observer.ObservedLogs) {
		const sends = 6
		s, release := r.runStuck(t)
		p := s.Send(get("1.1.0"))[0]
		for range sends - 1 {
			pass(time.Second)
			s.Send(p)
		}
		pass(time.Second)
		s.Drop()
		release()
		r.master.Session().Do(get("1.1.0"))
	})
}
