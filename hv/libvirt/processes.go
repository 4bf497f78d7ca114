package libvirt

import (
	"context"
	"maps"
	"os"
	"strconv"
	"strings"
	"sync"
)

// maxScans is how many command lines are read at once: of processes that may keep us from theirs for ever, it is enough.
const maxScans = 8

// processes finds the processes of virtual machines. The whole of /proc is read only if need be, and once for all
// that are asked for together. While a scan is under way no other of the same begins.
type processes struct {
	mu    sync.Mutex
	fresh bool            // all began no earlier than the question
	all   *scan           // the last one of all processes
	ones  map[birth]*scan // those of a single process that are under way
}

// A birth is what tells a process from all others: see [process].
type birth struct {
	pid   int
	start int64
}

// renew says that the questions that follow are new ones.
func (p *processes) renew() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fresh = false
}

// hasProcesses reports whether the virtual machines of that driver have processes that can be found: Xen's have none.
func hasProcesses(driver string) bool { return driver == driverQEMU || driver == driverLXC }

// find returns the process of d, or nil if none can be found.
func (p *processes) find(ctx context.Context, f files, driver string, d domain) *process {
	switch driver {
	case driverLXC:
		return f.container(strconv.Itoa(int(d.id))) // its ID is the PID of libvirt_lxc
	case driverQEMU:
		return p.qemu(ctx, f, d)
	}
	return nil
}

// container returns the first process of a container, which is the child of its libvirt_lxc.
func (f files) container(lxc string) *process {
	pid, ok := f.child(lxc)
	if !ok {
		return nil
	}
	return f.sure(pid, func(*process) bool {
		again, ok := f.child(lxc)
		return ok && again == pid
	})
}

// child returns the PID of the first of the children of a process.
func (f files) child(pid string) (int, bool) {
	text, _ := f.read("proc", pid, "task", pid, "children")
	first, _, _ := strings.Cut(text, " ")
	child, err := strconv.Atoi(first)
	return child, err == nil
}

// qemu returns the QEMU of d: from libvirt's PID file, or from the list of all processes, as when the files of the
// daemon are elsewhere.
func (p *processes) qemu(ctx context.Context, f files, d domain) *process {
	uuid := d.uuid.String()
	is := func(found *process) bool { return p.one(f, found).wait(ctx)[uuid] == found.pid }
	if !strings.Contains(d.name, "/") {
		text, _ := f.read("run/libvirt/qemu", d.name+".pid")
		if pid, err := strconv.Atoi(text); err == nil {
			if found := f.sure(pid, is); found != nil {
				return found
			}
		}
	}
	pid, ok := p.list(f).wait(ctx)[uuid]
	if !ok {
		return nil
	}
	return f.sure(pid, is)
}

// sure returns the process of that PID if it is the right one. That is asked between two looks at when it began: a PID may
// be another's by then.
func (f files) sure(pid int, is func(found *process) bool) *process {
	found := f.process(pid)
	if found == nil || !is(found) || !found.same(f.process(pid)) {
		return nil
	}
	return found
}

// list returns the scan of all processes. One that is under way serves those who come meanwhile.
func (p *processes) list(f files) *scan {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.all == nil || !p.fresh && p.all.over() {
		p.fresh, p.all = true, begin(func() map[string]int {
			pids, _ := f.names("proc")
			return f.qemus(pids)
		})
	}
	return p.all
}

// one returns the scan of a single process, or nil if too many are under way.
func (p *processes) one(f files, of *process) *scan {
	p.mu.Lock()
	defer p.mu.Unlock()
	maps.DeleteFunc(p.ones, func(_ birth, s *scan) bool { return s.over() })
	key := birth{of.pid, of.start}
	if s := p.ones[key]; s != nil || len(p.ones) >= maxScans {
		return s
	}
	if p.ones == nil {
		p.ones = map[birth]*scan{}
	}
	s := begin(func() map[string]int { return f.qemus([]string{strconv.Itoa(of.pid)}) })
	p.ones[key] = s
	return s
}

// qemus reads the command lines of processes.
func (f files) qemus(pids []string) map[string]int {
	byUUID := map[string]int{}
	for _, name := range pids {
		pid, err := strconv.Atoi(name)
		if err != nil {
			continue
		}
		if uuid := f.uuid(name); uuid != "" {
			byUUID[uuid] = pid
		}
	}
	return byUUID
}

// names returns what is in a directory, as far as that can be read.
func (f files) names(path ...string) ([]string, error) {
	dir, err := os.Open(f.path(path...))
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	return dir.Readdirnames(-1)
}

// uuid returns the UUID that the process was given as a QEMU, in libvirt's way: -uuid UUID. It is empty for others.
func (f files) uuid(pid string) string {
	text, _ := f.read("proc", pid, "cmdline")
	args := strings.Split(text, "\x00")
	for i, arg := range args {
		if arg == "-uuid" && i+1 < len(args) {
			return args[i+1]
		}
	}
	return ""
}
