package agentx

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/posteo/go-agentx/pdu"
	"go.uber.org/zap"

	"github.com/vmond/vmond/agentx/agentxtest"
	"github.com/vmond/vmond/mib"
)

// TestSetLost ends the session in the midst of a SET (RFC 2741, section 7.3.1).
func TestSetLost(t *testing.T) {
	t.Parallel()
	drop := func(r *rig) { r.session.Drop() }
	closed := func(r *rig) { r.session.Do(agentxtest.PDU{Type: pdu.TypeClose, Reason: pdu.ReasonShutdown}) }
	tests := []struct {
		name  string
		steps []step
		lose  func(r *rig)
		done  []string
		after int32
	}{
		{
			name:  "loss_after_testset_releases",
			steps: []step{test(set(admin, mib.Integer(1)))},
			lose:  drop,
			done:  []string{"test " + admin, "release " + admin},
			after: 2,
		},
		{
			name:  "loss_after_commitset_restores",
			steps: []step{test(set(admin, mib.Integer(1))), commit},
			lose:  drop,
			done:  []string{"test " + admin, "commit " + admin, "undo " + admin, "release " + admin},
			after: 2,
		},
		{
			name:  "loss_before_any_set_does_nothing",
			lose:  drop,
			after: 2,
		},
		{
			name:  "loss_after_a_failed_testset_does_nothing",
			steps: []step{test(set(fixed, mib.Text("x")))},
			lose:  drop,
			done:  []string{"test " + fixed},
			after: 2,
		},
		{
			name:  "loss_after_a_failed_commitset_leaves_no_half_of_a_set",
			steps: []step{test(set(admin, mib.Integer(1)), set(cell, mib.Integer(9))), commit},
			lose:  drop,
			done: []string{
				"test " + admin, "test " + cell, "commit " + admin, "commit " + cell,
				"undo " + cell, "undo " + admin, "release " + admin, "release " + cell,
			},
			after: 2,
		},
		{
			name:  "loss_after_undoset_does_nothing_more",
			steps: []step{test(set(admin, mib.Integer(1))), commit, undo},
			lose:  drop,
			done:  []string{"test " + admin, "commit " + admin, "undo " + admin, "release " + admin},
			after: 2,
		},
		{
			name:  "close_by_the_master_after_testset_releases",
			steps: []step{test(set(admin, mib.Integer(1)))},
			lose:  closed,
			done:  []string{"test " + admin, "release " + admin},
			after: 2,
		},
		{
			name:  "loss_after_cleanupset_keeps_the_value",
			steps: []step{test(set(admin, mib.Integer(1))), commit, cleanup},
			lose:  drop,
			done:  []string{"test " + admin, "commit " + admin, "release " + admin},
			after: 1,
		},
		{
			name:  "close_by_the_master_after_commitset_restores",
			steps: []step{test(set(admin, mib.Integer(1))), commit},
			lose:  closed,
			done:  []string{"test " + admin, "commit " + admin, "undo " + admin, "release " + admin},
			after: 2,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := serve(t)
			r.tree.Fail = map[string]error{"commit " + cell: errors.New("broken")}
			for _, s := range tt.steps {
				p := agentxtest.PDU{Type: s.typ, Transaction: 1, Varbinds: s.varbinds}
				if s.typ == pdu.TypeCleanupSet {
					r.session.Send(p)
					r.session.Do(get())
					continue
				}
				r.session.Do(p)
			}
			tt.lose(r)
			got := r.master.Session().Do(get("1.3.0")).Varbinds
			if diff := cmp.Diff([]mib.Varbind{bind("1.3.0", mib.Integer(tt.after))}, got); diff != "" {
				t.Errorf("unexpected value (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.done, r.tree.Steps(), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("unexpected steps (-want +got):\n%s", diff)
			}
		})
	}
}

// TestSetInTheNextSession uses the IDs of the session before once more. There is nothing to repeat.
func TestSetInTheNextSession(t *testing.T) {
	t.Parallel()
	r := serve(t)
	p := agentxtest.PDU{Type: pdu.TypeTestSet, Transaction: 1, Packet: 1, Varbinds: []mib.Varbind{set(admin, mib.Integer(1))}}
	r.session.Do(p)
	r.session.Drop()
	next := r.master.Session()
	next.Do(p)
	want := []string{"test " + admin, "release " + admin, "test " + admin}
	if diff := cmp.Diff(want, r.tree.Steps()); diff != "" {
		t.Errorf("unexpected steps (-want +got):\n%s", diff)
	}
}

// TestSetRefused sends a TestSet to what cannot be set.
func TestSetRefused(t *testing.T) {
	t.Parallel()
	tree := testTree()
	settable := agentxtest.NewSetTree(testTree(), admin)
	tests := []struct {
		name string
		tree mib.Tree
		req  agentxtest.PDU
	}{
		{
			name: "testset_of_a_tree_without_a_setter_is_notWritable",
			tree: &tree,
			req:  agentxtest.PDU{Type: pdu.TypeTestSet, Varbinds: []mib.Varbind{set(admin, mib.Integer(1)), set(gauge, mib.Gauge32(1))}},
		},
		{
			name: "testset_in_a_foreign_context_is_notWritable",
			tree: settable,
			req:  agentxtest.PDU{Type: pdu.TypeTestSet, Flags: pdu.FlagNonDefaultContext, Context: "x", Varbinds: []mib.Varbind{set(admin, mib.Integer(1))}},
		},
		{
			name: "testset_before_there_is_a_tree_is_notWritable",
			tree: nil,
			req:  agentxtest.PDU{Type: pdu.TypeTestSet, Varbinds: []mib.Varbind{set(admin, mib.Integer(1))}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := prepare(t, agentxtest.New(t))
			r.sub.dispatch = newDispatcher(func() mib.Tree { return tt.tree }, "", &r.sub.counts, zap.NewNop())
			r.run(t)
			s := r.master.Session()
			const transaction = 7
			tt.req.Transaction = transaction
			got := s.Do(tt.req)
			if got.Status != pdu.Error(mib.NotWritable) || got.Index != 1 {
				t.Errorf("unexpected answer: status %d index %d, want %d 1", got.Status, got.Index, pdu.Error(mib.NotWritable))
			}
			// The master may undo what was refused, as RFC 2741, section 7.3.1 has it in TestFail.
			if got := s.Do(agentxtest.PDU{Type: pdu.TypeUndoSet, Transaction: transaction}); got.Status != pdu.ErrorNone {
				t.Errorf("unexpected answer to UndoSet: status %d, want none", got.Status)
			}
		})
	}
}
