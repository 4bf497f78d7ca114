package agentxtest

import (
	"fmt"
	"slices"

	"github.com/posteo/go-agentx/pdu"
)

// history is what has passed in a session. It finds what is wrong with a PDU of the subagent after all that.
type history struct {
	open, closed bool // by the subagent
	left         bool // the subagent has confirmed the Close of the master
	id           uint32
	order        pdu.Flags
	packets      map[uint32]bool // of the subagent's requests
	asked        map[string]bool // the regions and capabilities that it ever asked for
	capabilities []string
	requests     map[uint32]request // of the master, by packet ID
	sets         sets
}

// request is a PDU of the master that wants a Response.
type request struct {
	PDU
	at    int  // its place among all, counted from 1
	owed  int  // Responses that are missing
	sound bool // encoded as it should be, and of a type that masters send
}

func newHistory() history {
	return history{
		packets:  make(map[uint32]bool),
		asked:    make(map[string]bool),
		requests: make(map[uint32]request),
		sets:     newSets(),
	}
}

// ask notes that p is sent, once more if it was before.
func (h *history) ask(p PDU) {
	owed := h.requests[p.Packet].owed
	h.sets.sent++
	h.requests[p.Packet] = request{PDU: p, at: h.sets.sent, owed: owed + 1}
	if p.Type == pdu.TypeCleanupSet {
		h.sets.cleanup(p)
	}
}

// replace notes that p is what was sent last with its packet ID.
func (h *history) replace(p PDU) {
	if r, ok := h.requests[p.Packet]; ok && r.owed > 0 {
		r.PDU = p
		h.requests[p.Packet] = r
		return
	}
	h.ask(p)
}

// vouch notes that p was sent as it was prepared.
func (h *history) vouch(p PDU) {
	r := h.requests[p.Packet]
	r.sound = fromMaster(p.Type)
	h.requests[p.Packet] = r
}

// fromMaster reports whether masters send PDUs of a type and subagents answer them.
func fromMaster(t pdu.Type) bool {
	switch t {
	case pdu.TypeGet, pdu.TypeGetNext, pdu.TypeGetBulk, pdu.TypeTestSet, pdu.TypeCommitSet, pdu.TypeUndoSet,
		pdu.TypeCleanupSet, pdu.TypeClose:
		return true
	}
	return false
}

func (h *history) knows(packet uint32) bool {
	_, ok := h.requests[packet]
	return ok
}

// checkRequest finds what is wrong with a request of the subagent after those before it. That it keeps to one session in
// a connection, and to the byte order of Open, is more than RFC 2741 wants: net-snmp takes the newest session for all.
func (h *history) checkRequest(p PDU) error {
	switch {
	case h.closed:
		return fmt.Errorf("%v after Close", p.Type)
	case h.left:
		return fmt.Errorf("%v after the Close of the master", p.Type)
	case p.Type == pdu.TypeOpen && h.open:
		return fmt.Errorf("second Open")
	case p.Type != pdu.TypeOpen && !h.open && p.Type != pdu.TypeClose:
		return fmt.Errorf("%v before a session is open", p.Type)
	case p.Type != pdu.TypeOpen && p.Session != h.id:
		return fmt.Errorf("%v with session %d, want %d", p.Type, p.Session, h.id)
	case h.packets[p.Packet]:
		return fmt.Errorf("%v with packet ID %d, which was used before", p.Type, p.Packet)
	case h.open && p.Flags&pdu.FlagNetworkByteOrder != h.order:
		return fmt.Errorf("%v in another byte order than Open", p.Type)
	}
	h.packets[p.Packet] = true
	return h.checkClaim(p)
}

// checkClaim wants what is taken back to have been asked for in the very same way, and nothing to be advertised twice.
func (h *history) checkClaim(p PDU) error {
	region := fmt.Sprintf("region %q, priority %d, range %d to %d, context %v %q",
		p.Subtree, p.Priority, p.RangeSubID, p.UpperBound, p.hasContext(), p.Context)
	capability := fmt.Sprintf("capability %q, context %v %q", p.ID, p.hasContext(), p.Context)
	switch p.Type {
	case pdu.TypeRegister:
		h.asked[region] = true
	case pdu.TypeAddAgentCaps:
		if slices.Contains(h.capabilities, p.ID.String()) {
			return fmt.Errorf("%s is advertised twice", capability)
		}
		h.asked[capability] = true
	case pdu.TypeUnregister:
		if !h.asked[region] {
			return fmt.Errorf("Unregister of what was not registered so: %s", region)
		}
	case pdu.TypeRemoveAgentCaps:
		if !h.asked[capability] {
			return fmt.Errorf("RemoveAgentCaps of what was not added so: %s", capability)
		}
	}
	return nil
}

// checkResponse finds what is wrong with a Response of the subagent, and takes note of it.
func (h *history) checkResponse(p PDU) error {
	req, ok := h.requests[p.Packet]
	if !ok {
		return fmt.Errorf("response to packet %d, which was not sent", p.Packet)
	}
	if err := CheckResponse(req.PDU, p); err != nil {
		return err
	}
	known := h.open && !h.left && req.Session == h.id
	processed := p.Status != pdu.ErrorParse && p.Status != pdu.ErrorNotOpen
	switch {
	case req.owed == 0:
		return fmt.Errorf("one more response to packet %d, which was answered", p.Packet)
	case p.Status == pdu.ErrorParse && req.sound:
		return fmt.Errorf("parseError in answer to a sound %v", req.Type)
	case p.Status == pdu.ErrorNotOpen && known:
		return fmt.Errorf("notOpen in session %d, which is open", req.Session)
	case processed && !known:
		return fmt.Errorf("answer to %v in session %d, which is not open", req.Type, req.Session)
	}
	req.owed--
	h.requests[p.Packet] = req
	if req.Type == pdu.TypeClose && processed {
		h.left = true
	}
	if processed {
		return h.sets.check(req, p)
	}
	return nil
}
