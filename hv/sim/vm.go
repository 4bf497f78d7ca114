package sim

import (
	"fmt"
	"time"

	"github.com/vmond/vmond/hv"
)

// A vm is a virtual machine. What is not here is drawn from the seed by its id whenever it is asked for, so that a
// hundred thousand of them are cheap.
type vm struct {
	id   uint64
	key  string
	name string
	uuid hv.UUID

	state     hv.OperState
	autostart bool
	transient bool
	// incoming tells a migration from another hypervisor from one to another, stays one that becomes persistent here
	// when it has arrived, paused a virtual machine that was paused when it was saved, asleep one whose guest put
	// itself to sleep in memory.
	incoming, stays, paused, asleep bool

	run   int64         // the present run, or 0
	began time.Duration // when that run's process began

	executing bool          // whether the guest's code is executed
	since     time.Duration // when executing last changed
	ran       time.Duration // for how long it was executed in this run until since
	past      time.Duration // and in all earlier runs

	// own is the definition if it is not the one drawn, next the one that takes its place when the run ends.
	own, next *hv.Definition
	// attached tells how far the run had come when a device was attached to it, by diskSort or nicSort and its key.
	attached map[string]time.Duration

	at  int   // its place in the world's list
	due *step // the end of what it is doing, or nil
}

// active reports whether there is a process.
func (v *vm) active() bool { return v.run != 0 }

// executed returns for how long the guest's code was executed in the present run.
func (v *vm) executed(now time.Duration) time.Duration {
	if v.executing {
		return v.ran + now - v.since
	}
	return v.ran
}

// lived returns the same for all runs.
func (v *vm) lived(now time.Duration) time.Duration { return v.past + v.executed(now) }

// admin returns what the administrator wants it to be doing, which is what the state leads to.
func (v *vm) admin() hv.AdminState {
	switch v.state {
	case hv.StatePaused:
		return hv.AdminPaused
	case hv.StateSuspending, hv.StateSuspended:
		return hv.AdminSuspended
	case hv.StateRunning, hv.StateResuming, hv.StateMigrating:
		return hv.AdminRunning
	}
	if v.state == hv.StateCrashed && v.active() {
		return hv.AdminRunning
	}
	return hv.AdminShutdown
}

// summary returns what States tells of it.
func (v *vm) summary() hv.Summary {
	return hv.Summary{
		Key:        v.key,
		UUID:       v.uuid,
		Name:       v.name,
		State:      v.state,
		Admin:      v.admin(),
		AutoStart:  hv.AnswerOf(v.autostart),
		Persistent: hv.AnswerOf(!v.transient),
		Run:        v.run,
	}
}

// The two sorts of devices, so that a disk and an interface may have one key.
const (
	diskSort = "disk "
	nicSort  = "nic "
)

// present returns for how long a device has seen the guest's code executed in the present run.
func (v *vm) present(sort, key string, now time.Duration) time.Duration {
	if v.attached == nil {
		return v.executed(now)
	}
	return v.executed(now) - v.attached[sort+key]
}

// drawUUID returns a random UUID (RFC 4122, section 4.4) that is always the same for one seed and id.
func drawUUID(seed, id uint64) hv.UUID {
	const (
		version, versionMask = 0x40, 0x0f
		variant, variantMask = 0x80, 0x3f
	)
	var u hv.UUID
	for i := range u {
		u[i] = byte(draw(seed, forUUID, id, uint64(i/octets)) >> (i % octets * octets))
	}
	u[6] = version | u[6]&versionMask
	u[8] = variant | u[8]&variantMask
	return u
}

// octets is the number of octets in a draw, and of bits in an octet.
const octets = 8

// drawName returns a name such as web-0001. Only the word is drawn: the number makes it unique.
func drawName(seed, id uint64) string {
	role := pick(draw(seed, forRole, id), "web", "db", "mail", "cache", "build", "app", "proxy", "queue")
	return fmt.Sprintf("%s-%04d", role, id)
}

// another returns the name that v is given by a change: the one that was drawn, or an older form of it.
func another(seed uint64, v *vm) string {
	name := drawName(seed, v.id)
	if v.name == name {
		return "old-" + name
	}
	return name
}
