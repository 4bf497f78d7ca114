package agentx

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/posteo/go-agentx/pdu"

	"github.com/vmond/vmond/agentx/agentxtest"
	"github.com/vmond/vmond/mib"
)

// The instances that can be set, by their values before.
const (
	gauge = "1.3.6.1.2.1.236.1.2.0"     // 3
	admin = "1.3.6.1.2.1.236.1.3.0"     // 2
	cell  = "1.3.6.1.2.1.236.4.1.5.2"   // 0
	fixed = "1.3.6.1.2.1.236.1.1.0"     // not to be set
	none  = "1.3.6.1.2.1.236.4.1.5.300" // not there
)

func set(name string, v mib.Value) mib.Varbind { return mib.Varbind{Name: mib.MustOID(name), Value: v} }

// step is one PDU of a SET and what it should be answered.
type step struct {
	typ      pdu.Type
	varbinds []mib.Varbind
	again    int    // the position, counted from 1, of the step whose packet ID it has, to be a repeat
	other    uint32 // belongs to another transaction
	status   pdu.Error
	index    uint16
}

func test(varbinds ...mib.Varbind) step { return step{typ: pdu.TypeTestSet, varbinds: varbinds} }

var (
	commit  = step{typ: pdu.TypeCommitSet}
	undo    = step{typ: pdu.TypeUndoSet}
	cleanup = step{typ: pdu.TypeCleanupSet}
)

func (s step) fails(status pdu.Error, index uint16) step {
	s.status, s.index = status, index
	return s
}

func (s step) repeats(n int) step {
	s.again = n
	return s
}

func (s step) in(transaction uint32) step {
	s.other = transaction
	return s
}

// TestSet takes a subagent through the steps of SETs. All have the transaction ID 1 unless they say otherwise.
func TestSet(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	tests := []struct {
		name  string
		fail  map[string]error
		steps []step
		done  []string // what was done to the tree
		after [3]int   // gauge, admin, cell
	}{
		{
			name:  "set_is_tested_committed_and_released",
			steps: []step{test(set(admin, mib.Integer(1))), commit, cleanup},
			done:  []string{"test " + admin, "commit " + admin, "release " + admin},
			after: [3]int{3, 1, 0},
		},
		{
			name:  "set_of_several_is_done_in_their_order",
			steps: []step{test(set(admin, mib.Integer(1)), set(gauge, mib.Gauge32(9))), commit, cleanup},
			done: []string{
				"test " + admin, "test " + gauge, "commit " + admin, "commit " + gauge, "release " + admin, "release " + gauge,
			},
			after: [3]int{9, 1, 0},
		},
		{
			name:  "testset_changes_nothing",
			steps: []step{test(set(admin, mib.Integer(1)))},
			done:  []string{"test " + admin},
			after: [3]int{3, 2, 0},
		},
		{
			name:  "cleanupset_after_testset_releases_and_changes_nothing",
			steps: []step{test(set(admin, mib.Integer(1))), cleanup},
			done:  []string{"test " + admin, "release " + admin},
			after: [3]int{3, 2, 0},
		},
		{
			name:  "undoset_after_commitset_restores_last_first",
			steps: []step{test(set(admin, mib.Integer(1)), set(gauge, mib.Gauge32(9))), commit, undo},
			done: []string{
				"test " + admin, "test " + gauge, "commit " + admin, "commit " + gauge,
				"undo " + gauge, "undo " + admin, "release " + admin, "release " + gauge,
			},
			after: [3]int{3, 2, 0},
		},
		{
			name:  "undoset_before_commitset_releases",
			steps: []step{test(set(admin, mib.Integer(1))), undo},
			done:  []string{"test " + admin, "release " + admin},
			after: [3]int{3, 2, 0},
		},
		{
			name:  "testset_stops_at_the_first_bad_varbind_and_names_it",
			steps: []step{test(set(admin, mib.Integer(1)), set(fixed, mib.Text("x")), set(gauge, mib.Gauge32(9))).fails(17, 2), cleanup},
			done:  []string{"test " + admin, "test " + fixed, "release " + admin},
			after: [3]int{3, 2, 0},
		},
		{
			name:  "testset_of_a_wrong_type_is_wrongType",
			steps: []step{test(set(admin, mib.Gauge32(1))).fails(7, 1), cleanup},
			done:  []string{"test " + admin},
			after: [3]int{3, 2, 0},
		},
		{
			name:  "testset_of_a_missing_instance_is_noCreation",
			steps: []step{test(set(none, mib.Integer(1))).fails(11, 1), cleanup},
			done:  []string{"test " + none},
			after: [3]int{3, 2, 0},
		},
		{
			name:  "testset_error_outside_of_rfc_3416_is_genErr",
			fail:  map[string]error{"test " + admin: broken},
			steps: []step{test(set(admin, mib.Integer(1))).fails(5, 1), cleanup},
			done:  []string{"test " + admin},
			after: [3]int{3, 2, 0},
		},
		{
			name:  "testset_error_that_no_testset_may_have_is_genErr",
			fail:  map[string]error{"test " + admin: mib.SetError(14)},
			steps: []step{test(set(admin, mib.Integer(1))).fails(5, 1), cleanup},
			done:  []string{"test " + admin},
			after: [3]int{3, 2, 0},
		},
		{
			name:  "testset_of_nothing_succeeds",
			steps: []step{test(), commit, cleanup},
			after: [3]int{3, 2, 0},
		},
		{
			name:  "set_of_one_object_twice_leaves_the_last_value",
			steps: []step{test(set(admin, mib.Integer(1)), set(admin, mib.Integer(4))), commit, cleanup},
			done: []string{
				"test " + admin, "test " + admin, "commit " + admin, "commit " + admin, "release " + admin, "release " + admin,
			},
			after: [3]int{3, 4, 0},
		},
		{
			name:  "undoset_of_one_object_set_twice_restores_the_first_value",
			steps: []step{test(set(admin, mib.Integer(1)), set(admin, mib.Integer(4))), commit, undo},
			done: []string{
				"test " + admin, "test " + admin, "commit " + admin, "commit " + admin,
				"undo " + admin, "undo " + admin, "release " + admin, "release " + admin,
			},
			after: [3]int{3, 2, 0},
		},
		{
			name:  "commitset_that_fails_names_the_varbind_and_undoset_restores_those_before",
			fail:  map[string]error{"commit " + cell: broken},
			steps: []step{test(set(admin, mib.Integer(1)), set(cell, mib.Integer(7)), set(gauge, mib.Gauge32(9))), commit.fails(14, 2), undo},
			done: []string{
				"test " + admin, "test " + cell, "test " + gauge, "commit " + admin, "commit " + cell,
				"undo " + cell, "undo " + admin, "release " + admin, "release " + cell, "release " + gauge,
			},
			after: [3]int{3, 2, 0},
		},
		{
			name:  "cleanupset_after_a_failed_commitset_leaves_no_half_of_a_set",
			fail:  map[string]error{"commit " + cell: broken},
			steps: []step{test(set(admin, mib.Integer(1)), set(cell, mib.Integer(7))), commit.fails(14, 2), cleanup},
			done: []string{
				"test " + admin, "test " + cell, "commit " + admin, "commit " + cell,
				"undo " + cell, "undo " + admin, "release " + admin, "release " + cell,
			},
			after: [3]int{3, 2, 0},
		},
		{
			name:  "undoset_that_fails_names_the_varbind_and_undoes_the_rest",
			fail:  map[string]error{"undo " + gauge: broken},
			steps: []step{test(set(admin, mib.Integer(1)), set(gauge, mib.Gauge32(9))), commit, undo.fails(15, 2)},
			done: []string{
				"test " + admin, "test " + gauge, "commit " + admin, "commit " + gauge,
				"undo " + gauge, "undo " + admin, "release " + admin, "release " + gauge,
			},
			after: [3]int{9, 2, 0},
		},
		{
			name:  "commitset_without_testset_is_processingError",
			steps: []step{commit.fails(268, 0)},
			after: [3]int{3, 2, 0},
		},
		{
			name:  "commitset_after_a_failed_testset_is_processingError",
			steps: []step{test(set(fixed, mib.Text("x"))).fails(17, 1), commit.fails(268, 0)},
			done:  []string{"test " + fixed},
			after: [3]int{3, 2, 0},
		},
		{
			name:  "undoset_after_a_failed_testset_succeeds",
			steps: []step{test(set(fixed, mib.Text("x"))).fails(17, 1), undo},
			done:  []string{"test " + fixed},
			after: [3]int{3, 2, 0},
		},
		{
			name:  "commitset_of_another_transaction_is_processingError",
			steps: []step{test(set(admin, mib.Integer(1))), commit.in(2).fails(268, 0), cleanup},
			done:  []string{"test " + admin, "release " + admin},
			after: [3]int{3, 2, 0},
		},
		{
			name:  "second_commitset_that_is_no_repeat_is_processingError",
			steps: []step{test(set(admin, mib.Integer(1))), commit, commit.fails(268, 0), cleanup},
			done:  []string{"test " + admin, "commit " + admin, "release " + admin},
			after: [3]int{3, 1, 0},
		},
		{
			name:  "undoset_without_testset_is_processingError",
			steps: []step{undo.fails(268, 0)},
			after: [3]int{3, 2, 0},
		},
		{
			name:  "undoset_of_another_transaction_is_processingError",
			steps: []step{test(set(admin, mib.Integer(1))), commit, undo.in(2).fails(268, 0), cleanup},
			done:  []string{"test " + admin, "commit " + admin, "release " + admin},
			after: [3]int{3, 1, 0},
		},
		{
			name:  "cleanupset_of_another_transaction_does_nothing",
			steps: []step{test(set(admin, mib.Integer(1))), cleanup.in(2), commit, cleanup},
			done:  []string{"test " + admin, "commit " + admin, "release " + admin},
			after: [3]int{3, 1, 0},
		},
		{
			name:  "testset_of_the_next_transaction_ends_the_one_before",
			steps: []step{test(set(admin, mib.Integer(1))), test(set(gauge, mib.Gauge32(9))).in(2), commit.in(2), cleanup.in(2)},
			done:  []string{"test " + admin, "release " + admin, "test " + gauge, "commit " + gauge, "release " + gauge},
			after: [3]int{9, 2, 0},
		},
		{
			name:  "repeated_testset_is_answered_again_and_tested_once",
			steps: []step{test(set(admin, mib.Integer(1))), test(set(admin, mib.Integer(1))).repeats(1), commit, cleanup},
			done:  []string{"test " + admin, "commit " + admin, "release " + admin},
			after: [3]int{3, 1, 0},
		},
		{
			name:  "repeated_testset_that_failed_fails_alike",
			steps: []step{test(set(fixed, mib.Text("x"))).fails(17, 1), test(set(fixed, mib.Text("x"))).repeats(1).fails(17, 1), cleanup},
			done:  []string{"test " + fixed},
			after: [3]int{3, 2, 0},
		},
		{
			name:  "repeated_commitset_is_answered_again_and_done_once",
			steps: []step{test(set(admin, mib.Integer(1))), commit, commit.repeats(2), commit.repeats(2), cleanup},
			done:  []string{"test " + admin, "commit " + admin, "release " + admin},
			after: [3]int{3, 1, 0},
		},
		{
			name:  "repeated_commitset_that_failed_fails_alike",
			fail:  map[string]error{"commit " + admin: broken},
			steps: []step{test(set(admin, mib.Integer(1))), commit.fails(14, 1), commit.repeats(2).fails(14, 1), undo},
			done:  []string{"test " + admin, "commit " + admin, "undo " + admin, "release " + admin},
			after: [3]int{3, 2, 0},
		},
		{
			name:  "repeated_undoset_is_answered_again_and_done_once",
			steps: []step{test(set(admin, mib.Integer(1))), commit, undo, undo.repeats(3)},
			done:  []string{"test " + admin, "commit " + admin, "undo " + admin, "release " + admin},
			after: [3]int{3, 2, 0},
		},
		{
			name:  "repeated_testset_after_commitset_does_not_begin_anew",
			steps: []step{test(set(admin, mib.Integer(1))), commit, test(set(admin, mib.Integer(1))).repeats(1), cleanup},
			done:  []string{"test " + admin, "commit " + admin, "release " + admin},
			after: [3]int{3, 1, 0},
		},
		{
			name:  "repeated_commitset_after_the_end_is_answered_again",
			steps: []step{test(set(admin, mib.Integer(1))), commit, cleanup, commit.repeats(2)},
			done:  []string{"test " + admin, "commit " + admin, "release " + admin},
			after: [3]int{3, 1, 0},
		},
		{
			name:  "packet_id_of_another_transaction_is_no_repeat",
			steps: []step{test(set(admin, mib.Integer(1))), commit, cleanup, test(set(admin, mib.Integer(4))).in(2).repeats(1), commit.in(2).repeats(2), cleanup.in(2)},
			done: []string{
				"test " + admin, "commit " + admin, "release " + admin, "test " + admin, "commit " + admin, "release " + admin,
			},
			after: [3]int{3, 4, 0},
		},
		{
			name:  "commitset_of_another_transaction_with_a_known_packet_id_is_processingError",
			steps: []step{test(set(admin, mib.Integer(1))), commit, commit.in(2).repeats(2).fails(268, 0), cleanup},
			done:  []string{"test " + admin, "commit " + admin, "release " + admin},
			after: [3]int{3, 1, 0},
		},
		{
			name:  "repeated_cleanupset_does_nothing",
			steps: []step{test(set(admin, mib.Integer(1))), commit, cleanup, cleanup.repeats(3)},
			done:  []string{"test " + admin, "commit " + admin, "release " + admin},
			after: [3]int{3, 1, 0},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := serve(t)
			r.tree.Fail = tt.fail
			var sent []agentxtest.PDU
			for i, s := range tt.steps {
				p := agentxtest.PDU{Type: s.typ, Transaction: max(s.other, 1), Varbinds: s.varbinds}
				if s.again > 0 {
					p.Packet = sent[s.again-1].Packet
				}
				p = r.session.Send(p)[0]
				sent = append(sent, p)
				if s.typ == pdu.TypeCleanupSet {
					continue
				}
				got := r.session.Response(p)
				if got.Status != s.status || got.Index != s.index {
					t.Errorf("unexpected answer to step %d: status %d index %d, want %d %d", i+1, got.Status, got.Index, s.status, s.index)
				}
			}
			// An answer to a read shows that the CleanupSet before it was seen, and that it was not answered itself.
			got := r.session.Do(get("1.2.0", "1.3.0", "4.1.5.2")).Varbinds
			want := []mib.Varbind{
				bind("1.2.0", mib.Gauge32(uint32(tt.after[0]))),
				bind("1.3.0", mib.Integer(int32(tt.after[1]))),
				bind("4.1.5.2", mib.Integer(int32(tt.after[2]))),
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("unexpected values (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.done, r.tree.Steps(), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("unexpected steps (-want +got):\n%s", diff)
			}
			r.stop()
			if got := r.tree.Held(); got != 0 {
				t.Errorf("%d assignments were not released", got)
			}
		})
	}
}
