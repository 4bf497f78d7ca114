package agentxtest

import (
	"testing"

	"github.com/posteo/go-agentx/pdu"

	"github.com/vmond/vmond/mib"
)

// turn is one PDU in a session, and what is wrong with it at the end.
type turn func(h *history) error

// master is a PDU that the master sends as it should be.
func master(p PDU) turn {
	return func(h *history) error {
		h.ask(p)
		h.vouch(p)
		return nil
	}
}

// spoilt is a PDU that the master spoils before it sends it.
func spoilt(p PDU) turn {
	return func(h *history) error {
		h.ask(p)
		return nil
	}
}

// subagent is a PDU of the subagent.
func subagent(p PDU) turn {
	return func(h *history) error {
		if p.Type == pdu.TypeResponse {
			return h.checkResponse(p)
		}
		return h.checkRequest(p)
	}
}

// to is the Response to a PDU.
func to(req PDU, status pdu.Error, vs ...mib.Varbind) PDU {
	return PDU{Type: pdu.TypeResponse, Session: req.Session, Transaction: req.Transaction, Packet: req.Packet, Status: status, Varbinds: vs}
}

// script is what passes in a session with the ID 1. The last turn breaks a rule, if any does.
type script struct {
	name  string
	begin func(h *history) // nil for an open session
	turns []turn
	want  string // a part of the error of the last turn; "" for none
}

func (s script) play(t *testing.T) {
	t.Helper()
	h := newHistory()
	h.open, h.id = true, 1
	if s.begin != nil {
		h = newHistory()
		s.begin(&h)
	}
	last := len(s.turns) - 1
	for _, turn := range s.turns[:last] {
		expectError(t, turn(&h), "")
	}
	expectError(t, s.turns[last](&h), s.want)
}

// TestHistory breaks the rules of what may come after what, but for those of SETs.
func TestHistory(t *testing.T) {
	t.Parallel()
	const bigEndian = pdu.FlagNetworkByteOrder
	ping := func(packet uint32) PDU { return PDU{Type: pdu.TypePing, Session: 1, Packet: packet} }
	asks := func(typ pdu.Type, packet uint32) PDU {
		return PDU{Type: typ, Session: 1, Packet: packet, Priority: 127, Subtree: oid("1.2"), ID: oid("1.3")}
	}
	get := PDU{Type: pdu.TypeGet, Session: 1, Packet: 9, Ranges: []Range{{Start: oid("1.1")}}}
	closes := PDU{Type: pdu.TypeClose, Session: 1, Packet: 9, Reason: pdu.ReasonOther}
	tests := []script{
		{
			name:  "request_before_open",
			begin: func(*history) {},
			turns: []turn{subagent(ping(1))},
			want:  "before a session is open",
		},
		{
			name:  "close_before_open",
			begin: func(*history) {},
			turns: []turn{subagent(PDU{Type: pdu.TypeClose, Packet: 1})},
		},
		{
			name:  "answer_before_open",
			begin: func(*history) {},
			turns: []turn{master(get), subagent(to(get, 0, integer("1.1")))},
			want:  "session 1, which is not open",
		},
		{
			name:  "refusal_before_open",
			begin: func(*history) {},
			turns: []turn{master(get), subagent(to(get, pdu.ErrorNotOpen))},
		},
		{
			name:  "second_open",
			turns: []turn{subagent(PDU{Type: pdu.TypeOpen, Packet: 1})},
			want:  "second Open",
		},
		{
			name:  "request_after_close",
			begin: func(h *history) { h.open, h.id, h.closed = true, 1, true },
			turns: []turn{subagent(ping(1))},
			want:  "after Close",
		},
		{
			name:  "request_after_the_close_of_the_master",
			turns: []turn{master(closes), subagent(to(closes, 0)), subagent(ping(1))},
			want:  "after the Close of the master",
		},
		{
			name:  "request_before_the_close_of_the_master_is_confirmed",
			turns: []turn{master(closes), subagent(ping(1))},
		},
		{
			name:  "answer_after_the_close_of_the_master",
			turns: []turn{master(closes), subagent(to(closes, 0)), master(get), subagent(to(get, 0, integer("1.1")))},
			want:  "which is not open",
		},
		{
			name:  "another_session",
			turns: []turn{subagent(PDU{Type: pdu.TypePing, Session: 2, Packet: 1})},
			want:  "with session 2, want 1",
		},
		{
			name:  "packet_id_used_before",
			turns: []turn{subagent(ping(1)), subagent(ping(2)), subagent(ping(1))},
			want:  "packet ID 1, which was used before",
		},
		{
			name:  "another_byte_order_than_that_of_open",
			turns: []turn{subagent(PDU{Type: pdu.TypePing, Flags: bigEndian, Session: 1, Packet: 1})},
			want:  "in another byte order than Open",
		},
		{
			name:  "the_byte_order_of_open",
			begin: func(h *history) { h.open, h.id, h.order = true, 1, bigEndian },
			turns: []turn{subagent(PDU{Type: pdu.TypePing, Flags: bigEndian, Session: 1, Packet: 1})},
		},
		{
			name:  "unregister_of_what_was_registered",
			turns: []turn{subagent(asks(pdu.TypeRegister, 1)), subagent(asks(pdu.TypeUnregister, 2)), subagent(asks(pdu.TypeUnregister, 3))},
		},
		{
			name:  "unregister_of_what_was_not_registered",
			turns: []turn{subagent(asks(pdu.TypeUnregister, 1))},
			want:  "Unregister of what was not registered so",
		},
		{
			name: "unregister_with_another_priority",
			turns: []turn{subagent(asks(pdu.TypeRegister, 1)), subagent(PDU{
				Type: pdu.TypeUnregister, Session: 1, Packet: 2, Priority: 126, Subtree: oid("1.2"),
			})},
			want: "priority 126",
		},
		{
			name: "unregister_with_another_range",
			turns: []turn{subagent(asks(pdu.TypeRegister, 1)), subagent(PDU{
				Type: pdu.TypeUnregister, Session: 1, Packet: 2, Priority: 127, Subtree: oid("1.2"), RangeSubID: 2, UpperBound: 9,
			})},
			want: "range 2 to 9",
		},
		{
			name: "unregister_in_another_context",
			turns: []turn{subagent(asks(pdu.TypeRegister, 1)), subagent(PDU{
				Type: pdu.TypeUnregister, Flags: pdu.FlagNonDefaultContext, Session: 1, Packet: 2, Priority: 127, Subtree: oid("1.2"),
			})},
			want: `context true ""`,
		},
		{
			name:  "caps_removed_that_were_added",
			turns: []turn{subagent(asks(pdu.TypeAddAgentCaps, 1)), subagent(asks(pdu.TypeRemoveAgentCaps, 2))},
		},
		{
			name:  "caps_removed_that_were_not_added",
			turns: []turn{subagent(asks(pdu.TypeRemoveAgentCaps, 1))},
			want:  "RemoveAgentCaps of what was not added so",
		},
		{
			name: "caps_removed_in_another_context",
			turns: []turn{subagent(asks(pdu.TypeAddAgentCaps, 1)), subagent(PDU{
				Type: pdu.TypeRemoveAgentCaps, Flags: pdu.FlagNonDefaultContext, Context: "x", Session: 1, Packet: 2, ID: oid("1.3"),
			})},
			want: `context true "x"`,
		},
		{
			name:  "caps_added_twice",
			begin: func(h *history) { h.open, h.id, h.capabilities = true, 1, []string{"1.3"} },
			turns: []turn{subagent(asks(pdu.TypeAddAgentCaps, 1))},
			want:  "advertised twice",
		},
		{
			name:  "response_to_what_was_not_sent",
			turns: []turn{subagent(to(get, 0, integer("1.1")))},
			want:  "packet 9, which was not sent",
		},
		{
			name:  "two_responses_to_one_request",
			turns: []turn{master(get), subagent(to(get, 0, integer("1.1"))), subagent(to(get, 0, integer("1.1")))},
			want:  "one more response to packet 9",
		},
		{
			name:  "two_responses_to_a_request_and_its_repeat",
			turns: []turn{master(get), master(get), subagent(to(get, 0, integer("1.1"))), subagent(to(get, 0, integer("1.1")))},
		},
		{
			name:  "wrong_response",
			turns: []turn{master(get), subagent(to(get, 0))},
			want:  "0 varbinds for 1 ranges",
		},
		{
			name:  "parseError_to_a_sound_request",
			turns: []turn{master(get), subagent(to(get, pdu.ErrorParse))},
			want:  "parseError in answer to a sound TypeGet",
		},
		{
			name:  "parseError_to_a_spoilt_request",
			turns: []turn{spoilt(get), subagent(to(get, pdu.ErrorParse))},
		},
		{
			name:  "parseError_to_what_no_master_sends",
			turns: []turn{master(ping(9)), subagent(to(ping(9), pdu.ErrorParse))},
		},
		{
			name:  "notOpen_in_the_open_session",
			turns: []turn{master(get), subagent(to(get, pdu.ErrorNotOpen))},
			want:  "notOpen in session 1, which is open",
		},
		{
			name:  "answer_in_another_session",
			turns: []turn{master(step(pdu.TypeTestSet, 1, 9)), subagent(to(step(pdu.TypeTestSet, 1, 9), 0)), master(PDU{Type: pdu.TypeGet, Session: 7, Packet: 8}), subagent(PDU{Type: pdu.TypeResponse, Session: 7, Packet: 8})},
			want:  "session 7, which is not open",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.play(t)
		})
	}
}
