package agentx

import (
	"net"
	"runtime"
	"time"
)

const (
	// maxPoll is the longest that the next request may be awaited awake.
	maxPoll = time.Millisecond
	// look is the time from one look for the next request to the next: without it, the looks would slow down the master, with
	// which this CPU may share its core.
	look = time.Microsecond
	// doze is how long the next request is awaited asleep, outside of the runtime. It is longer than the tick of most kernels
	// (1 or 4 ms), so that it is seldom the next time that the clock has to be set to, which takes longer than all else in a
	// virtual machine. It is also how long at most the bell is not heard.
	doze = 5 * time.Millisecond
	// maxTurns is how many requests in a row are awaited so. The next is awaited in the runtime, which may have found
	// something to do for other goroutines.
	maxTurns = 64
)

// A vigil awaits the next request of the master right after an answer. A master that walks a table sends it within
// microseconds, and to go to sleep in the runtime and to be woken there takes longer than all else that there is to do. So it
// is first awaited awake, then asleep in the kernel, and once a walk is on, on the CPU of the master. While it lasts it keeps one
// of the runtime's processors, which is why it is short. It belongs to one goroutine.
type vigil struct {
	line          *nowait
	length        time.Duration // of awake where there is more than one processor
	awake, asleep poll
	turns         int // in a row
	follower      follower
}

// newVigil returns a vigil that is awake for so long, or none if that is 0.
func newVigil(conn net.Conn, awake time.Duration) *vigil {
	v := &vigil{line: newNowait(conn), length: awake}
	if awake == 0 {
		return v
	}
	v.asleep.length = doze
	if runtime.NumCPU() > 1 {
		v.follower = follower{place: newPlace(conn), cpu: nowhere}
	}
	return v
}

// await reads what comes into buf and returns how much that is: 0 if nothing came in time, or called says that there is something
// else to do.
func (v *vigil) await(buf []byte, called func() bool) int {
	if v.turns == maxTurns {
		v.turns = 0
		return 0
	}
	if v.turns == 0 {
		v.awake.length = v.bearable()
	}
	v.turns++
	receive := func() (int, bool) { return v.line.receive(buf) }
	n, again := 0, true
	if !v.follower.follows() { // on the CPU of the master, to be awake would keep it from going on
		n, again = v.awake.try(receive, watch, called)
	}
	if n == 0 && again && !called() {
		n, _ = v.asleep.try(receive, v.line.sleep, called)
	}
	if n == 0 {
		v.turns = 0 // it is the runtime's
		v.follower.rest()
		return 0
	}
	v.follower.came(time.Now())
	return n
}

// end says that nothing more is awaited.
func (v *vigil) end() { v.follower.end() }

// bearable returns how long a vigil may be awake. Nobody stays awake on the only CPU: the master needs it to send the request.
// How many there are may change while the program runs.
func (v *vigil) bearable() time.Duration {
	if runtime.GOMAXPROCS(0) == 1 {
		return 0
	}
	return v.length
}

// watch lets the time of a look pass, awake.
func watch(left time.Duration) bool {
	for began := time.Now(); time.Since(began) < min(look, left); {
	}
	return true
}
