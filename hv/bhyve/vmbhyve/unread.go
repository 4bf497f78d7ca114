package vmbhyve

import (
	"errors"
	"fmt"
)

// ErrHidden is the error of a directory in a datastore of which it was never known whether a virtual machine is defined there.
var ErrHidden = errors.New("its directory cannot be listed")

// An Unread is why it is not known which virtual machines a datastore has.
type Unread struct {
	// Datastore is its name. It is empty if it is not even known which datastores there are besides the default one.
	Datastore string
	Err       error
}

// Error names the datastore.
func (u *Unread) Error() string {
	if u.Datastore == "" {
		return fmt.Sprintf("failed to read which datastores there are: %v", u.Err)
	}
	return fmt.Sprintf("failed to read datastore %q: %v", u.Datastore, u.Err)
}

// Unwrap returns why.
func (u *Unread) Unwrap() error { return u.Err }

// UnreadOf returns every Unread among errs and what they join, in order.
func UnreadOf(errs ...error) []*Unread {
	var all []*Unread
	for _, err := range errs {
		var u *Unread
		if joined, ok := err.(interface{ Unwrap() []error }); ok {
			all = append(all, UnreadOf(joined.Unwrap()...)...)
		} else if errors.As(err, &u) {
			all = append(all, u)
		}
	}
	return all
}
