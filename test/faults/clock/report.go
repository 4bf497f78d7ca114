// Package clock is what a guest tells of the vmond in it while it sets its own clock: that of this machine nobody touches.
package clock

import "time"

// The lines around the report on the guest's console, where others write too.
const (
	Begin = "the report begins"
	End   = "the report ends"
)

// A Report is what happened in the guest.
type Report struct {
	Steps []Step
	// Violations are what of RFC 2741 vmond broke.
	Violations []string
	// Trouble is why the report ends too early. It is empty if it does not.
	Trouble string
	// Exit is how vmond ended: "" for the exit status 0.
	Exit string
}

// A Step is what happened when the clock was set once.
type Step struct {
	// Set is by how much. The first step sets it by nothing, and is what the others are held against.
	Set time.Duration
	// Before is from just before, After from then on.
	Before Sample
	After  []Sample
	// Shown is what "vmond show" wrote as soon as the clock was set.
	Shown string
	// Told is how many changes there were after that: only of later ones is it sure that they were learned of when the clock
	// showed its new time.
	Told uint64
}

// Readings returns how many readings of the statistics the samples after the step are of.
func (s Step) Readings() int {
	read := map[time.Time]bool{}
	for _, one := range s.After {
		var last time.Time
		for _, vm := range one.VMs {
			// Told in the terms of the same clock, it is the same moment in all samples.
			if at := vm.StatsAt.Round(100 * time.Millisecond); at.After(last) {
				last = at
			}
		}
		read[last] = true
	}
	return len(read)
}

// Watched is how long vmond was watched, from before the clock was set.
func (s Step) Watched() time.Duration {
	return s.last().Elapsed - s.Before.Elapsed
}

// GoesOn reports whether it was seen that vmond goes on after the clock was set: it has read statistics anew, learned of a
// change, and told the service manager that it lives.
func (s Step) GoesOn() bool {
	return s.Readings() > 1 && s.last().Events != s.Told && s.last().Fed != s.Before.Fed
}

// last returns the last sample there is.
func (s Step) last() Sample {
	if len(s.After) == 0 {
		return s.Before
	}
	return s.After[len(s.After)-1]
}

// A Sample is what vmond tells at one moment.
type Sample struct {
	// Wall is what the guest's clock showed, Elapsed how long the guest was running by one that is not set.
	Wall    time.Time
	Elapsed time.Duration

	// HvUpTime and TableLastChange are the scalars of those names, in hundredths of a second.
	HvUpTime, TableLastChange uint32
	// VMs are the rows of vmTable, by vmIndex.
	VMs map[uint32]VM

	// Uptime is that of /health, Ages the ages in it by the reading.
	Uptime time.Duration
	Ages   map[string]time.Duration

	// ToldAt, StatesAt and HostStarted are those of /snapshot, StatesAge too.
	ToldAt, StatesAt, HostStarted time.Time
	StatesAge                     time.Duration

	// Events is how many changes there were, LastEvent when the last of them is said to have been.
	Events    uint64
	LastEvent time.Time
	// Notifications is how many the master has received, Fed how often the service manager was told that all is well.
	Notifications, Fed int
	// Worked is the CPU time that vmond has used.
	Worked time.Duration
}

// A VM is what is told of a virtual machine.
type VM struct {
	UUID string
	// UpTime is vmUpTime, if there is one.
	UpTime *uint32
	// Active, Stale, StatsAt and StatsAge are those of /snapshot.
	Active, Stale bool
	StatsAt       time.Time
	StatsAge      *time.Duration
}
