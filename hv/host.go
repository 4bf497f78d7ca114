package hv

import "time"

// A Host is what a hypervisor tells of itself.
type Host struct {
	// Software names the hypervisor without its version, such as "QEMU".
	Software string `json:"software"`
	// Version is the version of Software, such as "7.2.22".
	Version string `json:"version"`
	// ObjectID is the vendor's identification of the software, below 1.3.6.1.4.1. It is nil where there is none.
	ObjectID []uint32 `json:"object_id,omitempty"`
	// Started is when the hypervisor was last initialised, with a monotonic reading, so that a step of the wall
	// clock does not move it. It is absent where it cannot be told, as on a remote hypervisor.
	Started Opt[time.Time] `json:"started,omitzero"`
	// Life identifies the time between two initialisations of the hypervisor, such as the host's boot ID. What was
	// remembered under another Life is void. It is empty where it cannot be told.
	Life string `json:"life,omitempty"`
	// CPUs are the numbers of the physical CPUs that are present, from 0, ascending.
	CPUs []int `json:"cpus,omitempty"`
	// Memory is the RAM of the host in bytes.
	Memory Opt[int64] `json:"memory,omitzero"`
}
