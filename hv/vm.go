package hv

import "time"

// A Summary is what one cheap call tells of a virtual machine.
type Summary struct {
	// Key is the identity of the virtual machine for this source: it is unique among the source's virtual machines,
	// never empty, and outlives restarts. It is the UUID's text where the hypervisor has them by that; where it has
	// them by their names, it changes with these, and the UUID tells whether one that is new was there before.
	Key string `json:"key"`
	// UUID is zero where the virtual machine has none.
	UUID UUID   `json:"uuid"`
	Name string `json:"name"`

	State OperState  `json:"state"`
	Admin AdminState `json:"admin"`

	AutoStart  Answer `json:"autostart"`
	Persistent Answer `json:"persistent"`

	// Run tells two runs of one virtual machine apart, such as libvirt's domain ID. It is 0 while the virtual machine
	// is not active: it has no process, and no memory.
	Run int64 `json:"run,omitempty"`
}

// Active reports whether the virtual machine has a process, running or not.
func (s Summary) Active() bool { return s.Run != 0 }

// A Definition is the configuration of a virtual machine: of its present run if it is active, else of its next.
type Definition struct {
	// OSType is text about the guest's operating system as far as the hypervisor is told. It is empty if it is not.
	OSType string `json:"os_type,omitempty"`

	// CurCPUs is the number of virtual CPUs assigned; MinCPUs and MaxCPUs are its bounds, or [NoLimit].
	CurCPUs Opt[int] `json:"cur_cpus,omitzero"`
	MinCPUs Opt[int] `json:"min_cpus,omitzero"`
	MaxCPUs Opt[int] `json:"max_cpus,omitzero"`

	// CurMem is the memory allocated in bytes; MinMem and MaxMem are its bounds, or [NoLimit].
	CurMem Opt[int64] `json:"cur_mem,omitzero"`
	MinMem Opt[int64] `json:"min_mem,omitzero"`
	MaxMem Opt[int64] `json:"max_mem,omitzero"`

	// Run is the run in which it was read, as [Summary.Run]. It is absent where that cannot be told.
	Run Opt[int64] `json:"run,omitzero"`
	// Started is when the process of the present run began, with a monotonic reading. It is absent if the virtual
	// machine is not active or it cannot be told.
	Started Opt[time.Time] `json:"started,omitzero"`

	// Console is the graphical console. It is absent where there is none or it cannot be told.
	Console Opt[Console] `json:"console,omitzero"`

	CPUs  []CPU  `json:"cpus,omitempty"`
	Disks []Disk `json:"disks,omitempty"`
	NICs  []NIC  `json:"nics,omitempty"`
}

// Statistics are the counters of a virtual machine. They begin anew with each run. Those of an inactive virtual machine
// are absent, but for the sizes of its disks.
type Statistics struct {
	// At is when they were read, with a monotonic reading.
	At time.Time `json:"at"`
	// Run is the run in which all of them were read, as [Summary.Run]. It is absent where that cannot be told.
	Run Opt[int64] `json:"run,omitzero"`

	// CPUTime is the CPU time used in the present run, by all virtual CPUs and by the hypervisor on its behalf.
	CPUTime Opt[time.Duration] `json:"cpu_time,omitzero"`

	// CurCPUs, CurMem and MaxMem supersede those of the Definition where they are present.
	CurCPUs Opt[int]   `json:"cur_cpus,omitzero"`
	CurMem  Opt[int64] `json:"cur_mem,omitzero"`
	MaxMem  Opt[int64] `json:"max_mem,omitzero"`

	// Process is of the process of the present run. It is nil if there is none or nothing can be told of it.
	Process *Process `json:"process,omitempty"`

	// CPUs, Disks and NICs match those of the Definition by ID or Key, in any order. One that the Definition does not
	// have is ignored: the device came or went between the two readings.
	CPUs  []CPUStats  `json:"cpus,omitempty"`
	Disks []DiskStats `json:"disks,omitempty"`
	NICs  []NICStats  `json:"nics,omitempty"`
}
