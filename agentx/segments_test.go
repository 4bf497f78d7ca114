package agentx

import (
	"slices"
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
