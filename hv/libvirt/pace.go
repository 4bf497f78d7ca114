package libvirt

import (
	"sync"
	"time"
)

const (
	// firstChunk is how many virtual machines the first request asks about, of which nothing is known yet; maxChunk is how many
	// one asks about at most. One with 8 virtual CPUs takes 15 kB of the 32 MiB that an answer may have.
	firstChunk = 20
	maxChunk   = 500
	// chunkTime is how long one request should take: so long at most its virtual machines wait for each other's counters.
	chunkTime = 500 * time.Millisecond
	// paceWeight is the part, one in so many, that a request has in what is thought of the next one.
	paceWeight = 4
)

// A pace is how many virtual machines one request asks about, so that it takes no longer than it should, whatever the hypervisor
// needs for one: 5 ms of a QEMU that is idle, much more of one that swaps.
type pace struct {
	mu   sync.Mutex
	cost time.Duration // of one virtual machine; 0 before it is known
}

// size returns how many the next request asks about.
func (p *pace) size() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cost == 0 {
		return firstChunk
	}
	return int(min(max(chunkTime/p.cost, 1), maxChunk))
}

// note notes that a request about n took so long. One that took long makes the next smaller at once; one that did not makes
// it larger by and by.
func (p *pace) note(n int, took time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	cost := max(took/time.Duration(n), 1)
	if p.cost > cost {
		cost = ((paceWeight-1)*p.cost + cost) / paceWeight
	}
	p.cost = cost
}
