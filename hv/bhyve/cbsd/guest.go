package cbsd

import "time"

// A Status is what CBSD believes that a virtual machine is doing (jails.status).
type Status int

// The statuses.
const (
	Off         Status = 0
	On          Status = 1
	Slave       Status = 2
	Maintenance Status = 3
	Unknown     Status = 4
)

// A Guest is a virtual machine in CBSD's list of this host.
type Guest struct {
	Name string
	// PID is bhyve's process, or 0. It is stale for some seconds after each start.
	PID    int
	Status Status
	// Doing is why it is in maintenance, such as "Stopping_VM", or empty.
	Doing string
	// AutoStart says that it is started when the host boots.
	AutoStart bool
	// Since is when CBSD last changed its status, or zero if that is not known.
	Since time.Time
	// Saved says that it may have ended by being saved: there is a checkpoint that is hardly older than its end. CBSD
	// makes the same of one that goes on, which may have gone off by itself just then.
	Saved bool
	// Dir is the directory of what CBSD keeps of it.
	Dir string
	// Data is the directory of its disks, or empty if that is not known. Of one that only bls tells of it is the one that
	// the database had, or else the usual one.
	Data string
	// Row is what CBSD's list says of how it is configured, if it was read from there, or nil.
	Row *Config
}

// A Config is how a virtual machine is configured. What is not known of it is zero.
type Config struct {
	CPUs int
	// Memory is in octets.
	Memory            int64
	OSType, OSProfile string
	// UUID is empty where CBSD has none.
	UUID string
	// CPUSet are the host's CPUs that it may run on as cpuset(1) writes them, or empty.
	CPUSet string
	Disks  []Disk
	NICs   []NIC
}

// A Disk is one row of the table bhyvedsk.
type Disk struct {
	// Controller is the emulation, such as "virtio-blk".
	Controller string
	// Path is where it is, absolute.
	Path     string
	ReadOnly bool
}

// A NIC is one row of the table bhyvenic.
type NIC struct {
	// Order is its place, from 0.
	Order int
	// Driver is the emulation in CBSD's words, such as "vtnet".
	Driver string
	// MAC is empty where CBSD has none.
	MAC string
	// Parent is the bridge or interface that it is put on, or AutoParent.
	Parent string
}

// AutoParent leaves it to CBSD at each start what a network interface is put on.
const AutoParent = "auto"
