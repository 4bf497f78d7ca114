package main

import (
	"errors"
	"fmt"
	"sync/atomic"

	"go.uber.org/zap"

	"github.com/vmond/vmond/agentx"
	"github.com/vmond/vmond/cmd/internal/config"
	"github.com/vmond/vmond/cmd/internal/control"
	"github.com/vmond/vmond/cmd/internal/events"
	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/mib"
	"github.com/vmond/vmond/mib/vmmib"
)

// A notifier gives notifications to the master, in order. It never blocks, and tells each one's outcome to done, once.
type notifier interface {
	Notify(n mib.Notification, done func(error))
}

// A courier brings the changes to those who make notifications of them, these to the master, and what becomes of all to
// the journal.
type courier struct {
	journal       *events.Journal
	notifications *vmmib.Notifications
	master        notifier // set before anything runs
	log           *zap.Logger
	tooLarge      atomic.Uint64
}

// newCourier returns a courier that has no master yet.
func newCourier(c config.Notifications, log *zap.Logger) *courier {
	k := &courier{journal: &events.Journal{}, log: log}
	k.notifications = vmmib.NewNotifications(notificationOptions(c), k.send)
	k.notifications.OnTurn(func(name string, on bool) {
		log.Info("switch turned", zap.String("switch", name), zap.Bool("on", on))
	})
	return k
}

// notificationOptions returns VM-MIB's part of the configuration.
func notificationOptions(c config.Notifications) vmmib.NotificationOptions {
	return vmmib.NotificationOptions{
		PerVM: c.PerVM, Bulk: c.Bulk, Missed: c.Missed, Window: c.Window, MessageSize: int(c.MessageSize),
	}
}

// roomy returns an error if a bulk notification has no room for every vmIndex that the configuration asks for.
func roomy(c config.Notifications) error {
	if highest := vmmib.MaxIndex(int(c.MessageSize)); highest < c.MaxIndex {
		return fmt.Errorf("a bulk notification of notifications.message_size = %d octets has room for a vmIndex up to %d, "+
			"but notifications.max_index = %d", c.MessageSize, highest, c.MaxIndex)
	}
	return nil
}

// follow is told the changes, in order. The journal comes first, so that it knows a change before its notifications.
func (k *courier) follow(changes []collector.Change) {
	k.journal.Follow(changes)
	k.notifications.Follow(changes)
}

// send gives a notification to the master.
func (k *courier) send(n vmmib.Notification) {
	kind := events.PerVM
	if n.Bulk {
		kind = events.Bulk
	}
	if n.Err != nil {
		k.tooLarge.Add(1)
		k.log.Error("a notification cannot be sent", zap.Stringer("notification", n.ID), zap.Error(n.Err))
		k.journal.Note(kind, n.Changes, events.Refused, n.Err)
		return
	}
	k.journal.Note(kind, n.Changes, events.Waiting, nil)
	k.master.Notify(n.Notification, func(err error) {
		k.journal.Note(kind, n.Changes, outcomeOf(err), err)
	})
}

// outcomeOf returns what became of a notification that the master was given.
func outcomeOf(err error) events.Outcome {
	switch {
	case err == nil:
		return events.Sent
	case errors.Is(err, agentx.ErrDropped), errors.Is(err, agentx.ErrEnded):
		return events.Dropped
	}
	return events.Refused
}

// events returns the journal. A change that is still gathered for a bulk notification waits for that: the journal hears of
// it only when the notification is made.
func (k *courier) events() []events.Event {
	gathered := map[uint64]bool{}
	for _, n := range k.notifications.Gathered() {
		gathered[n] = true
	}
	all := k.journal.Events()
	for i := range all {
		if e := &all[i]; gathered[e.Number] && e.Bulk.Outcome == events.Off {
			e.Bulk = events.Fate{Outcome: events.Waiting, At: e.At}
		}
	}
	return all
}

// health returns whether there are notifications and what became of them. The master's count lacks those that it was
// never given.
func (k *courier) health(n agentx.Notifications) control.Notifications {
	s := k.notifications.Switches()
	return control.Notifications{
		PerVM: s.PerVM(), Bulk: s.Bulk(),
		Waiting: n.Waiting, Accepted: n.Accepted, Refused: n.Refused + k.tooLarge.Load(), Dropped: n.Dropped, Resent: n.Resent,
	}
}
