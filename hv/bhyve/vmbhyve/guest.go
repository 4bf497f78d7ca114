package vmbhyve

import "time"

// A Guest is a virtual machine that is defined in a datastore, and what the files beside its definition tell of its state.
type Guest struct {
	Datastore Datastore
	Name      string
	// Dir is its directory.
	Dir string
	// Lock is what run.lock has in it, the name of the host that runs it, and Locked when that was written. Without a lock
	// both are zero. A lock without a name, for which there was no room, is taken for this host's.
	Lock   string
	Locked time.Time
	// Defined is when its definition was last written, the one that Config returns. It is zero if that could not be read yet.
	Defined time.Time
	// Suspending says that there is a suspending.lock, Saved that there is a saved state (NAME.save).
	Suspending, Saved bool
	// Log is what the end of vm-bhyve.log tells.
	Log Log
	// Stale says that the lock or the log is as it was when it could last be read, and may be another by now.
	Stale bool
}

// IsLocked reports whether a host runs it, as its lock has it.
func (g Guest) IsLocked() bool { return g.Lock != "" || !g.Locked.IsZero() }

// A Log is what vm-bhyve.log tells of the last start of a virtual machine and of what came of it. Its zero value tells nothing.
type Log struct {
	// Initialised is when the last start began, Started when bhyve was last started in it.
	Initialised, Started time.Time
	// Began is when bhyve was started after it had last ended otherwise than by the guest's reboot, in this start: the run goes
	// on since then. It is zero if no such end is told, and the run began with the start.
	Began time.Time
	// Before is the status of that end. It is 0 if Began is zero.
	Before int
	// Exited says that the last bhyve ended, with Status as sh(1) has it: 128 and the number of the signal if one ended it.
	Exited   bool
	Status   int
	ExitedAt time.Time
	// Ended says that vm-bhyve is through with it: its last line is "stopped", "suspended" or "fatal; ...".
	Ended bool
	// Failed says that it ended with "fatal; ..." and bhyve was never started.
	Failed bool
	// Resuming says that the last bhyve was started from a saved state.
	Resuming bool
	// Args are the arguments with which bhyve was last started, as far as the log tells them: devices, options and consoles,
	// without passwords.
	Args []string
}

// A Config is what a virtual machine's NAME.conf defines.
type Config struct {
	Loader string
	UUID   string
	// CPUs and Memory are as they are written, such as "2" and "4G".
	CPUs, Memory string
	// Options is bhyve_options.
	Options string
	Disks   []Disk
	NICs    []NIC
}

// A Disk is diskN_... of a Config.
type Disk struct {
	// Number is N.
	Number int
	Name   string
	// Type is the emulation, such as "virtio-blk".
	Type string
	// Device is what it is on the host: "file" (which it is if nothing is said), "zvol", "sparse-zvol", "custom", "iscsi" or "9p".
	Device string
	// Options is diskN_opts.
	Options string
}

// A NIC is networkN_... of a Config.
type NIC struct {
	// Number is N.
	Number int
	// Type is the emulation, such as "virtio-net".
	Type   string
	Switch string
	MAC    string
	// Device is the tap that somebody chose by hand, or empty.
	Device string
	// Name is what the tap that is made for it is called, or empty if that is left to the system.
	Name string
}
