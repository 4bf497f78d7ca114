package agentx

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/posteo/go-agentx/pdu"

	"github.com/vmond/vmond/mib"
)

// Notify puts n into the queue of what the master is given to send on. It never blocks, and may be called before Run. The
// master gets the notifications in the order of the calls and one at a time: the next when it has answered the one
// before. While it is away they wait for the session with it that comes next. A request of the master waits for none of
// them. If n.UpTime is the zero Value, sysUpTime.0 is the master's at the time when it gets the notification.
//
// The outcome is told to done, if that is not nil, exactly once and perhaps before Notify returns. It is called by the
// goroutine that serves, or by one that calls Notify or ends Run, and must not block. Its argument is
//
//   - nil if the master has accepted n, which does not mean that a manager has received it;
//   - a *ResponseError if it has refused n, which is not sent again;
//   - ErrNoResponse if it is well and has left n unanswered several times;
//   - ErrDropped if Config.Queue others came behind n before it could be sent: the latest are worth more than the oldest;
//   - ErrEnded if Run ended first, or had ended before. At its end Run sends what it can in less than half a second;
//   - another error if n cannot be sent at all, because it is too large or has an object that no notification can have.
//
// A notification leaves at least once. If the session with the master ends before its Response, nobody can know whether
// it was sent on, and it is sent again before all others. The managers then get it twice if the master died in the very
// moment between sending it on and answering, if it answers what comes later but not this, or if it gave no sign of life
// for more than a minute and then went on. A master that only takes its time gets nothing twice.
func (s *Subagent) Notify(n mib.Notification, done func(error)) {
	made := note{id: slices.Clone(n.ID), done: done}
	payload, err := s.notifyPayload(n)
	if err != nil {
		s.queue.refuse()
		made.tell(err)
		return
	}
	made.payload = payload
	dropped, full, ring, err := s.queue.add(made)
	if err != nil {
		made.tell(err)
		return
	}
	if ring {
		s.bell.ring()
	}
	if full {
		dropped.tell(ErrDropped)
	}
}

// notifyPayload is the whole payload of a Notify, in no more memory than it needs.
func (s *Subagent) notifyPayload(n mib.Notification) ([]byte, error) {
	payload, err := notifyPayload(n)
	if err != nil {
		return nil, err
	}
	payload = s.inContext(payload)
	if len(payload) > maxPDU-pdu.HeaderSize {
		return nil, fmt.Errorf("agentx: notification %q of %d octets, at most %d fit", n.ID, len(payload), maxPDU-pdu.HeaderSize)
	}
	return bytes.Clone(payload), nil
}

// inContext puts the context before a payload, if it is not the default one (RFC 2741, section 6.1.1).
func (s *Subagent) inContext(payload []byte) []byte {
	if s.cfg.Context == "" {
		return payload
	}
	return append(appendOctets(nil, ownOrder, s.cfg.Context), payload...)
}
