package agentxtest

import (
	"fmt"

	"github.com/posteo/go-agentx/pdu"
)

// sets follows the SETs of a session through the table of RFC 2741, section 7.3.1, as the Responses tell of them. The
// subagent must carry out a step only where the table has one, and a PDU that is sent again must be answered alike.
type sets struct {
	sent     int            // PDUs of the master so far
	cleanups map[uint32]int // the place of the last CleanupSet, by transaction
	answers  map[setStep]PDU

	// The SET that the last TestSet has begun:
	transaction uint32
	at          int // the place of its TestSet
	varbinds    int
	tested      bool // with success
	committed   bool
	undone      bool
}

// setStep is a PDU of a SET and all its repeats.
type setStep struct {
	typ                 pdu.Type
	transaction, packet uint32
}

func newSets() sets {
	return sets{cleanups: make(map[uint32]int), answers: make(map[setStep]PDU)}
}

// cleanup notes a CleanupSet, to which there is no Response.
func (s *sets) cleanup(p PDU) { s.cleanups[p.Transaction] = s.sent }

// check finds what is wrong with the Response to a step, after CheckResponse has found nothing.
func (s *sets) check(req request, resp PDU) error {
	switch req.Type {
	case pdu.TypeTestSet, pdu.TypeCommitSet, pdu.TypeUndoSet:
	default:
		return nil
	}
	step := setStep{typ: req.Type, transaction: req.Transaction, packet: req.Packet}
	if first, ok := s.answers[step]; ok {
		return checkAlike(req, first, resp)
	}
	s.answers[step] = resp

	switch req.Type {
	case pdu.TypeTestSet:
		s.transaction, s.at, s.varbinds = req.Transaction, req.at, len(req.Varbinds)
		s.tested, s.committed, s.undone = resp.Status == 0, false, false
		return nil
	case pdu.TypeCommitSet:
		due := s.under(req) && s.tested && !s.committed
		s.committed = s.committed || due
		return s.checkDue(req, resp, due)
	}
	due := s.under(req)
	s.undone = s.undone || due
	return s.checkDue(req, resp, due)
}

// checkAlike is for the Response to a repeat.
func checkAlike(req request, first, resp PDU) error {
	if first.Status != resp.Status || first.Index != resp.Index {
		return fmt.Errorf("answer to a repeated %v is error %d with index %d, it was %d with %d before", req.Type, resp.Status, resp.Index, first.Status, first.Index)
	}
	return nil
}

// under reports whether the SET of req is under way.
func (s *sets) under(req request) bool {
	cleanup, ok := s.cleanups[req.Transaction]
	ended := ok && s.at < cleanup && cleanup < req.at
	return req.Transaction == s.transaction && s.at > 0 && !s.undone && !ended
}

// checkDue wants the step to be carried out if and only if it is due.
func (s *sets) checkDue(req request, resp PDU, due bool) error {
	carriedOut := resp.Status != pdu.ErrorProcessing
	if carriedOut && !due {
		return fmt.Errorf("%v was carried out in transaction %d, where it was not due", req.Type, req.Transaction)
	}
	if !carriedOut && due {
		return fmt.Errorf("%v was refused in transaction %d, where it was due", req.Type, req.Transaction)
	}
	if int(resp.Index) > s.varbinds {
		return fmt.Errorf("index %d of %d", resp.Index, s.varbinds)
	}
	return nil
}
