package libvirt

import (
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/vmond/vmond/hv"
)

// processes finds the processes of virtual machines. The whole of /proc is read only if need be, and once.
type processes struct {
	files  files
	once   sync.Once
	byUUID map[string]int
}

func (f files) processes() *processes { return &processes{files: f} }

// started returns when the process of d began. It is absent where no process can be found: Xen's virtual machines have
// none.
func (p *processes) started(driver string, d domain, now func() time.Time) hv.Opt[time.Time] {
	switch driver {
	case "lxc":
		return p.files.started(int(d.id), now) // a container's ID is the PID of its first process
	case "qemu":
		if pid, ok := p.qemu(d); ok {
			return p.files.started(pid, now)
		}
	}
	return hv.Opt[time.Time]{}
}

// qemu returns the PID of the QEMU of d: from libvirt's PID file, or from the list of all processes, as when the files
// of the daemon are elsewhere.
func (p *processes) qemu(d domain) (int, bool) {
	uuid := d.uuid.String()
	if !strings.Contains(d.name, "/") {
		text, _ := p.files.read("run/libvirt/qemu", d.name+".pid")
		if pid, err := strconv.Atoi(text); err == nil && p.uuid(strconv.Itoa(pid)) == uuid {
			return pid, true
		}
	}
	p.once.Do(p.scan)
	pid, ok := p.byUUID[uuid]
	return pid, ok
}

// scan reads the command lines of all processes.
func (p *processes) scan() {
	p.byUUID = map[string]int{}
	dir, err := os.Open(p.files.path("proc"))
	if err != nil {
		return
	}
	defer dir.Close()
	names, _ := dir.Readdirnames(-1)
	for _, name := range names {
		pid, err := strconv.Atoi(name)
		if err != nil {
			continue
		}
		if uuid := p.uuid(name); uuid != "" {
			p.byUUID[uuid] = pid
		}
	}
}

// uuid returns the UUID that the process was given as a QEMU, in libvirt's way: -uuid UUID. It is empty for others.
func (p *processes) uuid(pid string) string {
	text, _ := p.files.read("proc", pid, "cmdline")
	args := strings.Split(text, "\x00")
	for i, arg := range args {
		if arg == "-uuid" && i+1 < len(args) {
			return args[i+1]
		}
	}
	return ""
}
