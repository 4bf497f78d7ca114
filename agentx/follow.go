package agentx

import "time"

const (
	// followAfter is how many requests in a row must have come at once before the master is followed, and how many more before
	// it must still be where it was.
	followAfter = 8
	// lookGap is the time from one look at where the master is to the next, while it stays there.
	lookGap = 2 * time.Millisecond
	// shortestFlight is how long a master is not followed that went elsewhere at once, the first time; it is twice as long each
	// further time, up to longestFlight.
	shortestFlight = 10 * time.Millisecond
	longestFlight  = time.Second
	// nowhere is no CPU.
	nowhere = -1
)

// A place is where the master runs, and the thread that calls.
type place interface {
	// master returns the CPU that the master has run on last.
	master() (cpu int, err error)
	// stay has the thread run on this CPU alone, and the goroutine on this thread.
	stay(cpu int) error
	// leave lets both run again wherever they might before they stayed.
	leave()
	// close ends the place.
	close()
}

// A follower has the thread that answers run on the CPU of the master while that walks. Only one of the two has something to do at
// a time, so they lose nothing by it; and to hand over to a thread on the same CPU takes a fraction of what it takes to wake another
// CPU. But it is for the kernel to say where the master wakes up. Where that is always another CPU, since that one is idle, nothing
// is won, and the master is left alone for a while. It belongs to one goroutine.
type follower struct {
	place  place // nil where the master cannot be followed
	cpu    int   // where the thread stays, or nowhere
	row    int   // of requests that came at once, since the thread went there or left
	proven bool  // the master has stayed there too
	looked time.Time
	after  time.Time     // when the master is followed again, at the earliest
	flight time.Duration // how long it was left alone the last time
}

// follows reports whether the master is followed now.
func (f *follower) follows() bool { return f.place != nil && f.cpu != nowhere }

// came says that a request came at once.
func (f *follower) came(now time.Time) {
	if f.place == nil {
		return
	}
	f.row++
	if f.row < followAfter || now.Before(f.after) || f.proven && now.Sub(f.looked) < lookGap {
		return
	}
	f.looked = now
	cpu, err := f.place.master()
	switch {
	case err == nil && cpu == f.cpu:
		f.proven, f.flight = true, 0
	case err == nil && !f.follows():
		f.start(cpu)
	case f.proven:
		f.rest() // and follows it to where it has gone
	default:
		f.avoid()
	}
}

// start follows the master to that CPU.
func (f *follower) start(cpu int) {
	if f.place.stay(cpu) != nil {
		f.avoid()
		return
	}
	f.cpu, f.row = cpu, 0
}

// avoid leaves the master alone for a while.
func (f *follower) avoid() {
	f.flight = min(max(2*f.flight, shortestFlight), longestFlight)
	f.after = f.looked.Add(f.flight)
	f.rest()
}

// rest says that no request came: nobody is followed for now.
func (f *follower) rest() {
	f.row, f.proven = 0, false
	if f.follows() {
		f.cpu = nowhere
		f.place.leave()
	}
}

// end says that no request will come any more.
func (f *follower) end() {
	f.rest()
	if f.place != nil {
		f.place.close()
		f.place = nil
	}
}
