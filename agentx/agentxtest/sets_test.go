package agentxtest

import (
	"testing"

	"github.com/posteo/go-agentx/pdu"

	"github.com/vmond/vmond/mib"
)

// done are steps of a SET and the Responses to them, all without an error.
func done(steps ...PDU) (turns []turn) {
	for _, s := range steps {
		turns = append(turns, master(s), subagent(to(s, 0)))
	}
	return turns
}

// and are turns and more of them.
func and(turns []turn, more ...turn) []turn { return append(turns, more...) }

// step is a PDU of a SET of one object.
func step(typ pdu.Type, transaction, packet uint32) PDU {
	p := PDU{Type: typ, Session: 1, Transaction: transaction, Packet: packet}
	if typ == pdu.TypeTestSet {
		p.Varbinds = []mib.Varbind{integer("1.1")}
	}
	return p
}

// failed is the Response that blames a varbind.
func failed(req PDU, status pdu.Error, index uint16) PDU {
	r := to(req, status)
	r.Index = index
	return r
}

// TestSets breaks the rules of what may come after what in a SET.
func TestSets(t *testing.T) {
	t.Parallel()
	var (
		test    = step(pdu.TypeTestSet, 1, 11)
		commit  = step(pdu.TypeCommitSet, 1, 12)
		undo    = step(pdu.TypeUndoSet, 1, 13)
		cleanup = step(pdu.TypeCleanupSet, 1, 14)
	)
	tests := []script{
		{
			name:  "set_that_is_committed",
			turns: and(done(test, commit), master(cleanup)),
		},
		{
			name:  "set_that_is_undone",
			turns: done(test, commit, undo),
		},
		{
			name:  "set_that_is_undone_after_a_failed_test",
			turns: and([]turn{master(test), subagent(failed(test, 17, 1))}, done(undo)...),
		},
		{
			name:  "set_that_is_undone_after_a_failed_commit",
			turns: and(done(test), master(commit), subagent(failed(commit, commitFailed, 1)), master(undo), subagent(to(undo, 0))),
		},
		{
			name:  "commit_without_test",
			turns: done(commit),
			want:  "CommitSet was carried out in transaction 1, where it was not due",
		},
		{
			name:  "commit_without_test_refused",
			turns: []turn{master(commit), subagent(to(commit, pdu.ErrorProcessing))},
		},
		{
			name:  "commit_refused_that_was_due",
			turns: and(done(test), master(commit), subagent(to(commit, pdu.ErrorProcessing))),
			want:  "CommitSet was refused in transaction 1, where it was due",
		},
		{
			name:  "commit_after_a_failed_test",
			turns: and([]turn{master(test), subagent(failed(test, 17, 1))}, done(commit)...),
			want:  "where it was not due",
		},
		{
			name:  "commit_of_another_transaction",
			turns: done(test, step(pdu.TypeCommitSet, 2, 12)),
			want:  "CommitSet was carried out in transaction 2",
		},
		{
			name:  "second_commit",
			turns: done(test, commit, step(pdu.TypeCommitSet, 1, 15)),
			want:  "where it was not due",
		},
		{
			name:  "commit_after_undo",
			turns: done(test, undo, commit),
			want:  "CommitSet was carried out",
		},
		{
			name:  "commit_after_cleanup",
			turns: and(and(done(test), master(cleanup)), done(commit)...),
			want:  "where it was not due",
		},
		{
			name: "commit_before_a_cleanup_that_was_sent_before_its_answer_came",
			turns: []turn{
				master(test), master(commit), master(cleanup), subagent(to(test, 0)), subagent(to(commit, 0)),
			},
		},
		{
			name:  "undo_after_cleanup",
			turns: and(and(done(test, commit), master(cleanup)), done(undo)...),
			want:  "UndoSet was carried out",
		},
		{
			name:  "second_undo",
			turns: done(test, commit, undo, step(pdu.TypeUndoSet, 1, 15)),
			want:  "UndoSet was carried out",
		},
		{
			name:  "undo_refused_that_was_due",
			turns: and(done(test, commit), master(undo), subagent(to(undo, pdu.ErrorProcessing))),
			want:  "UndoSet was refused",
		},
		{
			name:  "undo_of_another_transaction",
			turns: done(test, commit, step(pdu.TypeUndoSet, 2, 13)),
			want:  "UndoSet was carried out in transaction 2",
		},
		{
			name:  "failed_commit_that_blames_what_was_not_set",
			turns: and(done(test), master(commit), subagent(failed(commit, commitFailed, 2))),
			want:  "index 2 of 1",
		},
		{
			name:  "failed_undo_that_blames_what_was_not_set",
			turns: and(done(test, commit), master(undo), subagent(failed(undo, undoFailed, 2))),
			want:  "index 2 of 1",
		},
		{
			name:  "repeats_that_are_answered_alike",
			turns: done(test, test, commit, commit, test, undo, undo, commit),
		},
		{
			name:  "repeated_test_that_is_answered_in_another_way",
			turns: and(done(test), master(test), subagent(failed(test, 17, 1))),
			want:  "answer to a repeated TypeTestSet is error 17 with index 1, it was 0 with 0 before",
		},
		{
			name:  "repeated_commit_that_is_answered_in_another_way",
			turns: and(done(test, commit), master(commit), subagent(to(commit, pdu.ErrorProcessing))),
			want:  "answer to a repeated TypeCommitSet",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.play(t)
		})
	}
}
