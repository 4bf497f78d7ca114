package vmmib

import (
	"errors"
	"time"

	"github.com/vmond/vmond/mib"
)

// DefaultWindow is how long the changes of one kind are gathered for one bulk notification if nothing else is said.
const DefaultWindow = 2 * time.Second

// ErrTooLarge is wrapped by the Err of a [Notification] that does not fit the largest message.
var ErrTooLarge = errors.New("too large for a message")

// NotificationOptions say what is told. The zero NotificationOptions tell nothing until a manager turns a switch on.
type NotificationOptions struct {
	// PerVM and Bulk are the values with which the switches start.
	PerVM, Bulk bool
	// Missed says that changes are told too that happened while nobody watched.
	Missed bool
	// Window is how long the changes of one kind are gathered for one bulk notification, from the first of them on. 0
	// means [DefaultWindow].
	Window time.Duration
	// MessageSize is the number of octets of the largest SNMP message that a manager takes. 0 means [MaxMessageSize].
	MessageSize int
}

// complete returns the options with the defaults in place of zeros. It panics if a number is negative.
func (o NotificationOptions) complete() NotificationOptions {
	if o.Window < 0 || o.MessageSize < 0 {
		panic("vmmib: negative window or message size")
	}
	if o.Window == 0 {
		o.Window = DefaultWindow
	}
	if o.MessageSize == 0 {
		o.MessageSize = MaxMessageSize
	}
	return o
}

// A Notification is one of the twenty of VM-MIB. Whoever receives it must not change what it consists of.
type Notification struct {
	mib.Notification
	// Bulk says that it is one of those about several virtual machines.
	Bulk bool
	// Changes are the numbers of the changes that it tells, in their order: one, or in a bulk notification at least one.
	Changes []uint64
	// Err, if it is not nil, says why it cannot be sent: its list does not fit a message, and a part of it would not be
	// true. It wraps [ErrTooLarge], and there are no Objects.
	Err error
}
