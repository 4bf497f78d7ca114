package agentx

import (
	"slices"
	"strings"
	"testing"

	"github.com/posteo/go-agentx/pdu"

	"github.com/vmond/vmond/agentx/agentxtest"
	"github.com/vmond/vmond/mib"
)

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
			name:  "getbulk_of_the_most_repetitions_ends_where_the_pdu_is_full",
			tree:  wide(5000, 8),
			req:   agentxtest.PDU{Type: pdu.TypeGetBulk, MaxRepetitions: 65535, Ranges: all(1)},
			count: room / (perVarbind + 8),
		},
		{
			name:  "getbulk_of_the_most_repetitions_ends_after_a_round_of_ends",
			tree:  wide(3, 8),
			req:   agentxtest.PDU{Type: pdu.TypeGetBulk, MaxRepetitions: 65535, Ranges: all(2)},
			count: 8, // three rounds in which one of the two finds something, and one of ends
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

// TestLargestPDUs sends requests of all 65,536 octets of payload that are accepted, in one piece and in many.
func TestLargestPDUs(t *testing.T) {
	t.Parallel()
	const perVarbind = 4 + 4 + 5*4 + 4 // type, name below 1.3.6.1.2 and length
	fills := agentxtest.PDU{
		Type:     pdu.TypeTestSet,
		Varbinds: []mib.Varbind{{Name: mib.MustOID(admin), Value: mib.Text(strings.Repeat("x", maxPayload-perVarbind))}},
	}
	tests := []struct {
		name  string
		piece int
	}{
		{name: "largest_testset_is_tested_in_one_piece", piece: maxPDU + pdu.HeaderSize},
		{name: "largest_testset_is_tested_in_pieces_that_split_its_words", piece: 1021},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t).session
			p := s.Prepare(fills)
			b := agentxtest.Encode(p)
			if len(b) != pdu.HeaderSize+maxPayload {
				t.Fatalf("request of %d octets, want %d", len(b), pdu.HeaderSize+maxPayload)
			}
			for piece := range slices.Chunk(b, tt.piece) {
				s.Write(piece)
			}
			if got := s.Response(p); got.Status != pdu.Error(mib.WrongType) || got.Index != 1 {
				t.Errorf("unexpected answer: status %d index %d, want %d 1", got.Status, got.Index, mib.WrongType)
			}
			s.Do(get("1.1.0"))
		})
	}
}
