package agentx

import (
	"context"
	"io"
	"net"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"github.com/posteo/go-agentx/pdu"
	"go.uber.org/zap/zaptest/observer"

	"github.com/vmond/vmond/agentx/agentxtest"
	"github.com/vmond/vmond/mib"
)

// TestOpenedInEachSession counts sessions.
func TestOpenedInEachSession(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig, _ *observer.ObservedLogs) {
		opened := 0
		r.sub.cfg.Opened = func() { opened++ }
		check := func(when string, want int) {
			t.Helper()
			synctest.Wait()
			if opened != want {
				t.Errorf("unexpected number of calls %s: %d, want %d", when, opened, want)
			}
		}
		r.master.Refuse(pdu.TypeOpen, pdu.ErrorOpenFailed, 1)
		r.run(t)
		r.master.Await(pdu.TypeOpen)
		check("when the session was refused", 0)
		s := r.master.Session()
		check("in the first session", 1)
		s.Drop()
		r.master.Session()
		check("in the second session", 2)
		r.stop()
		check("after the end", 2)
	})
}

// TestOpenedComesBeforeAllRequests has the master send a SET in the same octets as the session: what it sets must not be
// taken back by Opened. What it set in the session before must be.
func TestOpenedComesBeforeAllRequests(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig, _ *observer.ObservedLogs) {
		var steps []string
		r.sub.cfg.Opened = func() { steps = append(steps, append(r.tree.Steps(), "opened")...) }
		ours, theirs := net.Pipe()
		defer ours.Close()
		r.sub.dial = func(context.Context) (net.Conn, error) { return theirs, nil }
		r.run(t)

		open, err := agentxtest.Decode(readWhole(t, ours))
		if err != nil {
			t.Fatal(err)
		}
		var b []byte
		for _, p := range []agentxtest.PDU{
			{Type: pdu.TypeResponse, Session: 7, Packet: open.Packet},
			{Type: pdu.TypeTestSet, Session: 7, Transaction: 1, Packet: 1, Varbinds: []mib.Varbind{bind("1.3.0", mib.Integer(1))}},
			{Type: pdu.TypeCommitSet, Session: 7, Transaction: 1, Packet: 2},
			{Type: pdu.TypeCleanupSet, Session: 7, Transaction: 1, Packet: 3},
		} {
			b = append(b, agentxtest.Encode(p)...)
		}
		if _, err := ours.Write(b); err != nil {
			t.Fatal(err)
		}
		for range 2 { // the answers to TestSet and CommitSet, before Register
			answer, err := agentxtest.Decode(readWhole(t, ours))
			if err != nil {
				t.Fatal(err)
			}
			if answer.Type != pdu.TypeResponse || answer.Status != 0 {
				t.Errorf("unexpected answer: %+v", answer)
			}
		}
		ours.Close()
		r.stop()
		name := at("1.3.0").String()
		if diff := cmp.Diff([]string{"opened"}, steps); diff != "" {
			t.Errorf("unexpected steps when the session was opened (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"test " + name, "commit " + name, "release " + name}, r.tree.Steps()); diff != "" {
			t.Errorf("unexpected steps (-want +got):\n%s", diff)
		}
	})
}

// TestOpenedComesAfterTheRollback of what the session before left half done.
func TestOpenedComesAfterTheRollback(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig, _ *observer.ObservedLogs) {
		var before [][]string
		r.sub.cfg.Opened = func() { before = append(before, r.tree.Steps()) }
		r.run(t)
		s := r.master.Session()
		s.Do(agentxtest.PDU{Type: pdu.TypeTestSet, Transaction: 1, Varbinds: []mib.Varbind{bind("1.3.0", mib.Integer(1))}})
		s.Do(agentxtest.PDU{Type: pdu.TypeCommitSet, Transaction: 1})
		s.Drop()
		r.master.Session()
		synctest.Wait()
		name := at("1.3.0").String()
		want := [][]string{nil, {"test " + name, "commit " + name, "undo " + name, "release " + name}}
		if diff := cmp.Diff(want, before); diff != "" {
			t.Errorf("unexpected steps before the sessions (-want +got):\n%s", diff)
		}
	})
}

// readWhole reads one PDU of the subagent, which is in little-endian order.
func readWhole(t *testing.T, conn net.Conn) []byte {
	t.Helper()
	b := make([]byte, pdu.HeaderSize)
	if _, err := io.ReadFull(conn, b); err != nil {
		t.Fatal(err)
	}
	b = append(b, make([]byte, littleEndian.uint32(b[lengthOffset:]))...)
	if _, err := io.ReadFull(conn, b[pdu.HeaderSize:]); err != nil {
		t.Fatal(err)
	}
	return b
}
