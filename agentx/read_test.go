package agentx

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/posteo/go-agentx/pdu"

	"github.com/vmond/vmond/agentx/agentxtest"
	"github.com/vmond/vmond/mib"
)

// TestRead sends one Get, GetNext or GetBulk to a subagent and looks at the varbinds of the answer.
func TestRead(t *testing.T) {
	t.Parallel()
	eomv := func(s string) mib.Varbind { return bind(s, mib.EndOfMIBView) }
	foreign := pdu.FlagNonDefaultContext
	tests := []struct {
		name string
		req  agentxtest.PDU
		want []mib.Varbind
	}{
		{
			name: "get_of_an_instance_gives_its_value",
			req:  get("4.1.3.1"),
			want: []mib.Varbind{bind("4.1.3.1", mib.Counter64(1<<63))},
		},
		{
			name: "get_of_several_answers_each_in_its_place",
			req:  get("4.1.5.1", "1.1.0", "4.1.5.1"),
			want: []mib.Varbind{bind("4.1.5.1", mib.Integer(-1)), bind("1.1.0", mib.Text("sim")), bind("4.1.5.1", mib.Integer(-1))},
		},
		{
			name: "get_carries_every_type_of_value",
			req:  get("9.1.0", "9.2.0", "9.3.0", "9.4.0", "9.5.0", "9.6.0", "9.7.0", "9.8.0", "9.9.0"),
			want: testTree().Instances[11:],
		},
		{
			name: "get_of_no_range_gives_no_varbind",
			req:  get(),
		},
		{
			name: "get_of_an_unknown_object_is_noSuchObject",
			req:  get("4.1.4.1"),
			want: []mib.Varbind{bind("4.1.4.1", mib.NoSuchObject)},
		},
		{
			name: "get_of_the_subtree_itself_is_noSuchObject",
			req:  get(""),
			want: []mib.Varbind{bind("", mib.NoSuchObject)},
		},
		{
			name: "get_of_a_missing_row_is_noSuchInstance",
			req:  get("4.1.2.3"),
			want: []mib.Varbind{bind("4.1.2.3", mib.NoSuchInstance)},
		},
		{
			name: "get_of_a_hole_is_noSuchInstance",
			req:  get("4.1.3.2"),
			want: []mib.Varbind{bind("4.1.3.2", mib.NoSuchInstance)},
		},
		{
			name: "get_of_a_scalar_without_its_zero_is_noSuchInstance",
			req:  get("1.1"),
			want: []mib.Varbind{bind("1.1", mib.NoSuchInstance)},
		},
		{
			name: "get_of_too_long_a_name_is_noSuchInstance",
			req:  get("1.1.0.0"),
			want: []mib.Varbind{bind("1.1.0.0", mib.NoSuchInstance)},
		},
		{
			name: "get_of_the_null_name_is_noSuchObject",
			req:  agentxtest.PDU{Type: pdu.TypeGet, Ranges: []agentxtest.Range{{}}},
			want: []mib.Varbind{{Value: mib.NoSuchObject}},
		},
		{
			name: "get_ignores_include_and_end",
			req:  agentxtest.PDU{Type: pdu.TypeGet, Ranges: []agentxtest.Range{{Start: at("1.1.0"), Include: true, End: at("1")}}},
			want: []mib.Varbind{bind("1.1.0", mib.Text("sim"))},
		},
		{
			name: "get_in_network_byte_order_is_answered_in_it",
			req:  agentxtest.PDU{Type: pdu.TypeGet, Flags: pdu.FlagNetworkByteOrder, Ranges: []agentxtest.Range{after("9.9.0"), after("9.1.0")}},
			want: []mib.Varbind{bind("9.9.0", mib.Counter64(18446744073709551615)), bind("9.1.0", mib.Integer(-2147483648))},
		},
		{
			name: "get_in_a_foreign_context_finds_nothing",
			req:  agentxtest.PDU{Type: pdu.TypeGet, Flags: foreign, Context: "other", Ranges: []agentxtest.Range{after("1.1.0")}},
			want: []mib.Varbind{bind("1.1.0", mib.NoSuchObject)},
		},
		{
			name: "the_empty_context_is_not_the_default_one",
			req:  agentxtest.PDU{Type: pdu.TypeGet, Flags: foreign, Ranges: []agentxtest.Range{after("1.1.0")}},
			want: []mib.Varbind{bind("1.1.0", mib.NoSuchObject)},
		},
		{
			name: "getnext_in_a_foreign_context_ends_the_range",
			req:  agentxtest.PDU{Type: pdu.TypeGetNext, Flags: foreign, Context: "other", Ranges: []agentxtest.Range{after("1")}},
			want: []mib.Varbind{eomv("1")},
		},
		{
			name: "getnext_before_everything_finds_the_first",
			req:  next(after("")),
			want: []mib.Varbind{bind("1.1.0", mib.Text("sim"))},
		},
		{
			name: "getnext_from_the_null_name_finds_the_first",
			req:  next(agentxtest.Range{}),
			want: []mib.Varbind{bind("1.1.0", mib.Text("sim"))},
		},
		{
			name: "getnext_of_an_instance_finds_the_one_after_it",
			req:  next(after("1.1.0")),
			want: []mib.Varbind{bind("1.2.0", mib.Gauge32(3))},
		},
		{
			name: "getnext_of_an_instance_included_finds_itself",
			req:  next(agentxtest.Range{Start: at("1.1.0"), Include: true}),
			want: []mib.Varbind{bind("1.1.0", mib.Text("sim"))},
		},
		{
			name: "getnext_of_a_gap_included_finds_the_one_after_it",
			req:  next(agentxtest.Range{Start: at("1.1"), Include: true}),
			want: []mib.Varbind{bind("1.1.0", mib.Text("sim"))},
		},
		{
			name: "getnext_of_a_column_finds_its_first_row",
			req:  next(after("4.1.3")),
			want: []mib.Varbind{bind("4.1.3.1", mib.Counter64(1<<63))},
		},
		{
			name: "getnext_of_a_table_finds_its_first_column",
			req:  next(after("4"), after("4.1"), after("4.1.1")),
			want: []mib.Varbind{bind("4.1.2.1", mib.Text("web")), bind("4.1.2.1", mib.Text("web")), bind("4.1.2.1", mib.Text("web"))},
		},
		{
			name: "getnext_of_the_last_row_goes_on_in_the_next_column",
			req:  next(after("4.1.2.7")),
			want: []mib.Varbind{bind("4.1.3.1", mib.Counter64(1<<63))},
		},
		{
			name: "getnext_skips_a_hole",
			req:  next(after("4.1.3.1")),
			want: []mib.Varbind{bind("4.1.3.7", mib.Counter64(7))},
		},
		{
			name: "getnext_of_too_long_an_index_finds_the_next_row",
			req:  next(after("4.1.5.1.9.9")),
			want: []mib.Varbind{bind("4.1.5.2", mib.Integer(0))},
		},
		{
			name: "getnext_of_the_largest_index_finds_the_next_column",
			req:  next(after("4.1.2.4294967295")),
			want: []mib.Varbind{bind("4.1.3.1", mib.Counter64(1<<63))},
		},
		{
			name: "getnext_past_the_last_instance_ends_the_range",
			req:  next(after("9.9.0")),
			want: []mib.Varbind{eomv("9.9.0")},
		},
		{
			name: "getnext_past_the_last_column_ends_the_range",
			req:  next(agentxtest.Range{Start: at("4.1.5.7"), End: at("4.2")}),
			want: []mib.Varbind{eomv("4.1.5.7")},
		},
		{
			name: "getnext_of_an_exact_end_excludes_it",
			req:  next(agentxtest.Range{Start: at("1.1.0"), End: at("1.2.0")}),
			want: []mib.Varbind{eomv("1.1.0")},
		},
		{
			name: "getnext_of_an_end_in_a_column_stops_there",
			req: next(agentxtest.Range{Start: at("4.1.2.1"), End: at("4.1.2.3")},
				agentxtest.Range{Start: at("4.1.2.2"), End: at("4.1.2.3")}),
			want: []mib.Varbind{bind("4.1.2.2", mib.Text("")), eomv("4.1.2.2")},
		},
		{
			name: "getnext_of_an_end_at_the_start_ends_the_range",
			req:  next(agentxtest.Range{Start: at("1.1.0"), Include: true, End: at("1.1.0")}),
			want: []mib.Varbind{eomv("1.1.0")},
		},
		{
			name: "getnext_of_several_answers_each_in_its_place",
			req:  next(after("9.9.0"), after("1.1.0"), after("4.1.5.7")),
			want: []mib.Varbind{eomv("9.9.0"), bind("1.2.0", mib.Gauge32(3)), bind("9.1.0", mib.Integer(-2147483648))},
		},
		{
			name: "getbulk_goes_round_by_round",
			req:  bulk(0, 2, after("1.1.0"), after("4.1.5")),
			want: []mib.Varbind{
				bind("1.2.0", mib.Gauge32(3)), bind("4.1.5.1", mib.Integer(-1)),
				bind("1.3.0", mib.Integer(2)), bind("4.1.5.2", mib.Integer(0)),
			},
		},
		{
			name: "getbulk_asks_non_repeaters_once",
			req:  bulk(1, 2, after("1.1.0"), after("4.1.5")),
			want: []mib.Varbind{bind("1.2.0", mib.Gauge32(3)), bind("4.1.5.1", mib.Integer(-1)), bind("4.1.5.2", mib.Integer(0))},
		},
		{
			name: "getbulk_of_nothing_but_non_repeaters_is_a_getnext",
			req:  bulk(2, 9, after("1.1.0"), after("9.9.0")),
			want: []mib.Varbind{bind("1.2.0", mib.Gauge32(3)), eomv("9.9.0")},
		},
		{
			name: "getbulk_of_more_non_repeaters_than_ranges_is_a_getnext",
			req:  bulk(5, 9, after("1.1.0")),
			want: []mib.Varbind{bind("1.2.0", mib.Gauge32(3))},
		},
		{
			name: "getbulk_of_no_repetitions_asks_only_the_non_repeaters",
			req:  bulk(1, 0, after("1.1.0"), after("4.1.5")),
			want: []mib.Varbind{bind("1.2.0", mib.Gauge32(3))},
		},
		{
			name: "getbulk_of_no_range_gives_no_varbind",
			req:  bulk(0, 9),
		},
		{
			name: "getbulk_names_an_ended_repeater_after_its_last_round",
			req:  bulk(0, 3, after("9.8.0"), after("1.1.0")),
			want: []mib.Varbind{
				bind("9.9.0", mib.Counter64(18446744073709551615)), bind("1.2.0", mib.Gauge32(3)),
				eomv("9.9.0"), bind("1.3.0", mib.Integer(2)),
				eomv("9.9.0"), bind("4.1.2.1", mib.Text("web")),
			},
		},
		{
			name: "getbulk_names_a_repeater_that_ends_at_once_after_its_start",
			req:  bulk(0, 2, after("9.9.0.1"), after("1.1.0")),
			want: []mib.Varbind{
				eomv("9.9.0.1"), bind("1.2.0", mib.Gauge32(3)),
				eomv("9.9.0.1"), bind("1.3.0", mib.Integer(2)),
			},
		},
		{
			name: "getbulk_stops_after_a_round_of_ends",
			req:  bulk(0, 50, after("9.9.0"), after("9.8.0")),
			want: []mib.Varbind{eomv("9.9.0"), bind("9.9.0", mib.Counter64(18446744073709551615)), eomv("9.9.0"), eomv("9.9.0")},
		},
		{
			name: "getbulk_includes_the_start_in_the_first_round_only",
			req:  bulk(0, 2, agentxtest.Range{Start: at("1.1.0"), Include: true}),
			want: []mib.Varbind{bind("1.1.0", mib.Text("sim")), bind("1.2.0", mib.Gauge32(3))},
		},
		{
			name: "getbulk_keeps_to_the_end_in_every_round",
			req:  bulk(0, 9, agentxtest.Range{Start: at("1.1.0"), End: at("1.3.0")}),
			want: []mib.Varbind{bind("1.2.0", mib.Gauge32(3)), eomv("1.2.0")},
		},
		{
			name: "getbulk_in_network_byte_order_is_answered_in_it",
			req: agentxtest.PDU{Type: pdu.TypeGetBulk, Flags: pdu.FlagNetworkByteOrder, NonRepeaters: 1, MaxRepetitions: 1,
				Ranges: []agentxtest.Range{after("1.1.0"), after("1.2.0")}},
			want: []mib.Varbind{bind("1.2.0", mib.Gauge32(3)), bind("1.3.0", mib.Integer(2))},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := serve(t)
			got := r.session.Do(tt.req)
			if diff := cmp.Diff(tt.want, got.Varbinds, cmpopts.EquateEmpty()); diff != "" || got.Status != 0 {
				t.Errorf("unexpected answer, status %d (-want +got):\n%s", got.Status, diff)
			}
		})
	}
}

func get(names ...string) agentxtest.PDU {
	p := agentxtest.PDU{Type: pdu.TypeGet}
	for _, n := range names {
		p.Ranges = append(p.Ranges, after(n))
	}
	return p
}

func next(ranges ...agentxtest.Range) agentxtest.PDU {
	return agentxtest.PDU{Type: pdu.TypeGetNext, Ranges: ranges}
}

func bulk(non, repeat uint16, ranges ...agentxtest.Range) agentxtest.PDU {
	return agentxtest.PDU{Type: pdu.TypeGetBulk, NonRepeaters: non, MaxRepetitions: repeat, Ranges: ranges}
}
