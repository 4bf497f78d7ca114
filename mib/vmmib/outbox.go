package vmmib

import "sync"

// An outbox holds the notifications that are made and not yet sent. It has them sent by one goroutine at a time, so that
// they stay in order although no lock is held while one is sent.
type outbox struct {
	list    []Notification
	spare   []Notification // an empty one, to use its memory again
	sending bool
	sent    *sync.Cond // all is sent; its lock is that of Notifications
}

// put appends a notification.
func (o *outbox) put(n Notification) { o.list = append(o.list, n) }

// wait returns when all is sent. The lock is not held while it waits.
func (o *outbox) wait() {
	for o.sending {
		o.sent.Wait()
	}
}

// deliver sends all that is in the outbox, and what is put into it meanwhile. The lock is held when it is called and
// when it returns, but not while something is sent. If another goroutine is sending already, it is left to that one.
func (n *Notifications) deliver() {
	o := &n.outbox
	if o.sending || len(o.list) == 0 {
		return
	}
	o.sending = true
	for len(o.list) > 0 {
		list := o.list
		o.list = o.spare
		n.mu.Unlock()
		for _, x := range list {
			n.send(x)
		}
		clear(list) // what was sent is no longer ours to keep
		n.mu.Lock()
		o.spare = list[:0]
	}
	o.sending = false
	o.sent.Broadcast()
}
