package bhyve

import (
	"path"
	"slices"

	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// An origin is who started a process, as its ancestors tell. It decides who a virtual machine belongs to, since two managers may
// each know one of that name.
type origin int

const (
	unknownOrigin origin = iota
	fromLibvirt
	fromVMBhyve
	fromCBSD
)

// maxAncestors is how far up is looked. vm-bhyve's shell and CBSD's lockf(1) are the parent, or next to it.
const maxAncestors = 16

// initPID is the process that inherits orphans.
const initPID = 1

// The programs that managers consist of (ki_comm).
const (
	shProgram    = "sh"
	vmProgram    = "vm"
	lockfProgram = "lockf"
	cbsdProgram  = "cbsd"
)

// libvirtPrograms are libvirt's daemons, the one for all hypervisors and the one for bhyve.
var libvirtPrograms = [...]string{"libvirtd", "virtbhyved"}

// origin returns who started the process. It is remembered, because a process whose parent ends has none any more that would
// tell. The caller holds mu.
func (c *census) origin(r running, p population) origin {
	i := incarnationOf(r.Process)
	if o, ok := c.origins[i]; ok {
		return o
	}
	o, settled := c.trace(r, p)
	if settled {
		c.origins[i] = o
	}
	return o
}

// trace asks the ancestors, the nearest first. The answer is settled if all of them were there to be asked.
func (c *census) trace(r running, p population) (o origin, settled bool) {
	at := r.Process
	for range maxAncestors {
		if at.Parent <= initPID {
			return unknownOrigin, true
		}
		parent, ok := p[at.Parent]
		if !ok {
			return unknownOrigin, false // it ended a moment ago, or is in a jail and not ours to see
		}
		o, err := c.starts(parent, r.vm)
		if err != nil {
			return unknownOrigin, false
		}
		if o != unknownOrigin {
			return o, true
		}
		at = parent
	}
	return unknownOrigin, true
}

// starts says who the process belongs to, if it is one that starts the virtual machine's.
func (c *census) starts(p freebsd.Process, vm string) (origin, error) {
	switch {
	case slices.Contains(libvirtPrograms[:], p.Name):
		return fromLibvirt, nil
	case p.Name == cbsdProgram:
		return fromCBSD, nil
	case p.Name != shProgram && p.Name != vmProgram && p.Name != lockfProgram:
		return unknownOrigin, nil
	}
	args, err := c.args(p.PID)
	switch {
	case err != nil:
		return unknownOrigin, err
	case p.Name == lockfProgram && locks(args, vm):
		return fromCBSD, nil
	case p.Name != lockfProgram && watchOf(args) == watch{by: fromVMBhyve, vm: vm}:
		return fromVMBhyve, nil
	}
	return unknownOrigin, nil
}

// locks says whether the command line is of CBSD's lockf(1), which keeps it from starting a virtual machine twice.
func locks(args []string, vm string) bool {
	return slices.ContainsFunc(args, func(arg string) bool { return path.Base(arg) == "bhyveload."+vm+".lock" })
}
