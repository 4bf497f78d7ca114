package collector

import (
	"slices"
	"time"

	"github.com/vmond/vmond/hv"
)

// A record is what the store keeps of one virtual machine. Its times are uptimes of the hypervisor: unlike those of
// the wall clock they do not step, and unlike monotonic readings they outlive vmond.
type record struct {
	Index int32 `json:"index"`
	// UUID, Name and Persistent are those of the last look: what is told of the virtual machine once it is gone.
	UUID       hv.UUID   `json:"uuid,omitzero"`
	Name       string    `json:"name"`
	Persistent hv.Answer `json:"persistent"`
	// State is the last one that was known, from which the next change starts. It is absent if there is none in this
	// life of the hypervisor.
	State hv.Opt[hv.OperState] `json:"state,omitzero"`

	Disks numbers `json:"disks,omitempty"`
	NICs  numbers `json:"nics,omitempty"`

	// Admin and Run are those of the last look.
	Admin hv.AdminState `json:"admin"`
	Run   int64         `json:"run,omitempty"`
	// Started is when the virtual machine was last brought from shutdown to running, StartedRun the run that began
	// with that. A save and restore begins another run, and leaves both.
	Started    hv.Opt[time.Duration] `json:"started,omitzero"`
	StartedRun int64                 `json:"started_run,omitempty"`

	// Gone is when the virtual machine vanished. It is absent while it exists.
	Gone hv.Opt[time.Duration] `json:"gone,omitzero"`

	saved    bool // the index is on disk
	early    bool // it was there when nobody could tell a change: that it appears at last is none
	numbered bool // a device was given an index that is not, or the index was given another key

	seen uint64 // the number of the last reading of the states that had it
	vm   *VM    // as the inventory has it, nil where it has none
}

// sameStart is how far two readings of one process's start may be apart.
const sameStart = time.Second

// clone returns a copy for the store that shares nothing with r, or nil for nil.
func (r *record) clone() *record {
	if r == nil {
		return nil
	}
	c := *r
	c.vm = nil
	c.Disks, c.NICs = slices.Clone(r.Disks), slices.Clone(r.NICs)
	return &c
}

// exists reports whether the virtual machine existed at the last look.
func (r *record) exists() bool { return r.Gone.IsZero() }

// follow notes what the Summary s, read at the uptime now, says of when the virtual machine was started. watched says
// that somebody was looking all the time since the last look, so that a start that was not there then is new. It
// reports whether the record changed.
func (r *record) follow(s hv.Summary, now time.Duration, watched bool) bool {
	if s.Admin == hv.AdminUnknown {
		return false
	}
	old := *r
	if r.Run < 0 && s.Run > 0 && watched {
		r.learn(s.Run)
	}
	wasUp := r.Admin != hv.AdminUnknown && r.Admin != hv.AdminShutdown
	sameRun := s.Run == r.Run
	saved, restored := s.Run == 0, r.Run == 0 || r.Admin == hv.AdminSuspended // or restored before anybody saw it saved
	switch {
	case s.Admin == hv.AdminShutdown:
		r.Started, r.StartedRun = hv.Opt[time.Duration]{}, 0
	case wasUp && (sameRun || saved || restored):
		// The administrative state was never shutdown in between.
	default:
		r.Started, r.StartedRun = hv.Opt[time.Duration]{}, s.Run
		if watched {
			r.Started = hv.Some(now)
		}
	}
	r.Admin, r.Run = s.Admin, s.Run
	return r.Admin != old.Admin || r.Run != old.Run ||
		r.StartedRun != old.StartedRun || r.Started != old.Started
}

// identify notes who the virtual machine is. It reports whether the record changed.
func (r *record) identify(s hv.Summary) bool {
	if r.UUID == s.UUID && r.Name == s.Name && r.Persistent == s.Persistent {
		return false
	}
	r.UUID, r.Name, r.Persistent = s.UUID, s.Name, s.Persistent
	return true
}

// learn gives the present run, which was known from an event only, the number that the hypervisor has for it. It may be
// that of another run if somebody did not look all the time.
func (r *record) learn(run int64) {
	if r.StartedRun == r.Run {
		r.StartedRun = run
	}
	r.Run = run
}

// refine takes the start of the process of the present run, which is exact, for the start of the virtual machine if
// that began with this run. It reports whether the record changed.
func (r *record) refine(process time.Duration) bool {
	if r.Run == 0 || r.StartedRun != r.Run {
		return false
	}
	if t, ok := r.Started.Get(); ok && (t-process).Abs() < sameStart {
		return false
	}
	r.Started = hv.Some(process)
	return true
}
