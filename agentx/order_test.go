package agentx

import (
	"context"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/posteo/go-agentx/pdu"
	"go.uber.org/zap/zaptest/observer"

	"github.com/vmond/vmond/agentx/agentxtest"
	"github.com/vmond/vmond/mib"
)

// TestOrderOfEachPDU changes the byte order from PDU to PDU. The master, which is strict, wants each answer in the order of
// its request.
func TestOrderOfEachPDU(t *testing.T) {
	t.Parallel()
	const little, big = pdu.Flags(0), pdu.FlagNetworkByteOrder
	tests := []struct {
		name   string
		orders []pdu.Flags // of TestSet, Get, CommitSet, GetBulk, CleanupSet, GetNext
	}{
		{name: "all_in_network_byte_order_is_understood", orders: []pdu.Flags{big, big, big, big, big, big}},
		{name: "each_pdu_is_read_in_its_own_byte_order", orders: []pdu.Flags{big, little, little, big, big, little}},
		{name: "each_pdu_is_read_in_its_own_byte_order_whatever_came_before", orders: []pdu.Flags{little, big, big, little, little, big}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t).session
			reqs := []agentxtest.PDU{
				{Type: pdu.TypeTestSet, Varbinds: []mib.Varbind{set(gauge, mib.Gauge32(0x01020304))}},
				get("1.2.0", "9.9.0"),
				{Type: pdu.TypeCommitSet},
				bulk(1, 1, after("1.1.0"), after("1.1.0")),
				{Type: pdu.TypeCleanupSet},
				next(after("1.1.0")),
			}
			var got [][]mib.Varbind
			for i, p := range reqs {
				p.Transaction, p.Flags = 1, tt.orders[i]
				sent := s.Send(p)[0]
				if p.Type == pdu.TypeCleanupSet {
					continue
				}
				r := s.Response(sent)
				if r.Status != pdu.ErrorNone {
					t.Errorf("unexpected status of %v: %d", p.Type, r.Status)
				}
				got = append(got, r.Varbinds)
			}
			was, is := bind("1.2.0", mib.Gauge32(3)), bind("1.2.0", mib.Gauge32(0x01020304))
			want := [][]mib.Varbind{nil, {was, bind("9.9.0", mib.Counter64(18446744073709551615))}, nil, {is, is}, {is}}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("unexpected answers (-want +got):\n%s", diff)
			}
		})
	}
}

// TestOrderOfErrors has errors in the Responses, and indices, that are others in the other byte order.
func TestOrderOfErrors(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		req    agentxtest.PDU
		spoil  func(b []byte)
		status pdu.Error
		index  uint16
	}{
		{
			name:   "error_and_index_are_in_the_byte_order_of_the_request",
			req:    agentxtest.PDU{Type: pdu.TypeTestSet, Varbinds: []mib.Varbind{set(admin, mib.Integer(1)), set(fixed, mib.Text("x"))}},
			spoil:  func([]byte) {},
			status: pdu.Error(mib.NotWritable),
			index:  2,
		},
		{
			name:   "parseError_is_in_the_byte_order_of_the_request",
			req:    get("1.1.0"),
			spoil:  func(b []byte) { b[1] = 200 },
			status: pdu.ErrorParse,
		},
		{
			name:   "notOpen_is_in_the_byte_order_of_the_request",
			req:    agentxtest.PDU{Type: pdu.TypeGet, Session: 0x01020304},
			spoil:  func([]byte) {},
			status: pdu.ErrorNotOpen,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t).session
			tt.req.Flags = pdu.FlagNetworkByteOrder
			p := s.Prepare(tt.req)
			b := agentxtest.Encode(p)
			tt.spoil(b)
			s.Write(b)
			if got := s.Response(p); got.Status != tt.status || got.Index != tt.index {
				t.Errorf("unexpected answer: status %d index %d, want %d %d", got.Status, got.Index, tt.status, tt.index)
			}
		})
	}
}

// TestOwnOrder has a subagent send all that it can, to a master that answers in its own byte order or in the other.
func TestOwnOrder(t *testing.T) {
	tests := []struct {
		name  string
		flags pdu.Flags // of the master's Responses
	}{
		{name: "all_our_pdus_are_in_the_byte_order_of_open"},
		{name: "responses_in_the_other_byte_order_are_understood", flags: pdu.FlagNetworkByteOrder},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig, _ *observer.ObservedLogs) {
				ours, theirs := net.Pipe()
				defer ours.Close()
				dialled := false
				r.sub.dial = func(ctx context.Context) (net.Conn, error) {
					if dialled {
						return nil, net.ErrClosed
					}
					dialled = true
					return theirs, nil
				}
				seen := make(map[pdu.Type]bool)
				const session = 0x01020304
				answer := func(want pdu.Type, status pdu.Error) {
					t.Helper()
					p, err := agentxtest.Decode(readWhole(t, ours))
					if err != nil {
						t.Fatal(err)
					}
					seen[p.Type] = true
					if p.Type != want || p.Type != pdu.TypeOpen && p.Session != session || p.Flags != 0 {
						t.Errorf("unexpected %v with session %#x and flags %v, want %v", p.Type, p.Session, p.Flags, want)
					}
					resp := agentxtest.PDU{Type: pdu.TypeResponse, Flags: tt.flags, Session: session, Packet: p.Packet, UpTime: 1, Status: status}
					if _, err := ours.Write(agentxtest.Encode(resp)); err != nil {
						t.Fatal(err)
					}
				}
				capability := Capability{ID: at("2.1"), Description: "one"}
				r.sub.AddAgentCaps(capability)
				r.run(t)
				answer(pdu.TypeOpen, 0)
				answer(pdu.TypeRegister, pdu.ErrorDuplicateRegistration)
				answer(pdu.TypeAddAgentCaps, 0)
				synctest.Wait()
				if got, want := r.sub.Status().LastError, "agentx: Register refused: duplicateRegistration (263)"; got != want {
					t.Errorf("unexpected error: %q, want %q", got, want)
				}
				answer(pdu.TypeRegister, 0)
				fate := notify(t, r, vmRunning())
				answer(pdu.TypeNotify, 0)
				if err := <-fate; err != nil {
					t.Errorf("unexpected outcome: %v", err)
				}
				r.sub.RemoveAgentCaps(capability.ID)
				answer(pdu.TypeRemoveAgentCaps, 0)
				r.sub.Unregister(subtree)
				answer(pdu.TypeUnregister, 0)
				pass(idleTime)
				answer(pdu.TypePing, 0)
				pass(time.Second)
				stopped := make(chan struct{})
				go func() {
					r.stop()
					close(stopped)
				}()
				answer(pdu.TypeClose, 0)
				<-stopped
				if len(seen) != 8 {
					t.Errorf("unexpected types of PDUs: %v", seen)
				}
			})
		})
	}
}
