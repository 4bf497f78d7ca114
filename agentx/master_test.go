package agentx

import (
	"errors"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/posteo/go-agentx/pdu"
	"go.uber.org/zap/zaptest/observer"

	"github.com/vmond/vmond/agentx/agentxtest"
	"github.com/vmond/vmond/mib"
)

// answerTo is a Response of the master to a PDU of the subagent.
func answerTo(p agentxtest.PDU) agentxtest.PDU {
	return agentxtest.PDU{Type: pdu.TypeResponse, Session: p.Session, Packet: p.Packet}
}

// registered reports whether the subagent is, once all is quiet.
func (r *rig) registered() bool {
	synctest.Wait()
	return r.sub.Status().Registered
}

// TestOddAnswers has a master that leaves the first Register to the test, which then is answered in odd ways.
func TestOddAnswers(t *testing.T) {
	tests := []struct {
		name   string
		answer func(t *testing.T, r *rig, s *agentxtest.Session, asked agentxtest.PDU)
		want   bool // registered
	}{
		{
			name: "response_with_a_foreign_packet_id_is_no_answer",
			answer: func(t *testing.T, r *rig, s *agentxtest.Session, asked agentxtest.PDU) {
				asked.Packet += 7
				s.Write(agentxtest.Encode(answerTo(asked)))
			},
		},
		{
			name: "request_with_the_packet_id_of_our_own_is_answered_and_is_no_answer",
			answer: func(t *testing.T, r *rig, s *agentxtest.Session, asked agentxtest.PDU) {
				p := get("1.1.0")
				p.Packet = asked.Packet
				if diff := cmp.Diff(testTree().Instances[:1], s.Do(p).Varbinds); diff != "" {
					t.Errorf("unexpected answer (-want +got):\n%s", diff)
				}
			},
		},
		{
			name: "response_that_breaks_off_in_its_echo_is_no_answer",
			answer: func(t *testing.T, r *rig, s *agentxtest.Session, asked agentxtest.PDU) {
				a := answerTo(asked)
				a.Varbinds = []mib.Varbind{bind("1", mib.Text("four"))}
				b := agentxtest.Encode(a)
				s.Write(resize(b[:len(b)-4]))
			},
		},
		{
			name: "response_that_breaks_off_in_its_error_is_no_answer",
			answer: func(t *testing.T, r *rig, s *agentxtest.Session, asked agentxtest.PDU) {
				s.Write(resize(agentxtest.Encode(answerTo(asked))[:pdu.HeaderSize+4]))
			},
		},
		{
			name: "response_without_a_payload_is_no_answer",
			answer: func(t *testing.T, r *rig, s *agentxtest.Session, asked agentxtest.PDU) {
				s.Write(resize(agentxtest.Encode(answerTo(asked))[:pdu.HeaderSize]))
			},
		},
		{
			name: "response_that_echoes_varbinds_of_every_type_is_read",
			answer: func(t *testing.T, r *rig, s *agentxtest.Session, asked agentxtest.PDU) {
				a := answerTo(asked)
				a.UpTime = 4294967295
				a.Varbinds = append(testTree().Instances, bind("1", mib.Null()), bind("1", mib.NoSuchObject), bind("1", mib.EndOfMIBView))
				s.Write(agentxtest.Encode(a))
			},
			want: true,
		},
		{
			name: "response_that_comes_octet_by_octet_is_read",
			answer: func(t *testing.T, r *rig, s *agentxtest.Session, asked agentxtest.PDU) {
				for b := range slices.Chunk(agentxtest.Encode(answerTo(asked)), 1) {
					s.Write(b)
					pass(time.Millisecond)
				}
			},
			want: true,
		},
		{
			name: "second_response_to_one_request_is_dropped",
			answer: func(t *testing.T, r *rig, s *agentxtest.Session, asked agentxtest.PDU) {
				refusal := answerTo(asked)
				refusal.Status = pdu.ErrorNotOpen
				s.Write(append(agentxtest.Encode(answerTo(asked)), agentxtest.Encode(refusal)...))
			},
			want: true,
		},
		{
			name: "response_in_the_midst_of_requests_is_told_from_them",
			answer: func(t *testing.T, r *rig, s *agentxtest.Session, asked agentxtest.PDU) {
				before, after := s.Prepare(get("1.1.0")), s.Prepare(get("1.2.0"))
				s.Write(slices.Concat(agentxtest.Encode(before), agentxtest.Encode(answerTo(asked)), agentxtest.Encode(after)))
				s.Response(after)
				s.Response(before)
			},
			want: true,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig, _ *observer.ObservedLogs) {
				r.master.Ignore(pdu.TypeRegister, 1)
				r.run(t)
				s := r.master.Opened()
				asked := r.master.Await(pdu.TypeRegister)
				tt.answer(t, r, s, asked)
				if got := r.registered(); got != tt.want {
					t.Errorf("unexpected registration: %v, want %v", got, tt.want)
				}
				s.Respond(asked, pdu.ErrorNone)
				if !r.registered() {
					t.Error("not registered after the right answer")
				}
				s.Do(get("1.1.0"))
				if got := r.master.Count(pdu.TypeOpen); got != 1 {
					t.Errorf("unexpected number of sessions: %d, want 1", got)
				}
			})
		})
	}
}

// TestAnswersOutOfOrder has the master answer a Notify before the Register that came first, each in its own way.
func TestAnswersOutOfOrder(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig, _ *observer.ObservedLogs) {
		r.master.Ignore(pdu.TypeRegister, 1)
		r.master.Ignore(pdu.TypeNotify, 1)
		fate := notify(t, r, vmRunning())
		r.run(t)
		s := r.master.Opened()
		register, notified := r.master.Await(pdu.TypeRegister), r.master.Await(pdu.TypeNotify)
		refusal := answerTo(notified)
		refusal.Status, refusal.Index = pdu.ErrorProcessing, 2
		s.Write(agentxtest.Encode(refusal))
		refused, _ := errors.AsType[*ResponseError](<-fate)
		if diff := cmp.Diff(&ResponseError{Request: "Notify", Status: pdu.ErrorProcessing, Index: 2}, refused); diff != "" {
			t.Errorf("unexpected outcome (-want +got):\n%s", diff)
		}
		if r.registered() {
			t.Error("registered without an answer")
		}
		s.Respond(register, pdu.ErrorNone)
		if !r.registered() {
			t.Error("not registered")
		}
	})
}

// TestSessionID has the master give a session an ID from all over their range.
func TestSessionID(t *testing.T) {
	for _, id := range []uint32{0, 1, 1 << 31, 4294967295} {
		t.Run(strconv.FormatUint(uint64(id), 10), func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig, _ *observer.ObservedLogs) {
				r.master.NextID(id)
				r.live(t)
				if got := r.master.Await(pdu.TypeClose).Session; got != id {
					t.Errorf("unexpected session of Close: %d, want %d", got, id)
				}
			})
		})
	}
}

// TestSlowAnswers has a tree that takes longer than a master waits. What comes late must not end the session.
func TestSlowAnswers(t *testing.T) {
	tests := []struct {
		name string
		took time.Duration
		sent int // how often the master sends the request, each second
	}{
		{name: "answer_after_the_master_gave_up_does_not_end_the_session", took: 10 * time.Second, sent: 1},
		{name: "request_that_is_sent_six_times_is_answered_six_times", took: 6 * time.Second, sent: 6},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig, _ *observer.ObservedLogs) {
				r.sub.dispatch.tree = func() mib.Tree {
					r.sub.dispatch.tree = func() mib.Tree { return r.tree }
					pass(tt.took)
					return r.tree
				}
				r.run(t)
				s := r.master.Session()
				p := s.Send(get("1.1.0"))[0]
				for range tt.sent - 1 {
					pass(time.Second)
					s.Send(p)
				}
				for range tt.sent {
					if diff := cmp.Diff(testTree().Instances[:1], s.Response(p).Varbinds); diff != "" {
						t.Errorf("unexpected answer (-want +got):\n%s", diff)
					}
				}
				s.Do(next(after("")))
				if got := r.master.Count(pdu.TypeOpen); got != 1 {
					t.Errorf("unexpected number of sessions: %d, want 1", got)
				}
			})
		})
	}
}

// TestManyRequestsAtOnce leaves the master no time to read an answer before it has sent all its requests.
func TestManyRequestsAtOnce(t *testing.T) {
	t.Parallel()
	const many = 1000
	s := serve(t).session
	all := testTree().Instances
	var reqs []agentxtest.PDU
	var want, got []mib.Varbind
	for i := range many {
		v := all[i%len(all)]
		reqs = append(reqs, agentxtest.PDU{Type: pdu.TypeGet, Ranges: []agentxtest.Range{{Start: v.Name}}})
		want = append(want, v)
	}
	for _, p := range s.Send(reqs...) {
		got = append(got, s.Response(p).Varbinds...)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("unexpected answers (-want +got):\n%s", diff)
	}
	if order := s.Order(); len(order) != many || !slices.IsSorted(order) {
		t.Errorf("unexpected order of %d answers", len(order))
	}
}
