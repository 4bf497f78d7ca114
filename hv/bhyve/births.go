package bhyve

import (
	"bytes"
	"fmt"
	"time"

	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// maxSets is how often processes are read at most because somebody sets the clock meanwhile.
const maxSets = 3

// readProcesses reads records of kern.proc, and works out when each was born: its start less the host's boot, both of which the
// kernel tells by the clock that is set now (fill_kinfo_proc in kern_proc.c). Where the boot cannot be told, a process is born when it
// was started.
func readProcesses(sys freebsd.Kernel, name string, args ...int) ([]freebsd.Process, error) {
	for set := 1; ; set++ {
		before, _ := sys.Sysctl(bootVariable)
		octets, err := sys.Sysctl(name, args...)
		if err != nil {
			return nil, fmt.Errorf("read %q: %w", name, err)
		}
		after, err := sys.Sysctl(bootVariable)
		if !bytes.Equal(before, after) && set < maxSets {
			continue // the clock was set in between
		}
		boot := time.Unix(0, 0)
		if at, bad := freebsd.DecodeTime(after); err == nil && bad == nil {
			boot = at
		}
		return born(octets, boot, name)
	}
}

// born decodes records of kern.proc, on a host that was booted at that time.
func born(octets []byte, boot time.Time, name string) ([]freebsd.Process, error) {
	processes, err := freebsd.DecodeProcesses(octets)
	if err != nil {
		return nil, fmt.Errorf("decode %q: %w", name, err)
	}
	for i := range processes {
		processes[i].Born = processes[i].Start.Sub(boot)
	}
	return processes, nil
}
