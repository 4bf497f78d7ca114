package collector

import (
	"time"

	"github.com/vmond/vmond/hv"
)

// A VM is one virtual machine in a [Snapshot], as it was last read. It is never changed once it is published.
type VM struct {
	// Index is the number of the virtual machine, from 1: small, kept on disk, the same for as long as the virtual
	// machine exists, and not given to another soon after.
	Index int32 `json:"index"`

	// Summary's Run is negative while the run is known from an event only, and a reading has yet to tell its number.
	hv.Summary

	// Started is when the virtual machine was last brought from shutdown to running, with a monotonic reading. Neither
	// a pause, a save and restore, a reboot of the guest nor a restart of vmond moves it. It is absent if the virtual
	// machine is shut down, or was started before anybody who could tell was looking.
	Started hv.Opt[time.Time] `json:"started,omitzero"`

	// Defined says that the definition was read: what comes from it is known as far as the hypervisor tells it.
	Defined bool   `json:"defined"`
	OSType  string `json:"os_type,omitempty"`

	CurCPUs hv.Opt[int] `json:"cur_cpus,omitzero"`
	MinCPUs hv.Opt[int] `json:"min_cpus,omitzero"`
	MaxCPUs hv.Opt[int] `json:"max_cpus,omitzero"`

	CurMem hv.Opt[int64] `json:"cur_mem,omitzero"`
	MinMem hv.Opt[int64] `json:"min_mem,omitzero"`
	MaxMem hv.Opt[int64] `json:"max_mem,omitzero"`

	// Console is the graphical console; see [hv.Definition].
	Console hv.Opt[hv.Console] `json:"console,omitzero"`

	// Process is that of the present run, read with the statistics. It is nil if there is none or nothing can be told of it.
	Process *hv.Process `json:"process,omitempty"`
	// Survey is what is dear to find out. It is nil as long as nobody has wanted to know.
	Survey *hv.Survey `json:"survey,omitempty"`

	// CPUTime is the CPU time used in the present run.
	CPUTime hv.Opt[time.Duration] `json:"cpu_time,omitzero"`
	// StatsAt is when the statistics were read. It is zero if they never were.
	StatsAt time.Time `json:"stats_at,omitzero"`
	// Stale says that the last try to read the definition or the statistics failed: what is here is older.
	Stale bool `json:"stale,omitempty"`

	// CPUs, Disks and NICs are in the order of their Index.
	CPUs  []CPU  `json:"cpus,omitempty"`
	Disks []Disk `json:"disks,omitempty"`
	NICs  []NIC  `json:"nics,omitempty"`

	staleDefinition, staleStatistics bool // why it is Stale
}

// ofRun reports whether what was asked for in one run, and told to be of another if that is known, is of the present
// run. That may have no number yet: then all is of it that has a process.
func (vm *VM) ofRun(asked int64, told hv.Opt[int64]) bool {
	n, known := told.Get()
	switch {
	case asked != vm.Run:
		return false
	case !known:
		return true
	case vm.Run < 0:
		return n != 0
	}
	return n == vm.Run
}

// bare reports whether nothing was read of vm but its state, and nobody has tried to read its statistics.
func (vm *VM) bare() bool { return !vm.Defined && vm.StatsAt.IsZero() && !vm.staleStatistics }

// A CPU is a virtual CPU with its counter.
type CPU struct {
	// Index is its number in the virtual machine, from 1: hv.CPU.ID + 1.
	Index int32 `json:"index"`
	hv.CPU
	Time hv.Opt[time.Duration] `json:"time,omitzero"`
}

// A Disk is a virtual storage device with its sizes and counters.
type Disk struct {
	// Index is its number in the virtual machine, from 1, kept on disk by its Key.
	Index int32 `json:"index"`
	hv.Disk
	Stats hv.DiskStats `json:"stats"`
}

// A NIC is a virtual network interface with its counters.
type NIC struct {
	// Index is its number in the virtual machine, from 1, kept on disk by its Key.
	Index int32 `json:"index"`
	hv.NIC
	Stats hv.NICStats `json:"stats"`
}
