package agentx

import (
	"errors"
	"net"
	"time"

	"go.uber.org/zap"

	"github.com/vmond/vmond/mib"
)

const (
	// changeBurst is how many losses of the master, and how many returns, are logged within a repeatWindow.
	changeBurst = 5

	// failureBurst is the same for attempts that fail for one reason.
	failureBurst = 1
)

// lines are the log lines about the master. It may be away for days, so what repeats is counted instead.
type lines struct {
	log                             *zap.Logger
	lost, found, failed, no, unsent repeats
	offers                          map[string]*repeats // of an offer that is refused, by its name
	attempts                        int                 // that failed since the last line about a success
	exposed                         bool
}

func newLines(log *zap.Logger) lines {
	return lines{
		log:    log,
		lost:   repeats{burst: changeBurst},
		found:  repeats{burst: changeBurst},
		failed: repeats{burst: failureBurst},
		no:     repeats{burst: failureBurst},
		unsent: repeats{burst: failureBurst},
		offers: make(map[string]*repeats),
	}
}

// registered says that the master has all regions.
func (l *lines) registered(session uint32) {
	if !l.found.pass("", time.Now(), func(repeated zap.Field) {
		l.log.Info("registered with the master", zap.Uint32("session", session), l.failures(), repeated)
	}) {
		return
	}
	l.attempts = 0
	l.failed.forget()
}

// failures is the number of attempts that failed, if there are any.
func (l *lines) failures() zap.Field {
	if l.attempts == 0 {
		return zap.Skip()
	}
	return zap.Int("failures", l.attempts)
}

// ended says why a session, or an attempt at one, has ended.
func (l *lines) ended(err error, registered bool) {
	if registered {
		l.lost.pass("", time.Now(), func(repeated zap.Field) {
			l.log.Warn("master lost", zap.Error(err), repeated)
		})
		return
	}
	l.attempts++
	l.failed.pass(cause(err), time.Now(), func(repeated zap.Field) {
		l.log.Warn("no session with the master, trying on", zap.Error(err), repeated)
	})
}

// refused says that the master does not do an errand.
func (l *lines) refused(e errand, err error) {
	oid := e.claim.oid()
	l.no.pass(err.Error()+oid.String(), time.Now(), func(repeated zap.Field) {
		l.log.Warn("refused by the master, trying on", zap.Stringer("oid", oid), zap.Error(err), repeated)
	})
}

// unoffered says that the master does not take an offer. Each has repeats of its own, as they may be refused by turns.
func (l *lines) unoffered(subtree mib.OID, err error) {
	name := subtree.String()
	if l.offers[name] == nil {
		l.offers[name] = &repeats{burst: failureBurst}
	}
	l.offers[name].pass(err.Error(), time.Now(), func(repeated zap.Field) {
		l.log.Warn("offer refused by the master, trying on", zap.String("oid", name), zap.Error(err), repeated)
	})
}

// unaccepted says that the master does not take a notification, which is not tried again.
func (l *lines) unaccepted(id mib.OID, err error) {
	l.unsent.pass(err.Error()+id.String(), time.Now(), func(repeated zap.Field) {
		l.log.Warn("notification not accepted by the master", zap.Stringer("notification", id), zap.Error(err), repeated)
	})
}

// dropping says that notifications are dropped, once until drained.
func (l *lines) dropping(limit int) {
	l.log.Warn("notifications dropped, the queue is full", zap.Int("queue", limit))
}

// drained says how many notifications were dropped since dropping.
func (l *lines) drained(dropped int) {
	l.log.Info("the queue of notifications has drained, no more are dropped", zap.Int("dropped", dropped))
}

// left says that notifications are lost at the end of Run.
func (l *lines) left(count int) {
	l.log.Warn("notifications not sent before the end", zap.Int("notifications", count))
}

// connected warns once of a connection over a network: AgentX has no authentication (RFC 2741, section 9).
func (l *lines) connected(addr net.Addr) {
	a, ok := addr.(*net.TCPAddr)
	if !ok || a.IP.IsLoopback() || l.exposed {
		return
	}
	l.exposed = true
	l.log.Warn("the master is reached over a network, where anyone can answer in its name", zap.Stringer("address", a))
}

// cause is the error without the addresses of its connection, of which ours has a new port each time.
func cause(err error) string {
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return op.Op + op.Err.Error()
	}
	return err.Error()
}
