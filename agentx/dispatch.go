package agentx

import (
	"github.com/posteo/go-agentx/pdu"
	"go.uber.org/zap"

	"github.com/vmond/vmond/mib"
)

// dispatcher answers the requests of the master from a tree and from those of the offers. It belongs to one
// goroutine. Its slices are used again from request to request, so that an answer allocates nothing.
type dispatcher struct {
	tree    func() mib.Tree
	context string
	counts  *counters

	session uint32     // of the open session
	open    bool       // whether there is one
	reason  pdu.Reason // of the master for closing it, 0 as long as it has not

	req       request
	view      view
	name      mib.OID
	repeaters []repeater
	set       transaction
}

func newDispatcher(tree func() mib.Tree, context string, counts *counters, log *zap.Logger) *dispatcher {
	return &dispatcher{tree: tree, context: context, counts: counts, set: transaction{log: log, said: repeats{burst: failureBurst}}}
}

// begin makes session the open one.
func (d *dispatcher) begin(session uint32) {
	d.session, d.open, d.reason = session, true, 0
}

// end forgets the session. A SET that the master did not bring to its end is rolled back (RFC 2741, section 7.3.1).
func (d *dispatcher) end() {
	d.open = false
	d.set.lose()
}

// answer appends the Response to one PDU of the master, which is no Response itself, to dst (RFC 2741, section 7.2.2).
// CleanupSet has none.
func (d *dispatcher) answer(dst []byte, h header, payload []byte) []byte {
	d.counts.request(h.typ)
	o, from := h.order(), len(dst)
	dst = appendResponse(dst, h)
	body := len(dst)

	var status pdu.Error
	var index int
	switch {
	case !d.req.decode(h, payload):
		d.counts.malformed.Add(1)
		status = pdu.ErrorParse
	case !d.open || h.session != d.session:
		status = pdu.ErrorNotOpen
	default:
		dst, status, index = d.perform(dst, from+maxPDU, h)
	}
	if h.typ == pdu.TypeCleanupSet {
		return dst[:from]
	}
	if status != pdu.ErrorNone {
		dst = dst[:body]
	}
	setStatus(dst[from:], o, status, index)
	return dst
}

// perform does what the request says and appends the varbinds of the answer to dst, which must not grow beyond limit.
// It returns the error-status, and the position of the range or varbind, counted from 1, that is to blame for it.
func (d *dispatcher) perform(dst []byte, limit int, h header) ([]byte, pdu.Error, int) {
	d.look()
	defer d.view.close()
	o := h.order()
	switch h.typ {
	case pdu.TypeGet:
		return d.get(dst, limit, o)
	case pdu.TypeGetNext:
		return d.getNext(dst, limit, o, d.req.ranges)
	case pdu.TypeGetBulk:
		return d.getBulk(dst, limit, o)
	case pdu.TypeTestSet:
		status, index := d.set.test(h, &d.view, d.req.varbinds)
		return dst, status, index
	case pdu.TypeCommitSet:
		status, index := d.set.commit(h)
		return dst, status, index
	case pdu.TypeUndoSet:
		status, index := d.set.undo(h)
		return dst, status, index
	case pdu.TypeCleanupSet:
		d.set.cleanup(h)
	case pdu.TypeClose:
		d.reason = max(d.req.reason, pdu.ReasonOther)
		d.end()
	}
	return dst, pdu.ErrorNone, 0
}

// look opens the view. In a context that is not ours there is nothing.
func (d *dispatcher) look() {
	d.view.open(d.tree)
	if d.req.named != (d.context != "") || string(d.req.context) != d.context {
		d.view.hide()
	}
}
