package libvirt

import (
	"os"
	"strconv"
	"strings"
	"sync"
)

// processes finds the processes of virtual machines. The whole of /proc is read only if need be, and once for all
// that are asked for together.
type processes struct {
	mu     sync.Mutex
	fresh  bool // byUUID is not older than the question
	byUUID map[string]int
}

// renew says that the questions that follow are new ones.
func (p *processes) renew() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fresh = false
}

// find returns the PID of d. There is none where no process can be found: Xen's virtual machines have none.
func (p *processes) find(f files, driver string, d domain) (int, bool) {
	switch driver {
	case driverLXC:
		return f.child(strconv.Itoa(int(d.id))) // its ID is the PID of libvirt_lxc, whose child is its first process
	case driverQEMU:
		return p.qemu(f, d)
	}
	return 0, false
}

// child returns the PID of the first of the children of a process.
func (f files) child(pid string) (int, bool) {
	text, _ := f.read("proc", pid, "task", pid, "children")
	first, _, _ := strings.Cut(text, " ")
	child, err := strconv.Atoi(first)
	return child, err == nil
}

// qemu returns the PID of the QEMU of d: from libvirt's PID file, or from the list of all processes, as when the files
// of the daemon are elsewhere.
func (p *processes) qemu(f files, d domain) (int, bool) {
	uuid := d.uuid.String()
	if !strings.Contains(d.name, "/") {
		text, _ := f.read("run/libvirt/qemu", d.name+".pid")
		if pid, err := strconv.Atoi(text); err == nil && f.uuid(strconv.Itoa(pid)) == uuid {
			return pid, true
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.fresh {
		p.fresh, p.byUUID = true, f.qemus()
	}
	pid, ok := p.byUUID[uuid]
	return pid, ok
}

// qemus reads the command lines of all processes.
func (f files) qemus() map[string]int {
	byUUID := map[string]int{}
	for _, name := range f.names("proc") {
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
func (f files) names(path ...string) []string {
	dir, err := os.Open(f.path(path...))
	if err != nil {
		return nil
	}
	defer dir.Close()
	names, _ := dir.Readdirnames(-1)
	return names
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
