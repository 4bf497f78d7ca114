package bhyve

import (
	"maps"
	"time"
)

// A spent is the CPU time that processes used which are no more.
type spent struct {
	// total is of the whole processes, cpus of the threads of each virtual CPU by its number.
	total time.Duration
	cpus  map[int]time.Duration
}

// plus returns the sum. Neither s nor t is changed, nor do they share anything with it.
func (s spent) plus(t spent) spent {
	sum := spent{total: s.total + t.total, cpus: make(map[int]time.Duration, max(len(s.cpus), len(t.cpus)))}
	maps.Copy(sum.cpus, s.cpus)
	for id, d := range t.cpus {
		sum.cpus[id] += d
	}
	return sum
}

// most returns the greater of the two in each part. Neither s nor t is changed, nor do they share anything with it.
func (s spent) most(t spent) spent {
	top := spent{total: max(s.total, t.total), cpus: make(map[int]time.Duration, max(len(s.cpus), len(t.cpus)))}
	maps.Copy(top.cpus, s.cpus)
	for id, d := range t.cpus {
		top.cpus[id] = max(top.cpus[id], d)
	}
	return top
}
