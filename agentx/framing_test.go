package agentx

import (
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/posteo/go-agentx/pdu"

	"github.com/vmond/vmond/agentx/agentxtest"
	"github.com/vmond/vmond/mib"
)

// TestSegments sends the same requests cut up in all sorts of ways. The answers must be the same, and in order.
func TestSegments(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		cut  func(pdus [][]byte) [][]byte // into writes
	}{
		{
			name: "each_pdu_in_one_write",
			cut:  func(pdus [][]byte) [][]byte { return pdus },
		},
		{
			name: "two_pdus_in_one_read_are_both_answered",
			cut:  func(pdus [][]byte) [][]byte { return [][]byte{slices.Concat(pdus...)} },
		},
		{
			name: "half_a_pdu_waits_for_the_other_half",
			cut: func(pdus [][]byte) [][]byte {
				all := slices.Concat(pdus...)
				return [][]byte{all[:len(all)/2], all[len(all)/2:]}
			},
		},
		{
			name: "half_a_header_waits_for_the_other_half",
			cut: func(pdus [][]byte) [][]byte {
				all := slices.Concat(pdus...)
				at := len(pdus[0]) + pdu.HeaderSize/2
				return [][]byte{all[:at], all[at:]}
			},
		},
		{
			name: "octet_by_octet",
			cut:  func(pdus [][]byte) [][]byte { return slices.Collect(slices.Chunk(slices.Concat(pdus...), 1)) },
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := serve(t)
			reqs := []agentxtest.PDU{
				r.session.Prepare(get("1.1.0", "1.2.0")),
				r.session.Prepare(next(after("4.1.5.7"))),
				r.session.Prepare(agentxtest.PDU{Type: pdu.TypeGetBulk, Flags: pdu.FlagNetworkByteOrder, MaxRepetitions: 3, Ranges: []agentxtest.Range{after("")}}),
			}
			var pdus [][]byte
			for _, p := range reqs {
				pdus = append(pdus, agentxtest.Encode(p))
			}
			for _, b := range tt.cut(pdus) {
				r.session.Write(b)
			}
			var got [][]mib.Varbind
			for _, p := range reqs {
				got = append(got, r.session.Response(p).Varbinds)
			}
			all := testTree().Instances
			want := [][]mib.Varbind{all[:2], all[11:12], all[:3]}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("unexpected answers (-want +got):\n%s", diff)
			}
			if order := r.session.Order(); !slices.IsSorted(order) {
				t.Errorf("unexpected order of answers: %d", order)
			}
		})
	}
}

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
			name:   "type_that_only_subagents_send_is_parseError",
			req:    agentxtest.PDU{Type: pdu.TypePing},
			spoil:  func(b []byte) []byte { return b },
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

// resize writes the length of the payload of b into its header.
func resize(b []byte) []byte {
	binary.LittleEndian.PutUint32(b[16:], uint32(len(b)-pdu.HeaderSize))
	return b
}

// TestBadHeader sends headers after which nothing can be read any more. The subagent must say so, and come back.
func TestBadHeader(t *testing.T) {
	t.Parallel()
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
			t.Parallel()
			r := serve(t)
			b := agentxtest.Encode(r.session.Prepare(get("1.1.0")))
			tt.spoil(b)
			r.session.Write(b)
			if got := r.master.Await(pdu.TypeClose).Reason; got != pdu.ReasonParseError {
				t.Errorf("unexpected reason: %v", got)
			}
			r.session.AwaitEnd()
			r.master.Session().Do(get("1.1.0"))
		})
	}
}

// TestStrayResponse sends Responses that belong to nothing. They must be dropped (RFC 2741, section 7.2.2).
func TestStrayResponse(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		spoil func(b []byte) []byte
	}{
		{
			name:  "response_that_nobody_waits_for_is_dropped",
			spoil: func(b []byte) []byte { return b },
		},
		{
			name:  "response_that_breaks_off_is_dropped",
			spoil: func(b []byte) []byte { return resize(b[:len(b)-4]) },
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := serve(t)
			for packet := range uint32(10) { // some of which the subagent has used
				r.session.Write(tt.spoil(agentxtest.Encode(agentxtest.PDU{Type: pdu.TypeResponse, Session: r.session.ID(), Packet: packet})))
			}
			r.session.Do(get("1.1.0"))
			if got := r.session.Order(); len(got) != 1 {
				t.Errorf("unexpected answers to packets %d", got)
			}
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

// wide is a tree of n instances of size octets each.
func wide(n, size int) *agentxtest.Tree {
	var tree agentxtest.Tree
	for i := range n {
		tree.Instances = append(tree.Instances, mib.Varbind{Name: subtree.Append(1, uint32(i)), Value: mib.Text(strings.Repeat("x", size))})
	}
	return &tree
}

// TestSize asks for more than fits into a PDU of 65,536 octets.
func TestSize(t *testing.T) {
	t.Parallel()
	// A varbind is 4 octets, its name 4 and 4 times 4, its value 4 and the octets.
	const perVarbind = 28
	const room = maxPDU - pdu.HeaderSize - 8
	all := func(n int) (ranges []agentxtest.Range) {
		for i := range n {
			ranges = append(ranges, agentxtest.Range{Start: subtree.Append(1, uint32(i)), Include: true})
		}
		return ranges
	}
	tests := []struct {
		name   string
		tree   *agentxtest.Tree
		req    agentxtest.PDU
		status pdu.Error
		index  uint16
		count  int
	}{
		{
			name:  "answer_of_exactly_the_limit_is_sent",
			tree:  wide(1, room-perVarbind),
			req:   agentxtest.PDU{Type: pdu.TypeGet, Ranges: all(1)},
			count: 1,
		},
		{
			name:   "get_of_a_value_beyond_the_limit_is_genErr",
			tree:   wide(1, room-perVarbind+1),
			req:    agentxtest.PDU{Type: pdu.TypeGet, Ranges: all(1)},
			status: genErr,
			index:  1,
		},
		{
			name:   "get_of_a_value_far_beyond_the_limit_is_genErr",
			tree:   wide(1, 4*maxPDU),
			req:    agentxtest.PDU{Type: pdu.TypeGet, Ranges: all(1)},
			status: genErr,
			index:  1,
		},
		{
			name:   "get_names_the_range_that_broke_the_limit",
			tree:   wide(3, 30000),
			req:    agentxtest.PDU{Type: pdu.TypeGet, Ranges: all(3)},
			status: genErr,
			index:  3,
		},
		{
			name:   "getnext_names_the_range_that_broke_the_limit",
			tree:   wide(3, 30000),
			req:    agentxtest.PDU{Type: pdu.TypeGetNext, Ranges: all(3)},
			status: genErr,
			index:  3,
		},
		{
			name:  "getbulk_is_cut_at_a_varbind",
			tree:  wide(200, 1000),
			req:   agentxtest.PDU{Type: pdu.TypeGetBulk, MaxRepetitions: 200, Ranges: all(1)},
			count: room / (perVarbind + 1000),
		},
		{
			name:  "getbulk_is_cut_in_the_midst_of_a_round",
			tree:  wide(8, 30000),
			req:   agentxtest.PDU{Type: pdu.TypeGetBulk, MaxRepetitions: 5, Ranges: all(3)},
			count: 2,
		},
		{
			name:   "getbulk_whose_non_repeaters_break_the_limit_is_genErr",
			tree:   wide(3, 30000),
			req:    agentxtest.PDU{Type: pdu.TypeGetBulk, NonRepeaters: 3, MaxRepetitions: 5, Ranges: all(3)},
			status: genErr,
			index:  3,
		},
		{
			name:   "getbulk_whose_first_varbind_breaks_the_limit_is_genErr",
			tree:   wide(2, maxPDU),
			req:    agentxtest.PDU{Type: pdu.TypeGetBulk, MaxRepetitions: 5, Ranges: all(2)},
			status: genErr,
			index:  1,
		},
		{
			name: "value_without_a_type_is_genErr",
			tree: &agentxtest.Tree{Instances: []mib.Varbind{{Name: at("1.0"), Value: mib.Integer(1)}, {Name: at("1.1")}}},
			req:  agentxtest.PDU{Type: pdu.TypeGet, Ranges: all(2)},

			status: genErr,
			index:  2,
		},
		{
			name:   "value_of_too_long_an_oid_is_genErr",
			tree:   &agentxtest.Tree{Instances: []mib.Varbind{{Name: at("1.0"), Value: mib.ObjectID(make(mib.OID, 129))}}},
			req:    agentxtest.PDU{Type: pdu.TypeGet, Ranges: all(1)},
			status: genErr,
			index:  1,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := prepare(t, agentxtest.New(t))
			r.sub.dispatch.tree = func() mib.Tree { return tt.tree }
			r.run(t)
			got := r.master.Session().Do(tt.req)
			if got.Status != tt.status || got.Index != tt.index || len(got.Varbinds) != tt.count {
				t.Errorf("unexpected answer: status %d index %d with %d varbinds, want %d %d with %d",
					got.Status, got.Index, len(got.Varbinds), tt.status, tt.index, tt.count)
			}
		})
	}
}

// TestMostRanges sends as many ranges as can be answered, and as can be asked.
func TestMostRanges(t *testing.T) {
	t.Parallel()
	const most = (maxPDU - pdu.HeaderSize - 8) / 8 // varbinds of the null name
	tests := []struct {
		name   string
		ranges int
		status pdu.Error
		index  uint16
		count  int
	}{
		{name: "as_many_ranges_as_fit_into_an_answer_are_all_answered", ranges: most, count: most},
		{name: "the_largest_request_is_genErr_for_the_first_range_too_many", ranges: maxPayload / 8, status: genErr, index: most + 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := serve(t)
			got := r.session.Do(agentxtest.PDU{Type: pdu.TypeGet, Ranges: make([]agentxtest.Range, tt.ranges)})
			if got.Status != tt.status || got.Index != tt.index || len(got.Varbinds) != tt.count {
				t.Errorf("unexpected answer: status %d index %d with %d varbinds, want %d %d with %d",
					got.Status, got.Index, len(got.Varbinds), tt.status, tt.index, tt.count)
			}
		})
	}
}
