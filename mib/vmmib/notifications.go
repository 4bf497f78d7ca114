package vmmib

import (
	"context"
	"sync"
	"time"

	"github.com/vmond/vmond/collector"
)

// Notifications turn changes into the notifications of VM-MIB. Make them with [NewNotifications]. All methods may be
// called from several goroutines.
type Notifications struct {
	kinds    []kind
	send     func(Notification)
	turned   func(name string, on bool) // or nil
	switches Switches
	ready    chan struct{}
	opened   chan struct{} // a window was opened that Run may not know of

	mu      sync.Mutex
	options NotificationOptions
	windows windows
	ended   bool // Run has ended windows for the last time
	outbox  outbox
}

// NewNotifications returns Notifications that hand what they make to send. Each notification is handed over once, one
// after the other, in the order of the changes, a bulk one after all that tell the same changes for each virtual
// machine; that may be in any goroutine that calls a method. send must not block. It panics if an option is negative.
func NewNotifications(o NotificationOptions, send func(Notification)) *Notifications {
	n := &Notifications{
		kinds:   kinds(),
		send:    send,
		ready:   make(chan struct{}),
		opened:  make(chan struct{}, 1),
		options: o.complete(),
	}
	n.switches.of = n
	n.outbox.sent = sync.NewCond(&n.mu)
	n.Reset()
	return n
}

// String names the task.
func (n *Notifications) String() string { return "notifications" }

// Ready returns a channel that is closed when Run has begun.
func (n *Notifications) Ready() <-chan struct{} { return n.ready }

// Follow tells changes, as far as the switches are on. It does not block, and keeps nothing of the slice. Calls must
// come one after the other, with the changes in their order, as the collector makes them. A change that is followed
// while Run does not run is told all the same: its bulk notification once Run begins, or at once if Run has ended.
func (n *Notifications) Follow(changes []collector.Change) {
	n.mu.Lock()
	defer n.mu.Unlock()
	opened := false
	for i := range changes {
		opened = n.tell(&changes[i]) || opened
		n.deliver()
	}
	if opened {
		n.look()
	}
}

// tell makes one change known, and reports whether it opened a window.
func (n *Notifications) tell(c *collector.Change) (opened bool) {
	k := kindOf(n.kinds, c)
	if k == nil || c.Missed && !n.options.Missed {
		return false
	}
	if n.switches.on(perVMSwitch) {
		n.outbox.put(perVM(k, c))
	}
	return n.switches.on(bulkSwitch) && n.windows.add(k, c, n.options.Window)
}

// Run ends the windows of the bulk notifications until ctx is done. Then it ends those that are open at once, and returns
// nil when all is sent. It may be called once.
func (n *Notifications) Run(ctx context.Context) error {
	close(n.ready)
	for {
		var end <-chan time.Time
		if wait, ok := n.endDue(); ok {
			end = time.After(wait)
		}
		select {
		case <-ctx.Done():
			n.endAll()
			return nil
		case <-n.opened:
		case <-end:
		}
	}
}

// endDue ends the windows that are due, and returns how long until the next one is, or false if none is open.
func (n *Notifications) endDue() (time.Duration, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.end(n.windows.due(time.Now()))
	if len(n.windows) == 0 {
		return 0, false
	}
	return time.Until(n.windows[0].ends), true
}

// endAll ends all windows, from now on as soon as they are opened.
func (n *Notifications) endAll() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.ended = true
	n.look()
	n.outbox.wait()
}

// look has windows that were opened ended in time.
func (n *Notifications) look() {
	if n.ended {
		n.end(n.windows)
		n.windows = nil
		return
	}
	select {
	case n.opened <- struct{}{}:
	default: // Run has not looked since the last time
	}
}

// end tells what the windows have gathered.
func (n *Notifications) end(list windows) {
	for _, w := range list {
		n.outbox.put(w.notification(n.options.MessageSize))
	}
	n.deliver()
}
