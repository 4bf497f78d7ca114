package agentx

import (
	"errors"
	"time"

	"github.com/posteo/go-agentx/pdu"
	"go.uber.org/zap"

	"github.com/vmond/vmond/mib"
)

// setState is a state of the table in RFC 2741, section 7.3.1.
type setState uint8

const (
	setIdle         setState = iota // none under way: before TestSet, and after the end
	setTested                       // TestOK
	setRefused                      // TestFail
	setCommitted                    // CommitOK
	setCommitFailed                 // CommitFail
)

// transaction is the SET under way in a session, or the last one. The master has but one at a time.
type transaction struct {
	log       *zap.Logger
	said      repeats
	id        uint32
	state     setState
	assigned  []mib.Assignment // one for each varbind
	committed int              // on how many of them Commit was called
	answers   []setAnswer
}

// setAnswer is what a PDU of the transaction was answered. net-snmp sends a PDU again each second while it has no
// answer, a CommitSet too, and the repeat must be answered alike without being carried out once more.
type setAnswer struct {
	typ    pdu.Type
	packet uint32
	status pdu.Error
	index  int
}

// test begins a transaction (RFC 2741, section 7.2.4.1). A repeat is answered as before.
func (t *transaction) test(h header, view *view, varbinds []mib.Varbind) (pdu.Error, int) {
	if a, ok := t.repeat(h); ok {
		return a.status, a.index
	}
	t.finish() // of the one before the master says nothing more
	t.id, t.answers = h.transaction, t.answers[:0]

	for i, v := range varbinds {
		a, err := assignment(view.of(v.Name), v)
		if err != nil {
			t.release()
			t.state = setRefused
			return t.remember(h, t.testStatus(err), i+1)
		}
		t.assigned = append(t.assigned, a)
	}
	t.state = setTested
	return t.remember(h, pdu.ErrorNone, 0)
}

// assignment tests one varbind.
func assignment(tree mib.Tree, v mib.Varbind) (mib.Assignment, error) {
	setter, ok := tree.(mib.Setter)
	if !ok {
		return nil, mib.NotWritable
	}
	return setter.Test(v.Name, v.Value)
}

// commit carries out what was tested (RFC 2741, section 7.2.4.2).
func (t *transaction) commit(h header) (pdu.Error, int) {
	if a, ok := t.repeat(h); ok {
		return a.status, a.index
	}
	if h.transaction != t.id || t.state != setTested {
		return pdu.ErrorProcessing, 0
	}
	for i, a := range t.assigned {
		t.committed++
		if err := a.Commit(); err != nil {
			t.warn("set failed at commit", err)
			t.state = setCommitFailed
			return t.remember(h, commitFailed, i+1)
		}
	}
	t.state = setCommitted
	return t.remember(h, pdu.ErrorNone, 0)
}

// undo takes back what was committed and ends the transaction (RFC 2741, section 7.2.4.3). The master also sends it
// where another subagent failed to commit before we were asked to.
func (t *transaction) undo(h header) (pdu.Error, int) {
	if a, ok := t.repeat(h); ok {
		return a.status, a.index
	}
	if h.transaction != t.id || t.state == setIdle {
		return pdu.ErrorProcessing, 0
	}
	index := t.rollback()
	t.release()
	if index > 0 {
		return t.remember(h, undoFailed, index)
	}
	return t.remember(h, pdu.ErrorNone, 0)
}

// cleanup ends the transaction (RFC 2741, section 7.2.4.4).
func (t *transaction) cleanup(h header) {
	if h.transaction == t.id {
		t.finish()
	}
}

// finish ends the transaction as it stands. A commit that failed half way, which the master should have undone, is undone.
func (t *transaction) finish() {
	if t.state == setCommitFailed {
		t.rollback()
	}
	t.release()
}

// lose ends the transaction because the session has ended, and its answers with it: what was not brought to its end
// is taken back (RFC 2741, section 7.3.1).
func (t *transaction) lose() {
	t.rollback()
	t.release()
	t.answers = t.answers[:0]
}

// rollback undoes what was committed, last first, and goes on if something cannot be undone. It returns the
// position, counted from 1, of the first such it met, or 0.
func (t *transaction) rollback() int {
	failed := 0
	for ; t.committed > 0; t.committed-- {
		err := t.assigned[t.committed-1].Undo()
		if err == nil {
			continue
		}
		t.warn("set failed at undo", err)
		if failed == 0 {
			failed = t.committed
		}
	}
	return failed
}

func (t *transaction) release() {
	for _, a := range t.assigned {
		a.Release()
	}
	clear(t.assigned)
	t.assigned, t.committed, t.state = t.assigned[:0], 0, setIdle
}

func (t *transaction) remember(h header, status pdu.Error, index int) (pdu.Error, int) {
	t.answers = append(t.answers, setAnswer{typ: h.typ, packet: h.packet, status: status, index: index})
	return status, index
}

func (t *transaction) repeat(h header) (setAnswer, bool) {
	for _, a := range t.answers {
		if h.transaction == t.id && h.packet == a.packet && h.typ == a.typ {
			return a, true
		}
	}
	return setAnswer{}, false
}

// testStatus is the error-status for the error of a test: one of those that RFC 2741, section 7.2.4.1 allows.
func (t *transaction) testStatus(err error) pdu.Error {
	var reason mib.SetError
	errors.As(err, &reason)
	switch reason {
	case mib.NoAccess, mib.WrongType, mib.WrongLength, mib.WrongEncoding, mib.WrongValue, mib.NoCreation,
		mib.InconsistentValue, mib.ResourceUnavailable, mib.NotWritable, mib.InconsistentName:
		return pdu.Error(reason)
	}
	t.warn("set failed at test", err)
	return genErr
}

// warn logs what the manager is not told, which is only a number.
func (t *transaction) warn(message string, err error) {
	t.said.pass(message+err.Error(), time.Now(), func(repeated zap.Field) {
		t.log.Warn(message, zap.Error(err), repeated)
	})
}
