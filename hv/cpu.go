package hv

import "time"

// A CPU is a virtual CPU.
type CPU struct {
	// ID is its number in the virtual machine, from 0. There may be holes.
	ID int `json:"id"`
	// Affinity are the physical CPUs that it may run on. It is absent where it is not known.
	Affinity Opt[CPUSet] `json:"affinity,omitzero"`
}

// CPUStats are the counters of a virtual CPU.
type CPUStats struct {
	ID   int                `json:"id"`
	Time Opt[time.Duration] `json:"time,omitzero"`
}
