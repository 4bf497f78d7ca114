package control

import (
	"time"

	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
)

// Health says how a running vmond fares.
type Health struct {
	Version string        `json:"version"`
	PID     int           `json:"pid"`
	Uptime  time.Duration `json:"uptime"`
	// Goroutines is how many vmond has now. It does not grow with time, nor with the number of virtual machines.
	Goroutines int `json:"goroutines"`
	// HeapLive is how many bytes of its memory were in use when the garbage was last collected. It grows with the number of
	// virtual machines, also of those that were gone within the last hour, and not with time.
	HeapLive      uint64        `json:"heap_live"`
	Hypervisor    Hypervisor    `json:"hypervisor"`
	Master        Master        `json:"master"`
	Notifications Notifications `json:"notifications"`
	LibreNMS      LibreNMS      `json:"librenms"`
}

// Hypervisor says what is read, and how that goes.
type Hypervisor struct {
	URI string `json:"uri"`
	VMs int    `json:"vms"`
	// Age is how long ago the states were last read completely. It is absent if they never were.
	Age      hv.Opt[time.Duration] `json:"age,omitzero"`
	Readings Readings              `json:"readings"`
}

// Readings are the health of the collector with an age for each of its parts.
type Readings struct {
	States      Reading `json:"states"`
	Definitions Reading `json:"definitions"`
	Statistics  Reading `json:"statistics"`
	Surveys     Reading `json:"surveys"`
	Watch       Reading `json:"watch"`
	Store       Reading `json:"store"`
}

// A Reading is how one part fares.
type Reading struct {
	// Age is the time since the last success. It is absent if there was none.
	Age hv.Opt[time.Duration] `json:"age,omitzero"`
	// Waits is how long the reading that is under way has been. It is absent if none is.
	Waits hv.Opt[time.Duration] `json:"waits,omitzero"`
	collector.ReadingHealth
}

// Master says how vmond fares with the AgentX master.
type Master struct {
	Address   string `json:"address"`
	Connected bool   `json:"connected"`
	// Registered says that the master has VM-MIB from this vmond, Since when that last changed.
	Registered bool      `json:"registered"`
	Since      time.Time `json:"since,omitzero"`
	// Error is why it is not registered. It is empty while it is.
	Error string `json:"error,omitempty"`
	// Requests is how many requests the master has sent.
	Requests uint64 `json:"requests"`
}

// Notifications says whether there are any, and counts them by what became of them since vmond was started.
type Notifications struct {
	// PerVM and Bulk are the two switches as they are now.
	PerVM bool `json:"per_vm"`
	Bulk  bool `json:"bulk"`
	// Waiting are those that the master has not answered yet.
	Waiting int `json:"waiting"`
	// Accepted are those that the master has taken on, which does not mean that a manager has received them.
	Accepted uint64 `json:"accepted"`
	// Refused are those that the master did not take on, and those that were too large to be sent.
	Refused uint64 `json:"refused"`
	// Dropped are those that had to make room for later ones, or that vmond could not send before it ended.
	Dropped uint64 `json:"dropped"`
	// Resent is how often one was sent again because the answer to it had been lost.
	Resent uint64 `json:"resent"`
}

// LibreNMS says how vmond fares with the document for LibreNMS.
type LibreNMS struct {
	// Served says that the master has it from this vmond, Unserved why not.
	Served   bool   `json:"served"`
	Unserved string `json:"unserved,omitempty"`
	// ExtendUnknown is why it is not known whether snmpd has an extend of that name, which the document hides then. It
	// is empty where that is known.
	ExtendUnknown string `json:"extend_unknown,omitempty"`
	// Age is how long ago the document was made of what is known of the virtual machines. It is absent if it never was.
	Age hv.Opt[time.Duration] `json:"age,omitzero"`
	// Octets is how long it is compressed.
	Octets int `json:"octets"`
	// WithoutIfs, WithoutDisks and WithoutVMs are how many were left out of it so that it is not longer than SNMP carries.
	WithoutIfs   int `json:"without_ifs,omitempty"`
	WithoutDisks int `json:"without_disks,omitempty"`
	WithoutVMs   int `json:"without_vms,omitempty"`
	// File is where it is written, FileError why that failed the last time.
	File      string `json:"file,omitempty"`
	FileError string `json:"file_error,omitempty"`
}

// NewReadings returns h with the ages that its parts have at now, which is not before h was taken, and how long they have been
// under way. Its moments are as the clock tells them now: it may have been set since.
func NewReadings(h collector.Health, now time.Time) Readings {
	since := func(t time.Time) hv.Opt[time.Duration] {
		if t.IsZero() {
			return hv.Opt[time.Duration]{}
		}
		return hv.Some(now.Sub(t))
	}
	reading := func(r collector.ReadingHealth) Reading {
		out := Reading{Age: since(r.LastSuccess), Waits: since(r.Asked), ReadingHealth: r}
		for _, t := range []*time.Time{&out.LastSuccess, &out.LastFailure, &out.Asked} {
			*t = collector.Moment(*t, now)
		}
		return out
	}
	return Readings{
		States:      reading(h.States),
		Definitions: reading(h.Definitions),
		Statistics:  reading(h.Statistics),
		Surveys:     reading(h.Surveys),
		Watch:       reading(h.Watch),
		Store:       reading(h.Store),
	}
}
