package agentx

import "time"

const (
	// followAfter is how many requests in a row must have come at once before the master is followed.
	followAfter = 8
	// lookGap is the least time between two looks at where the master is.
	lookGap = 2 * time.Millisecond
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
// CPU. Where a CPU is idle, the kernel would always choose that one. It belongs to one goroutine.
type follower struct {
	place  place // nil where the master cannot be followed
	cpu    int   // where the thread stays, or nowhere
	row    int   // of requests that came at once
	looked time.Time
}

// follows reports whether the master is followed now.
func (f *follower) follows() bool { return f.place != nil && f.cpu != nowhere }

// came says that a request came at once.
func (f *follower) came(now time.Time) {
	if f.place == nil {
		return
	}
	f.row++
	if f.row < followAfter || now.Sub(f.looked) < lookGap {
		return
	}
	f.looked = now
	cpu, err := f.place.master()
	if err == nil && cpu != f.cpu {
		err = f.place.stay(cpu)
	}
	if err != nil {
		f.rest() // until the next look: it may have moved to where the thread may not be, and may come back
		return
	}
	f.cpu = cpu
}

// rest says that no request came: nobody is followed for now.
func (f *follower) rest() {
	f.row = 0
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
