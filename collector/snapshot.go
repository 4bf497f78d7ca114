package collector

import (
	"iter"
	"time"

	"github.com/vmond/vmond/hv"
)

// A Snapshot is all that is known of one hypervisor at one moment. It is never changed: whoever holds one may read it
// for as long as they like, from any goroutine. Snapshots share the virtual machines that did not change.
type Snapshot struct {
	Host hv.Host
	// LastChange is the hypervisor's uptime at which a virtual machine last appeared or vanished. It is absent if
	// the hypervisor's uptime is.
	LastChange hv.Opt[time.Duration]
	// StatesAt is when the states were last read completely, with a monotonic reading. It is zero before the first
	// time: then the Snapshot is empty because nothing is known.
	StatesAt time.Time
	// ToldAt is when a Snapshot that was read from JSON was written. It is zero in one of this process.
	ToldAt time.Time

	vms rows
}

// Now returns the moment from which the ages of what is in the Snapshot are reckoned: the present, or that at which it was
// written by another process.
func (s *Snapshot) Now() time.Time {
	if s.ToldAt.IsZero() {
		return time.Now()
	}
	return s.ToldAt
}

// NewSnapshot returns a Snapshot of the given virtual machines, in any order. It panics if two have one Index, or one
// has an Index below 1.
func NewSnapshot(host hv.Host, statesAt time.Time, vms ...*VM) *Snapshot {
	e := rows{}.edit()
	for _, vm := range vms {
		if vm.Index < 1 || e.get(vm.Index) != nil {
			panic("collector: virtual machine with an index that is taken or below 1")
		}
		e.put(vm)
	}
	return &Snapshot{Host: host, StatesAt: statesAt, vms: e.rows()}
}

// Len returns the number of virtual machines.
func (s *Snapshot) Len() int { return s.vms.n }

// VM returns the virtual machine of that index, or nil.
func (s *Snapshot) VM(index int32) *VM {
	if vm := s.vms.seek(index, Any); vm != nil && vm.Index == index {
		return vm
	}
	return nil
}

// Seek returns the first virtual machine in order of Index whose Index is at least index and that has what part says,
// or nil. Its cost grows with the logarithm of the number of virtual machines.
func (s *Snapshot) Seek(index int32, part Part) *VM { return s.vms.seek(index, part) }

// VMs yields the virtual machines in order of Index.
func (s *Snapshot) VMs() iter.Seq[*VM] { return s.vms.all() }
