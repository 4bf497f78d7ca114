package bench

import (
	"runtime"
	"syscall"
	"time"
)

// A cost is what one call took on average: the time that passed, and what this process and those that it ran used of the CPUs, in
// milliseconds.
type cost struct{ wall, cpu, children float64 }

// callFor calls f until so long has passed, once at least. The garbage of what was before is no cost of it.
func callFor(turn time.Duration, f func()) cost {
	runtime.GC()
	began, used, theirs, calls := time.Now(), usedCPU(), childrensCPU(), 0
	for calls == 0 || time.Since(began) < turn {
		f()
		calls++
	}
	took := time.Since(began)
	used, theirs = usedCPU()-used, childrensCPU()-theirs
	n := float64(calls)
	return cost{milliseconds(took) / n, milliseconds(used) / n, milliseconds(theirs) / n}
}

// usedCPU returns how long this process has used a CPU so far, and childrensCPU how long those did that it ran and that have ended.
func usedCPU() time.Duration      { return cpuOf(syscall.RUSAGE_SELF) }
func childrensCPU() time.Duration { return cpuOf(syscall.RUSAGE_CHILDREN) }

// cpuOf returns for how long a CPU was used in user mode and in the kernel (getrusage(2)).
func cpuOf(who int) time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(who, &r); err != nil {
		panic("bench: " + err.Error()) // which nothing but a wrong argument makes it be
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// milliseconds returns d as so many of them.
func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
