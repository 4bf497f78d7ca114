package agentx

import (
	"encoding/binary"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/posteo/go-agentx/pdu"
	"go.uber.org/zap/zaptest/observer"

	"github.com/vmond/vmond/agentx/agentxtest"
	"github.com/vmond/vmond/mib"
)

// TestBroken sends PDUs whose header is sound and whose rest is not. Each must be answered with an error, have no effect,
// and leave the session as it was.
func TestBroken(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		req    agentxtest.PDU
		spoil  func(b []byte) []byte
		status pdu.Error
	}{
		{
			name:   "unknown_type_is_parseError",
			req:    get("1.1.0"),
			spoil:  func(b []byte) []byte { b[1] = 19; return b },
			status: pdu.ErrorParse,
		},
		{
			name:   "type_zero_is_parseError",
			req:    get("1.1.0"),
			spoil:  func(b []byte) []byte { b[1] = 0; return b },
			status: pdu.ErrorParse,
		},
		{
			name:   "oid_with_more_sub_identifiers_than_octets_is_parseError",
			req:    get("1.1.0"),
			spoil:  func(b []byte) []byte { b[20] = 100; return b },
			status: pdu.ErrorParse,
		},
		{
			name:   "oid_of_more_than_128_sub_identifiers_is_parseError",
			req:    agentxtest.PDU{Type: pdu.TypeGet, Ranges: []agentxtest.Range{{Start: make(mib.OID, 128)}}},
			spoil:  func(b []byte) []byte { b[21] = 2; return b }, // a prefix makes it 133
			status: pdu.ErrorParse,
		},
		{
			name:   "oid_of_129_sub_identifiers_without_a_prefix_is_parseError",
			req:    agentxtest.PDU{Type: pdu.TypeGet, Ranges: []agentxtest.Range{{Start: make(mib.OID, 128)}}},
			spoil:  func(b []byte) []byte { b[20]++; return resize(slices.Insert(b, 24, 0, 0, 0, 0)) },
			status: pdu.ErrorParse,
		},
		{
			name:   "range_without_an_end_is_parseError",
			req:    get("1.1.0"),
			spoil:  func(b []byte) []byte { return resize(b[:len(b)-4]) },
			status: pdu.ErrorParse,
		},
		{
			name:   "octets_after_a_commitset_are_parseError",
			req:    agentxtest.PDU{Type: pdu.TypeCommitSet},
			spoil:  func(b []byte) []byte { return resize(append(b, 0, 0, 0, 0)) },
			status: pdu.ErrorParse,
		},
		{
			name:   "getbulk_that_ends_before_its_repetitions_is_parseError",
			req:    agentxtest.PDU{Type: pdu.TypeGetBulk},
			spoil:  func(b []byte) []byte { return resize(b[:20]) },
			status: pdu.ErrorParse,
		},
		{
			name:   "close_without_a_reason_is_parseError_and_closes_nothing",
			req:    agentxtest.PDU{Type: pdu.TypeClose},
			spoil:  func(b []byte) []byte { return resize(b[:20]) },
			status: pdu.ErrorParse,
		},
		{
			name:   "context_that_is_announced_and_missing_is_parseError",
			req:    agentxtest.PDU{Type: pdu.TypeTestSet},
			spoil:  func(b []byte) []byte { b[2] |= byte(pdu.FlagNonDefaultContext); return b },
			status: pdu.ErrorParse,
		},
		{
			name:   "context_longer_than_the_payload_is_parseError",
			req:    agentxtest.PDU{Type: pdu.TypeGet, Flags: pdu.FlagNonDefaultContext, Context: "x"},
			spoil:  func(b []byte) []byte { b[20] = 200; return b },
			status: pdu.ErrorParse,
		},
		{
			name:   "octet_string_of_four_gigabytes_is_parseError",
			req:    agentxtest.PDU{Type: pdu.TypeTestSet, Varbinds: []mib.Varbind{{Name: mib.OID{1}, Value: mib.Text("")}}},
			spoil:  func(b []byte) []byte { binary.LittleEndian.PutUint32(b[32:], 0xffffffff); return b },
			status: pdu.ErrorParse,
		},
		{
			name:   "unknown_type_of_value_is_parseError",
			req:    agentxtest.PDU{Type: pdu.TypeTestSet, Varbinds: []mib.Varbind{set(admin, mib.Null())}},
			spoil:  func(b []byte) []byte { b[20] = 3; return b },
			status: pdu.ErrorParse,
		},
		{
			name:   "type_of_value_beyond_a_byte_is_parseError",
			req:    agentxtest.PDU{Type: pdu.TypeTestSet, Varbinds: []mib.Varbind{set(admin, mib.Null())}},
			spoil:  func(b []byte) []byte { b[21] = 1; return b },
			status: pdu.ErrorParse,
		},
		{
			name:   "ip_address_of_five_octets_is_parseError",
			req:    agentxtest.PDU{Type: pdu.TypeTestSet, Varbinds: []mib.Varbind{set(admin, mib.Text("12345"))}},
			spoil:  func(b []byte) []byte { b[20] = byte(mib.TypeIPAddress); return b },
			status: pdu.ErrorParse,
		},
		{
			name: "testset_that_breaks_off_tests_nothing",
			req:  agentxtest.PDU{Type: pdu.TypeTestSet, Varbinds: []mib.Varbind{set(admin, mib.Integer(1)), set(gauge, mib.Gauge32(1))}},
			spoil: func(b []byte) []byte {
				return resize(b[:len(b)-4])
			},
			status: pdu.ErrorParse,
		},
		{
			name:   "unknown_session_is_notOpen",
			req:    agentxtest.PDU{Type: pdu.TypeGet, Session: 4711, Ranges: []agentxtest.Range{after("1.1.0")}},
			spoil:  func(b []byte) []byte { return b },
			status: pdu.ErrorNotOpen,
		},
		{
			name:   "testset_of_an_unknown_session_tests_nothing",
			req:    agentxtest.PDU{Type: pdu.TypeTestSet, Session: 4711, Varbinds: []mib.Varbind{set(admin, mib.Integer(1))}},
			spoil:  func(b []byte) []byte { return b },
			status: pdu.ErrorNotOpen,
		},
		{
			name:   "close_of_an_unknown_session_closes_nothing",
			req:    agentxtest.PDU{Type: pdu.TypeClose, Session: 4711, Reason: pdu.ReasonShutdown},
			spoil:  func(b []byte) []byte { return b },
			status: pdu.ErrorNotOpen,
		},
		{
			name:   "parse_error_comes_before_unknown_session",
			req:    agentxtest.PDU{Type: pdu.TypeGet, Session: 4711, Ranges: []agentxtest.Range{after("1.1.0")}},
			spoil:  func(b []byte) []byte { b[20] = 100; return b },
			status: pdu.ErrorParse,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := serve(t)
			p := r.session.Prepare(tt.req)
			r.session.Write(tt.spoil(agentxtest.Encode(p)))
			if got := r.session.Response(p); got.Status != tt.status || got.Index != 0 {
				t.Errorf("unexpected answer: status %d index %d, want %d 0", got.Status, got.Index, tt.status)
			}
			if got := r.session.Do(get("1.1.0")).Varbinds; len(got) != 1 || !got[0].Value.Equal(mib.Text("sim")) {
				t.Errorf("unexpected answer to the next request: %v", got)
			}
			if got := r.tree.Steps(); len(got) > 0 {
				t.Errorf("unexpected steps: %q", got)
			}
		})
	}
}

// TestOnlySubagentsSend has the master send what is not its to send.
func TestOnlySubagentsSend(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		req  agentxtest.PDU
	}{
		{
			name: "open_from_the_master_is_parseError",
			req:  agentxtest.PDU{Type: pdu.TypeOpen, Description: "master"},
		},
		{
			name: "register_from_the_master_is_parseError",
			req:  agentxtest.PDU{Type: pdu.TypeRegister, Priority: 127, Subtree: subtree},
		},
		{
			name: "unregister_from_the_master_is_parseError",
			req:  agentxtest.PDU{Type: pdu.TypeUnregister, Priority: 127, Subtree: subtree},
		},
		{
			name: "notify_from_the_master_is_parseError",
			req:  agentxtest.PDU{Type: pdu.TypeNotify, Varbinds: []mib.Varbind{bind("1.1.0", mib.Text("sim"))}},
		},
		{
			name: "ping_from_the_master_is_parseError",
			req:  agentxtest.PDU{Type: pdu.TypePing},
		},
		{
			name: "index_allocate_from_the_master_is_parseError",
			req:  agentxtest.PDU{Type: pdu.TypeIndexAllocate, Flags: pdu.FlagAnyIndex, Varbinds: []mib.Varbind{bind("4.1.1", mib.Integer(1))}},
		},
		{
			name: "index_deallocate_from_the_master_is_parseError",
			req:  agentxtest.PDU{Type: pdu.TypeIndexDeallocate, Varbinds: []mib.Varbind{bind("4.1.1", mib.Integer(1))}},
		},
		{
			name: "addagentcaps_from_the_master_is_parseError",
			req:  agentxtest.PDU{Type: pdu.TypeAddAgentCaps, ID: at("2.1")},
		},
		{
			name: "removeagentcaps_from_the_master_is_parseError",
			req:  agentxtest.PDU{Type: pdu.TypeRemoveAgentCaps, ID: at("2.1")},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := serve(t)
			if got := r.session.Do(tt.req); got.Status != pdu.ErrorParse {
				t.Errorf("unexpected status: %d, want %d", got.Status, pdu.ErrorParse)
			}
			r.session.Do(get("1.1.0"))
			if got := r.sub.Status().Requests.Malformed; got != 1 {
				t.Errorf("unexpected number of malformed requests: %d, want 1", got)
			}
		})
	}
}

// TestBrokenCleanupSetEndsNoSet, and it has no answer all the same.
func TestBrokenCleanupSetEndsNoSet(t *testing.T) {
	t.Parallel()
	r := serve(t)
	p := agentxtest.PDU{Type: pdu.TypeTestSet, Transaction: 1, Varbinds: []mib.Varbind{set(admin, mib.Integer(1))}}
	r.session.Do(p)
	broken := agentxtest.Encode(r.session.Prepare(agentxtest.PDU{Type: pdu.TypeCleanupSet, Transaction: 2}))
	littleEndian.put32(broken[8:], 1) // the master, which is strict, must not take it for the end of the SET
	r.session.Write(resize(append(broken, 0, 0, 0, 0)))
	if got := r.session.Do(agentxtest.PDU{Type: pdu.TypeCommitSet, Transaction: 1}); got.Status != pdu.ErrorNone {
		t.Errorf("unexpected status of CommitSet: %d", got.Status)
	}
}

// resize writes the length of the payload of b into its header.
func resize(b []byte) []byte {
	binary.LittleEndian.PutUint32(b[16:], uint32(len(b)-pdu.HeaderSize))
	return b
}

// TestBadHeader sends headers after which nothing can be read any more. The subagent must say so at
// once, and come back.
func TestBadHeader(t *testing.T) {
	tests := []struct {
		name  string
		spoil func(b []byte)
	}{
		{
			name:  "another_version_of_the_protocol_closes_the_session",
			spoil: func(b []byte) { b[0] = 9 },
		},
		{
			name:  "payload_of_two_gigabytes_closes_the_session",
			spoil: func(b []byte) { binary.LittleEndian.PutUint32(b[16:], 0x7ffffffc) },
		},
		{
			name:  "payload_beyond_the_limit_closes_the_session",
			spoil: func(b []byte) { binary.LittleEndian.PutUint32(b[16:], 65536+4) },
		},
		{
			name:  "payload_that_is_no_multiple_of_four_closes_the_session",
			spoil: func(b []byte) { b[16]++ },
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig, _ *observer.ObservedLogs) {
				r.run(t)
				s := r.master.Session()
				b := agentxtest.Encode(s.Prepare(get("1.1.0")))
				tt.spoil(b)
				sent := time.Now()
				s.Write(b)
				if got := r.master.Await(pdu.TypeClose).Reason; got != pdu.ReasonParseError {
					t.Errorf("unexpected reason: %v", got)
				}
				s.AwaitEnd()
				if took := time.Since(sent); took != 0 {
					t.Errorf("unexpected time until the session was closed: %v", took)
				}
				r.master.Session().Do(get("1.1.0"))
			})
		})
	}
}

// TestWithoutPrefix sends object identifiers that make no use of the prefix field.
func TestWithoutPrefix(t *testing.T) {
	t.Parallel()
	r := serve(t)
	p := r.session.Prepare(agentxtest.PDU{Type: pdu.TypeGet})
	b := append(agentxtest.Encode(p), byte(len(at("1.1.0"))), 0, 0, 0)
	for _, n := range at("1.1.0") {
		b = binary.LittleEndian.AppendUint32(b, n)
	}
	p.Ranges = []agentxtest.Range{after("1.1.0")}
	r.session.Expect(p)
	r.session.Write(resize(append(b, 0, 0, 0, 0)))
	if diff := cmp.Diff(testTree().Instances[:1], r.session.Response(p).Varbinds); diff != "" {
		t.Errorf("unexpected answer (-want +got):\n%s", diff)
	}
}
