package bhyve

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// The names of programs that matter (ki_comm).
const (
	bhyveProgram     = "bhyve"
	bhyveloadProgram = "bhyveload"
	grubProgram      = "grub-bhyve"
)

// The variables that tell of processes (kern_proc.c).
const (
	processesVariable = "kern.proc.proc"
	argsVariable      = "kern.proc.args"
)

// A running is a living process that is about one virtual machine: its bhyve, or what loads a kernel for it.
type running struct {
	freebsd.Process
	// vm is the name of the virtual machine.
	vm     string
	args   []string
	titled bool
	// uuid is the guest's as far as the command line told it before there was a title, or zero.
	uuid   hv.UUID
	origin origin
}

// loads says that it is not bhyve, but loads a kernel for it.
func (r running) loads() bool { return r.Name != bhyveProgram }

// A population is all processes at one moment, without those that have ended and were not waited for.
type population map[int]freebsd.Process

// An incarnation tells a process from a later one that has its number.
type incarnation struct {
	pid int
	// born is how long after the host's boot it was started, which nobody changes by setting the clock.
	born time.Duration
}

func incarnationOf(p freebsd.Process) incarnation { return incarnation{pid: p.PID, born: p.Born} }

// A census finds the processes that run virtual machines.
type census struct {
	sys freebsd.Kernel

	mu sync.Mutex
	// titled are those of bhyve that have set their title, which they do once.
	titled map[incarnation]running
	// uuids are of those that were seen before they set it.
	uuids map[incarnation]hv.UUID
	// origins are of those whose ancestors were seen, which may be gone by now.
	origins map[incarnation]origin
}

func newCensus(sys freebsd.Kernel) *census {
	return &census{
		sys: sys, titled: map[incarnation]running{}, uuids: map[incarnation]hv.UUID{}, origins: map[incarnation]origin{},
	}
}

// population reads all processes.
func (c *census) population() (population, error) {
	processes, err := readProcesses(c.sys, processesVariable)
	if err != nil {
		return nil, err
	}
	p := make(population, len(processes))
	for _, process := range processes {
		if process.State != freebsd.Zombie {
			p[process.PID] = process
		}
	}
	return p, nil
}

// running returns those of the processes that run virtual machines, by their numbers. The error is of those whose command lines cannot
// be read, which are left out unless their title is known: the rest is good.
func (c *census) running(p population) ([]running, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forget(p)
	var (
		all  []running
		errs []error
	)
	for _, pid := range slices.Sorted(maps.Keys(p)) {
		process := p[pid]
		switch process.Name {
		case bhyveProgram, bhyveloadProgram, grubProgram:
		default:
			continue
		}
		r, ok, err := c.identify(process)
		if err != nil {
			errs = append(errs, err)
		}
		if !ok {
			continue
		}
		r.origin = c.origin(r, p)
		all = append(all, r)
	}
	if len(errs) > 0 {
		return all, fmt.Errorf("%s of bhyve cannot be told apart: %w", counted(len(errs), "process", "processes"), errs[0])
	}
	return all, nil
}

// forget lets go of processes that are no more. The caller holds mu.
func (c *census) forget(p population) {
	over := func(i incarnation) bool {
		now, ok := p[i.pid]
		return !ok || incarnationOf(now) != i
	}
	maps.DeleteFunc(c.titled, func(i incarnation, _ running) bool { return over(i) })
	maps.DeleteFunc(c.uuids, func(i incarnation, _ hv.UUID) bool { return over(i) })
	maps.DeleteFunc(c.origins, func(i incarnation, _ origin) bool { return over(i) })
}

// identify finds whose process it is. It is not ok if nobody's: it has ended, or does not say. The caller holds mu.
func (c *census) identify(p freebsd.Process) (r running, ok bool, err error) {
	if r, ok := c.titled[incarnationOf(p)]; ok {
		r.Process = p
		return r, true, nil
	}
	args, err := c.args(p.PID)
	if errors.Is(err, freebsd.ErrNoProcess) {
		return running{}, false, nil
	}
	if err != nil {
		return running{}, false, err
	}
	r = running{Process: p, args: args}
	if name, ok := freebsd.Title(args); ok && !r.loads() {
		r.vm, r.titled, r.uuid = name, true, c.uuids[incarnationOf(p)]
		c.titled[incarnationOf(p)] = r
		return r, true, nil
	}
	r.vm, ok = freebsd.Operand(args)
	if ok && !r.loads() {
		r.uuid = parseOptions(args[1:]).uuid()
		c.uuids[incarnationOf(p)] = r.uuid
	}
	return r, ok, nil
}

// args reads the command line of a process, or the title that it has set.
func (c *census) args(pid int) ([]string, error) {
	octets, err := c.sys.Sysctl(argsVariable, pid)
	if err != nil {
		return nil, fmt.Errorf("read %q of process %d: %w", argsVariable, pid, err)
	}
	return freebsd.DecodeArgs(octets), nil
}
