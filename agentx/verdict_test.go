package agentx

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/posteo/go-agentx/pdu"

	"github.com/vmond/vmond/agentx/agentxtest"
	"github.com/vmond/vmond/mib"
)

// TestVerdicts has the tree refuse the second of two varbinds. What it says reaches the master as it is, and the order in
// which a tree has to look for errors is not of this package: it takes the first verdict.
func TestVerdicts(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		err  error
		want pdu.Error
	}{
		{name: "noAccess_of_a_testset_reaches_the_master", err: mib.NoAccess, want: 6},
		{name: "wrongType_of_a_testset_reaches_the_master", err: mib.WrongType, want: 7},
		{name: "wrongLength_of_a_testset_reaches_the_master", err: mib.WrongLength, want: 8},
		{name: "wrongEncoding_of_a_testset_reaches_the_master", err: mib.WrongEncoding, want: 9},
		{name: "wrongValue_of_a_testset_reaches_the_master", err: mib.WrongValue, want: 10},
		{name: "noCreation_of_a_testset_reaches_the_master", err: mib.NoCreation, want: 11},
		{name: "inconsistentValue_of_a_testset_reaches_the_master", err: mib.InconsistentValue, want: 12},
		{name: "resourceUnavailable_of_a_testset_reaches_the_master", err: mib.ResourceUnavailable, want: 13},
		{name: "notWritable_of_a_testset_reaches_the_master", err: mib.NotWritable, want: 17},
		{name: "inconsistentName_of_a_testset_reaches_the_master", err: mib.InconsistentName, want: 18},
		{name: "verdict_inside_of_another_error_reaches_the_master", err: fmt.Errorf("cannot: %w", mib.WrongValue), want: 10},
		{name: "tooBig_which_no_testset_may_have_becomes_genErr", err: mib.SetError(1), want: genErr},
		{name: "undoFailed_which_no_testset_may_have_becomes_genErr", err: mib.SetError(15), want: genErr},
		{name: "authorizationError_which_no_testset_may_have_becomes_genErr", err: mib.SetError(16), want: genErr},
		{name: "number_beyond_all_verdicts_becomes_genErr", err: mib.SetError(65535), want: genErr},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := serve(t)
			r.tree.Fail = map[string]error{"test " + cell: tt.err}
			got := r.session.Do(agentxtest.PDU{Type: pdu.TypeTestSet, Varbinds: []mib.Varbind{
				set(admin, mib.Integer(1)), set(cell, mib.Integer(1)), set(gauge, mib.Gauge32(1)),
			}})
			if got.Status != tt.want || got.Index != 2 {
				t.Errorf("unexpected answer: status %d index %d, want %d 2", got.Status, got.Index, tt.want)
			}
			if diff := cmp.Diff([]string{"test " + admin, "test " + cell, "release " + admin}, r.tree.Steps()); diff != "" {
				t.Errorf("unexpected steps (-want +got):\n%s", diff)
			}
		})
	}
}

// TestReadsDuringASet reads between the steps, each time in a transaction of its own, and by every kind of request.
func TestReadsDuringASet(t *testing.T) {
	t.Parallel()
	was, is := bind("1.3.0", mib.Integer(2)), bind("1.3.0", mib.Integer(1))
	tests := []struct {
		name  string
		typ   pdu.Type // the end of the SET
		after mib.Varbind
	}{
		{name: "reads_between_the_steps_of_a_set_see_it_from_commitset_on", typ: pdu.TypeCleanupSet, after: is},
		{name: "reads_after_undoset_see_what_was_before", typ: pdu.TypeUndoSet, after: was},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t).session
			read := func(when string, want mib.Varbind) {
				t.Helper()
				for _, p := range []agentxtest.PDU{get("1.3.0"), next(after("1.2.0")), bulk(0, 1, after("1.2.0"))} {
					if diff := cmp.Diff([]mib.Varbind{want}, s.Do(p).Varbinds); diff != "" {
						t.Errorf("unexpected value %s (-want +got):\n%s", when, diff)
					}
				}
			}
			const transaction = 77
			read("at the beginning", was)
			s.Do(agentxtest.PDU{Type: pdu.TypeTestSet, Transaction: transaction, Varbinds: []mib.Varbind{set(admin, mib.Integer(1))}})
			read("after TestSet", was)
			s.Do(agentxtest.PDU{Type: pdu.TypeCommitSet, Transaction: transaction})
			read("after CommitSet", is)
			end := s.Send(agentxtest.PDU{Type: tt.typ, Transaction: transaction})[0]
			if tt.typ == pdu.TypeUndoSet {
				s.Response(end)
			}
			read("at the end", tt.after)
		})
	}
}
