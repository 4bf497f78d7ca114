package collector

import (
	"time"

	"github.com/vmond/vmond/hv"
)

// A Change is one step in the life of a virtual machine: it went from one state to another, appeared or vanished. The
// From of each is the To of the one before of the same virtual machine.
type Change struct {
	// Number counts the changes, from 1, without gaps.
	Number uint64 `json:"number"`
	// At is when vmond learned of it, with a monotonic reading.
	At time.Time `json:"at"`

	// Index, UUID, Name and Persistent are those of the virtual machine at the time, also where it is gone by now.
	Index      int32     `json:"vm"`
	UUID       hv.UUID   `json:"uuid"`
	Name       string    `json:"vm_name"`
	Persistent hv.Answer `json:"persistent"`

	// From is absent if the virtual machine appeared, To if it vanished. From is unknown if it was there, but in a state
	// that could not be read before.
	From hv.Opt[hv.OperState] `json:"from,omitzero"`
	To   hv.Opt[hv.OperState] `json:"to,omitzero"`

	// Cause says for people how vmond learned of it: by an event, such as "stopped (destroyed)", or by "reading".
	Cause string `json:"cause"`
	// Missed says that it happened while vmond did not look: before it started, or while the hypervisor's daemon was
	// away. It may stand for several.
	Missed bool `json:"missed,omitempty"`
}
