package agentx

import (
	"bytes"
	"context"
	"io"
	"net"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/posteo/go-agentx/pdu"
	"go.uber.org/zap"

	"github.com/vmond/vmond/agentx/agentxtest"
	"github.com/vmond/vmond/mib"
)

// FuzzDecode decodes any octets. What is decoded must come out the same when it is encoded and decoded again, and the
// decoder of agentxtest, which is stricter, must see in it what we see.
func FuzzDecode(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) < pdu.HeaderSize {
			return
		}
		h, err := decodeHeader(data)
		if err != nil {
			return
		}
		payload := data[pdu.HeaderSize:]
		strict, strictErr := agentxtest.Decode(data)
		if h.typ == pdu.TypeResponse {
			r, ok := decodeResponse(h.order(), payload)
			if strictErr == nil && (!ok || r != response{status: strict.Status, index: strict.Index}) {
				t.Errorf("unexpected response: %+v %v, want %+v", r, ok, strict)
			}
			return
		}
		var req request
		if !req.decode(h, payload) {
			if fromMaster(h.typ) && strictErr == nil {
				t.Errorf("cannot decode %+v", strict)
			}
			return
		}
		got := unfold(h, &req)
		if strictErr == nil {
			equal(t, "by the strict decoder", strict, got)
		}
		again, err := agentxtest.Decode(agentxtest.Encode(got))
		if err != nil {
			t.Fatalf("cannot decode what was encoded: %v", err)
		}
		equal(t, "after one more round", got, again)

		for _, v := range req.varbinds {
			b, ok := appendVarbind(nil, h.order(), v.Name, v.Value)
			c := cursor{rest: b, order: h.order()}
			if w := c.varbind(); !ok || !c.done() {
				t.Errorf("cannot encode %v and decode it again", v)
			} else if diff := cmp.Diff(v, w, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("unexpected varbind (-want +got):\n%s", diff)
			}
		}
	})
}

func equal(t *testing.T, when string, want, got agentxtest.PDU) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("unexpected request %s (-want +got):\n%s", when, diff)
	}
}

func fromMaster(t pdu.Type) bool {
	switch t {
	case pdu.TypeGet, pdu.TypeGetNext, pdu.TypeGetBulk, pdu.TypeTestSet, pdu.TypeCommitSet, pdu.TypeUndoSet,
		pdu.TypeCleanupSet, pdu.TypeClose:
		return true
	}
	return false
}

// unfold puts a decoded request into the form that agentxtest has for it. Flags that have no meaning are left out.
func unfold(h header, r *request) agentxtest.PDU {
	p := agentxtest.PDU{
		Type: h.typ, Flags: h.flags & pdu.FlagNetworkByteOrder, Session: h.session, Transaction: h.transaction, Packet: h.packet,
		Reason: r.reason, NonRepeaters: r.nonRepeaters, MaxRepetitions: r.maxRepetitions, Varbinds: r.varbinds,
	}
	if r.named {
		p.Flags |= pdu.FlagNonDefaultContext
		p.Context = string(r.context)
	}
	for _, s := range r.ranges {
		p.Ranges = append(p.Ranges, agentxtest.Range{Start: s.start, Include: s.include, End: s.end})
	}
	return p
}

// The chunks that FuzzDispatch cuts its input into: type, flags, packet ID and number of words, then the words.
const chunkHead = 4

// chunk is one PDU of session 1 in the input of FuzzDispatch.
func chunk(data []byte) (h header, payload, rest []byte, ok bool) {
	if len(data) < chunkHead {
		return header{}, nil, nil, false
	}
	n := min(int(data[3])*wordSize, len(data)-chunkHead)
	h = header{typ: pdu.Type(data[0]), flags: pdu.Flags(data[1]), session: 1, transaction: uint32(data[2] >> 4), packet: uint32(data[2])}
	return h, data[chunkHead : chunkHead+n], data[chunkHead+n:], true
}

// FuzzDispatch answers any payloads of any types in a row. Each answer must be as RFC 2741 wants it, and each
// assignment must be used as mib wants it, and released.
func FuzzDispatch(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) {
		tree, split := fuzzTree(), fuzzTree()
		d, parts := testDispatcher(tree), testDispatcher(split)
		var offers []offer
		for _, s := range []string{"1.2", "4.1.3", "4.1.5.2", "9"} {
			offers = append(offers, offer{subtree: at(s), beyond: beyond(at(s)), tree: func() mib.Tree { return split }})
		}
		parts.view.offering(offers)
		sent := make(map[uint32]string)
		closed := false
		for {
			h, payload, rest, ok := chunk(data)
			if !ok {
				break
			}
			whole := string(data[:len(data)-len(rest)])
			data = rest
			if before, ok := sent[h.packet]; ok && before != whole {
				continue // no master gives two PDUs one packet ID
			}
			sent[h.packet] = whole
			answer := d.answer(nil, h, payload)
			resp := checkAnswer(t, h, payload, answer)
			if again := parts.answer(nil, h, payload); !bytes.Equal(answer, again) {
				t.Errorf("unexpected answer from several regions (-of one +got):\n%s", cmp.Diff(answer, again))
			}
			if closed && resp.Type == pdu.TypeResponse && resp.Status != pdu.ErrorNotOpen && resp.Status != pdu.ErrorParse {
				t.Errorf("unexpected status after Close: %v", resp.Status)
			}
			closed = closed || h.typ == pdu.TypeClose && resp.Status == pdu.ErrorNone
		}
		d.end()
		parts.end()
		if got := tree.Held() + split.Held(); got != 0 {
			t.Errorf("%d assignments were not released", got)
		}
		if diff := cmp.Diff(tree.Steps(), split.Steps()); diff != "" {
			t.Errorf("unexpected steps of SETs in several regions (-of one +got):\n%s", diff)
		}
	})
}

// fuzzTree is a tree in which some steps of a SET fail.
func fuzzTree() *agentxtest.SetTree {
	tree := agentxtest.NewSetTree(testTree(), gauge, admin, cell)
	tree.Fail = map[string]error{"commit " + cell: io.ErrUnexpectedEOF, "undo " + gauge: io.ErrUnexpectedEOF}
	return tree
}

// checkAnswer looks at what the request was answered, and returns that. It is the zero PDU if there is no answer.
func checkAnswer(t *testing.T, h header, payload, answer []byte) agentxtest.PDU {
	t.Helper()
	if h.typ == pdu.TypeCleanupSet {
		if len(answer) > 0 {
			t.Errorf("CleanupSet was answered: % x", answer)
		}
		return agentxtest.PDU{}
	}
	if len(answer) > maxPDU {
		t.Errorf("answer of %d octets", len(answer))
	}
	resp, err := agentxtest.Decode(answer)
	if err != nil {
		t.Fatalf("cannot decode the answer: %v\n% x", err, answer)
	}
	var req request
	if !req.decode(h, payload) {
		if resp.Status != pdu.ErrorParse {
			t.Errorf("unexpected status of what cannot be parsed: %v", resp.Status)
		}
		return resp
	}
	if resp.Status == pdu.ErrorParse {
		t.Errorf("unexpected status of what can be parsed: %v", resp.Status)
	}
	if err := agentxtest.CheckResponse(unfold(h, &req), resp); err != nil {
		t.Errorf("unexpected answer: %v\n%+v", err, resp)
	}
	return resp
}

// tape is a connection from which some octets come, a few at a time, and then its end.
type tape struct {
	net.Conn
	data []byte
	step int
}

func (c *tape) Read(b []byte) (int, error) {
	if len(c.data) == 0 {
		return 0, io.EOF
	}
	n := copy(b, c.data[:min(c.step, len(c.data))])
	c.data = c.data[n:]
	return n, nil
}

func (c *tape) Write(b []byte) (int, error)      { return len(b), nil }
func (c *tape) Close() error                     { return nil }
func (c *tape) SetReadDeadline(time.Time) error  { return nil }
func (c *tape) SetWriteDeadline(time.Time) error { return nil }
func (c *tape) RemoteAddr() net.Addr             { return &net.UnixAddr{} }

// FuzzStream reads any octets from a connection, in pieces of any size.
func FuzzStream(f *testing.F) {
	tree := testTree()
	f.Fuzz(func(t *testing.T, data []byte, step uint8) {
		s, err := New(Config{Address: "unix:/nowhere", Subtree: subtree}, func() mib.Tree { return &tree }, zap.NewNop())
		if err != nil {
			t.Fatal(err)
		}
		s.dial = func(context.Context) (net.Conn, error) { return &tape{data: data, step: int(step) + 1}, nil }
		if _, err := s.attempt(t.Context()); err == nil {
			t.Error("a session ended without an error")
		}
		if got := s.Status(); got.Connected || got.Registered {
			t.Errorf("unexpected status: %+v", got)
		}
	})
}
