package librenms

import (
	"time"

	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
)

// process adds what the host counts of the process.
func (r *reader) process(f *figures, vm *collector.VM) {
	if !vm.Active() {
		f.fill(ofProcess, zero)
		return
	}
	if p := vm.Process; p != nil {
		f[rss], f[vsz] = sized(p.Resident), sized(p.Virtual)
		f[usertime], f[systime] = lasted(p.UserTime, cpuUnit), lasted(p.SystemTime, cpuUnit)
		f[majflt], f[minflt], f[cow] = counted(p.MajorFaults), counted(p.MinorFaults), counted(p.CopyFaults)
		f[nvcsw], f[nivcsw] = counted(p.VoluntarySwitches), counted(p.InvoluntarySwitches)
		f[nswap], f[inblk], f[oublk] = counted(p.Swaps), counted(p.BlockReads), counted(p.BlockWrites)
		f[nice], f[pri] = signed(p.Nice), signed(p.Priority)
		f[pmem] = r.memoryShare(p)
		if share, known := cpuShare(p); known {
			f[pcpu] = percentage(share, 1)
		}
		if age, known := p.Age.Get(); known && !vm.StatsAt.IsZero() {
			f[etimes] = lasted(hv.Some((age + max(r.now.Sub(vm.StatsAt), 0)).Truncate(time.Second)), time.Second)
		}
	}
	r.judge(f, ofProcess, vm)
}

// memoryShare returns which part of the host's memory a process has.
func (r *reader) memoryShare(p *hv.Process) figure {
	resident, known := p.Resident.Get()
	if memory, ok := r.memory.Get(); ok && known {
		return percentage(float64(resident), float64(memory))
	}
	return figure{}
}

// cpuShare returns how much of one CPU a process has used since it began, as ps(1) reckons it, if that is known.
func cpuShare(p *hv.Process) (float64, bool) {
	user, knownUser := p.UserTime.Get()
	system, knownSystem := p.SystemTime.Get()
	age, knownAge := p.Age.Get()
	if !knownUser || !knownSystem || !knownAge || age <= 0 {
		return 0, false
	}
	return (user.Seconds() + system.Seconds()) / age.Seconds(), true
}
