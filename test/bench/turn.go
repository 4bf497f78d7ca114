package bench

import (
	"runtime"
	"syscall"
	"time"
)

// A cost is what one call took on average: the time that passed, and what this process used of the CPUs, in milliseconds.
type cost struct{ wall, cpu float64 }

// callFor calls f until so long has passed, once at least. The garbage of what was before is no cost of it.
func callFor(turn time.Duration, f func()) cost {
	runtime.GC()
	began, used, calls := time.Now(), usedCPU(), 0
	for calls == 0 || time.Since(began) < turn {
		f()
		calls++
	}
	return cost{milliseconds(time.Since(began)) / float64(calls), milliseconds(usedCPU()-used) / float64(calls)}
}

// usedCPU returns how long this process has used a CPU so far (getrusage(2)).
func usedCPU() time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		panic("bench: " + err.Error()) // which nothing but a wrong argument makes it be
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// milliseconds returns d as so many of them.
func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
