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

// A lookout awaits the next request of the master right after an answer. A master that walks a table sends it within
// microseconds, and to go to sleep in the runtime and to be woken there takes longer than all else that there is to do. So it
// is first awaited awake, then asleep in the kernel, and once a walk is on, on the CPU of the master. While it lasts it keeps one
// of the runtime's processors, which is why it is short. It belongs to one goroutine.
type lookout struct {
	line          *nowait
	length        time.Duration // of awake where there is more than one processor
	awake, asleep poll
	turns         int // in a row
	follower      follower
}

// newLookout returns a lookout that is awake for so long, or none if that is 0.
func newLookout(conn net.Conn, awake time.Duration) *lookout {
	l := &lookout{line: newNowait(conn), length: awake}
	if awake == 0 {
		return l
	}
	l.asleep.length = doze
	if runtime.NumCPU() > 1 {
		l.follower = follower{place: newPlace(conn), cpu: nowhere}
	}
	return l
}

// await reads what comes into buf and returns how much that is: 0 if nothing came in time, or called says that there is something
// else to do.
func (l *lookout) await(buf []byte, called func() bool) int {
	if l.turns == maxTurns {
		l.turns = 0
		return 0
	}
	if l.turns == 0 {
		l.awake.length = l.bearable()
	}
	l.turns++
	receive := func() (int, bool) { return l.line.receive(buf) }
	n, again := 0, true
	if !l.follows() { // on the CPU of the master, to be awake would keep it from going on
		n, again = l.awake.try(receive, watch, called)
	}
	if n == 0 && again && !called() {
		n, _ = l.asleep.try(receive, l.line.sleep, called)
	}
	if n == 0 {
		l.turns = 0 // it is the runtime's
		l.rest()
		return 0
	}
	l.follower.came(time.Now())
	return n
}

// follows reports whether the thread stays on the CPU of the master, which it does until rest says that no request came.
func (l *lookout) follows() bool { return l.follower.follows() }

// rest says that no request came.
func (l *lookout) rest() { l.follower.rest() }

// end says that nothing more is awaited.
func (l *lookout) end() { l.follower.end() }

// bearable returns how long a lookout may be awake. Nobody stays awake on the only CPU: the master needs it to send the request.
// How many there are may change while the program runs.
func (l *lookout) bearable() time.Duration {
	if runtime.GOMAXPROCS(0) == 1 {
		return 0
	}
	return l.length
}

// watch lets the time of a look pass, awake.
func watch(left time.Duration) bool {
	for began := time.Now(); time.Since(began) < min(look, left); {
	}
	return true
}
