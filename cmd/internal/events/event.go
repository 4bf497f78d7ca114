package events

import (
	"time"

	"github.com/vmond/vmond/collector"
)

// An Event is a change and what became of its notifications.
type Event struct {
	collector.Change
	PerVM Fate `json:"per_vm"`
	Bulk  Fate `json:"bulk"`
}

// A Fate is what became of one notification. One bulk notification is that of several changes.
type Fate struct {
	Outcome Outcome `json:"outcome"`
	// At is since when. It is zero where there is no notification.
	At time.Time `json:"at,omitzero"`
	// Error says why it was refused or dropped.
	Error string `json:"error,omitempty"`
}

// A Kind is one of the two notifications that a change may have.
type Kind uint8

// The kinds: of one virtual machine, and of all that changed alike.
const (
	PerVM Kind = iota
	Bulk
)

// fate returns where the event keeps the fate of that notification.
func (e *Event) fate(k Kind) *Fate {
	if k == Bulk {
		return &e.Bulk
	}
	return &e.PerVM
}
