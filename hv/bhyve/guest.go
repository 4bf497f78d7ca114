package bhyve

import (
	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/bhyve/cbsd"
	"github.com/vmond/vmond/hv/bhyve/freebsd"
	"github.com/vmond/vmond/hv/bhyve/vmbhyve"
)

// A guest is one virtual machine as one look found it: who it is, and the evidence of what it does.
type guest struct {
	// key is "vm-bhyve:DATASTORE/NAME", "cbsd:NAME" or, if no manager knows it, "bhyve:NAME".
	key, name string
	// uuid is zero where it has none or none is known: a plain virtual machine's is not written down anywhere, and its process
	// tells it only until it has its title.
	uuid hv.UUID
	// autoStart says whether its manager starts it when the host boots. Nothing starts a plain one.
	autoStart hv.Answer
	// vm is what vm-bhyve has of it, cbsd what CBSD has. At most one of them is not nil.
	// Both are nil too if its manager is known by its process, and cannot be read.
	vm   *vmbhyve.Guest
	cbsd *cbsd.Guest
	// switches are those of vm-bhyve's setup, by their names.
	switches map[string]vmbhyve.Switch
	// stale says that vm or cbsd is of an earlier look, because this one could not read it. Who exists is believed, but what it
	// tells of locks, logs and statuses may be over: it is no evidence of what happened since, as the process is.
	stale bool
	// process is its bhyve, and loader what loads a kernel before that (bhyveload(8), grub-bhyve). Each is nil if there is none.
	process, loader *freebsd.Process
	// args are those of process. Once bhyve has set its title they are only that, and titled is true.
	args   []string
	titled bool
	// node says that there is a /dev/vmm/NAME.
	node bool
	// watcher says that its manager's shell that starts bhyve again is at work ("vm _run NAME" of vm-bhyve, bhyverun.sh of CBSD).
	// It is only looked for where there is no process and the manager has it as running.
	watcher bool
	// foreign says that vm's lock is another host's: the virtual machine runs there, if at all.
	foreign bool
}
