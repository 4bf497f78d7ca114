package hv

import "time"

// A Process is what the host counts of the process that runs a virtual machine, such as QEMU or bhyve, and of all its threads. A
// virtual machine that its own guest reboots may have another process afterwards; then all of it begins anew. It is never
// changed once it was handed over.
type Process struct {
	// PID is its number on the host. It is 0 where it cannot be told, as on a remote hypervisor.
	PID int `json:"pid,omitempty"`
	// Age is how long ago it had begun when it was read.
	Age Opt[time.Duration] `json:"age,omitzero"`

	// Resident is the memory that it has in RAM, Virtual the size of its address space, in bytes.
	Resident Opt[int64] `json:"resident,omitzero"`
	Virtual  Opt[int64] `json:"virtual,omitzero"`

	// UserTime and SystemTime are the CPU time that it used outside of the kernel, with that of the guest, and in it.
	UserTime   Opt[time.Duration] `json:"user_time,omitzero"`
	SystemTime Opt[time.Duration] `json:"system_time,omitzero"`

	// MajorFaults are the page faults that had to wait for a disk, MinorFaults the others, CopyFaults those that copied a
	// page that had been shared.
	MajorFaults Opt[uint64] `json:"major_faults,omitzero"`
	MinorFaults Opt[uint64] `json:"minor_faults,omitzero"`
	CopyFaults  Opt[uint64] `json:"copy_faults,omitzero"`
	// VoluntarySwitches are the context switches because it waited, InvoluntarySwitches those because others were to run.
	VoluntarySwitches   Opt[uint64] `json:"voluntary_switches,omitzero"`
	InvoluntarySwitches Opt[uint64] `json:"involuntary_switches,omitzero"`
	// Swaps is how often it was swapped out as a whole; BlockReads and BlockWrites are the operations on disks that it
	// caused (getrusage(2)).
	Swaps       Opt[uint64] `json:"swaps,omitzero"`
	BlockReads  Opt[uint64] `json:"block_reads,omitzero"`
	BlockWrites Opt[uint64] `json:"block_writes,omitzero"`

	// Nice is from -20 to 20. Priority is the present one as the host's ps(1) shows it under "pri".
	Nice     Opt[int] `json:"nice,omitzero"`
	Priority Opt[int] `json:"priority,omitzero"`
}
