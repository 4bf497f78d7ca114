package agentxtest

import (
	"fmt"
	"slices"

	"github.com/posteo/go-agentx/pdu"

	"github.com/vmond/vmond/mib"
)

// maxPDU is the largest PDU that net-snmp takes.
const maxPDU = 65536

// The error-statuses of RFC 3416 that may come in answers to reads and to each step of a SET.
const (
	genErr       pdu.Error = 5
	commitFailed pdu.Error = 14
	undoFailed   pdu.Error = 15
)

var testSetErrors = []pdu.Error{genErr, 6, 7, 8, 9, 10, 11, 12, 13, 17, 18}

// CheckResponse finds what is wrong with resp as the answer of a subagent to req.
func CheckResponse(req, resp PDU) error {
	switch {
	case req.Type == pdu.TypeCleanupSet:
		return fmt.Errorf("CleanupSet was answered")
	case resp.Type != pdu.TypeResponse:
		return fmt.Errorf("%v in answer to a request", resp.Type)
	case resp.Session != req.Session || resp.Transaction != req.Transaction || resp.Packet != req.Packet:
		return fmt.Errorf("answer to session %d transaction %d packet %d, want %d %d %d", resp.Session, resp.Transaction, resp.Packet, req.Session, req.Transaction, req.Packet)
	case resp.Flags != req.Flags&pdu.FlagNetworkByteOrder:
		return fmt.Errorf("answer with flags %v to %v", resp.Flags, req.Flags)
	case resp.Status == 0 && resp.Index != 0:
		return fmt.Errorf("index %d without an error", resp.Index)
	case resp.Status != 0 && len(resp.Varbinds) > 0:
		return fmt.Errorf("error %d with %d varbinds", resp.Status, len(resp.Varbinds))
	case resp.Status == pdu.ErrorParse || resp.Status == pdu.ErrorNotOpen:
		return checkNoIndex(resp)
	}
	switch req.Type {
	case pdu.TypeGet, pdu.TypeGetNext, pdu.TypeGetBulk:
		return checkRead(req, resp)
	case pdu.TypeTestSet:
		return checkSet(resp, len(req.Varbinds), testSetErrors...)
	case pdu.TypeCommitSet:
		return checkStep(resp, commitFailed)
	case pdu.TypeUndoSet:
		return checkStep(resp, undoFailed)
	}
	if req.Type != pdu.TypeClose {
		return fmt.Errorf("error %d to a %v, which is of subagents, want %d", resp.Status, req.Type, pdu.ErrorParse)
	}
	if resp.Status != 0 || len(resp.Varbinds) > 0 {
		return fmt.Errorf("error %d with %d varbinds in answer to Close", resp.Status, len(resp.Varbinds))
	}
	return nil
}

// checkNoIndex wants no varbind to be blamed.
func checkNoIndex(resp PDU) error {
	if resp.Index != 0 {
		return fmt.Errorf("error %d with index %d", resp.Status, resp.Index)
	}
	return nil
}

// checkStep is for CommitSet and UndoSet, which fail with an index, or come when they should not.
func checkStep(resp PDU, failed pdu.Error) error {
	if resp.Status == pdu.ErrorProcessing {
		return checkNoIndex(resp)
	}
	return checkSet(resp, maxPDU, failed)
}

// checkSet wants one of the errors with an index from 1 to n, or none, and never varbinds (RFC 2741, section 7.2.4).
func checkSet(resp PDU, n int, errors ...pdu.Error) error {
	if len(resp.Varbinds) > 0 {
		return fmt.Errorf("answer to a step of a SET with %d varbinds", len(resp.Varbinds))
	}
	if resp.Status == 0 {
		return nil
	}
	if !slices.Contains(errors, resp.Status) {
		return fmt.Errorf("error %d, want one of %d", resp.Status, errors)
	}
	if resp.Index < 1 || int(resp.Index) > n {
		return fmt.Errorf("index %d of %d", resp.Index, n)
	}
	return nil
}

// checkRead is for Get, GetNext and GetBulk (RFC 2741, section 7.2.3).
func checkRead(req, resp PDU) error {
	if resp.Status != 0 {
		return checkSet(resp, len(req.Ranges), genErr)
	}
	if req.Type == pdu.TypeGetBulk {
		return checkBulk(req, resp.Varbinds)
	}
	if len(resp.Varbinds) != len(req.Ranges) {
		return fmt.Errorf("%d varbinds for %d ranges", len(resp.Varbinds), len(req.Ranges))
	}
	for i, v := range resp.Varbinds {
		check := checkNext
		if req.Type == pdu.TypeGet {
			check = checkGet
		}
		if err := check(req.Ranges[i], v); err != nil {
			return fmt.Errorf("varbind %d: %w", i+1, err)
		}
	}
	return nil
}

func checkGet(r Range, v mib.Varbind) error {
	if v.Name.Compare(r.Start) != 0 {
		return fmt.Errorf("named %q, want %q", v.Name, r.Start)
	}
	if v.Value.Type() == mib.TypeEndOfMIBView || v.Value.Type() == mib.TypeNull {
		return fmt.Errorf("%v in answer to Get", v.Value.Type())
	}
	return nil
}

func checkNext(r Range, v mib.Varbind) error {
	order := v.Name.Compare(r.Start)
	if v.Value.Type() == mib.TypeEndOfMIBView {
		if order != 0 {
			return fmt.Errorf("endOfMibView named %q, want %q", v.Name, r.Start)
		}
		return nil
	}
	if v.Value.IsException() || v.Value.Type() == mib.TypeNull {
		return fmt.Errorf("%v in answer to GetNext", v.Value.Type())
	}
	if order < 0 || order == 0 && !r.Include {
		return fmt.Errorf("%q does not follow %q", v.Name, r.Start)
	}
	if len(r.End) > 0 && v.Name.Compare(r.End) >= 0 {
		return fmt.Errorf("%q is not before the end %q", v.Name, r.End)
	}
	return nil
}

// checkBulk follows each repeater from round to round (RFC 2741, section 7.2.3.3).
func checkBulk(req PDU, varbinds []mib.Varbind) error {
	n := min(int(req.NonRepeaters), len(req.Ranges))
	repeaters := slices.Clone(req.Ranges[n:])
	if most := n + int(req.MaxRepetitions)*len(repeaters); len(varbinds) < n || len(varbinds) > most {
		return fmt.Errorf("%d varbinds, want %d to %d", len(varbinds), n, most)
	}
	ended := make([]bool, len(repeaters))
	for i, v := range varbinds {
		if i < n {
			if err := checkNext(req.Ranges[i], v); err != nil {
				return fmt.Errorf("varbind %d: %w", i+1, err)
			}
			continue
		}
		s := (i - n) % len(repeaters)
		if s == 0 && i > n && !slices.Contains(ended, false) {
			return fmt.Errorf("varbind %d: a round after one of nothing but endOfMibView", i+1)
		}
		if err := checkNext(repeaters[s], v); err != nil {
			return fmt.Errorf("varbind %d: %w", i+1, err)
		}
		end := v.Value.Type() == mib.TypeEndOfMIBView
		if ended[s] && !end {
			return fmt.Errorf("varbind %d: a repeater goes on after its end", i+1)
		}
		ended[s] = end
		repeaters[s].Start, repeaters[s].Include = v.Name, false
	}
	return nil
}
