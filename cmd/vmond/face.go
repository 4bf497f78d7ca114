package main

import (
	"fmt"
	"os"
	"runtime"
	"time"

	"github.com/vmond/vmond/agentx"
	"github.com/vmond/vmond/cmd/internal/control"
	"github.com/vmond/vmond/cmd/internal/events"
	"github.com/vmond/vmond/cmd/internal/librenms"
	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
)

// A face is what the daemon shows of itself.
type face struct {
	began     time.Time
	uri       string
	collector *collector.Collector
	subagent  *agentx.Subagent
	courier   *courier
	keeper    *librenms.Keeper
	exhibit   *exhibit
}

// Snapshot returns the latest snapshot, for somebody who looks at all of it.
func (f face) Snapshot() *collector.Snapshot {
	f.collector.LookCloser()
	return f.collector.Latest()
}

// Events returns the last changes.
func (f face) Events() []events.Event { return f.courier.events() }

// Health returns how the daemon fares.
func (f face) Health() control.Health {
	s, readings := f.collector.Latest(), f.collector.Health()
	now := time.Now() // after all that is older than that
	h := control.Health{
		Version:    version(),
		PID:        os.Getpid(),
		Uptime:     now.Sub(f.began),
		Goroutines: runtime.NumGoroutine(),
		HeapLive:   heapLive(),
		Hypervisor: control.Hypervisor{
			URI:      f.uri,
			VMs:      s.Len(),
			Readings: control.NewReadings(readings, now),
		},
	}
	st := f.subagent.Status()
	h.Master, h.Notifications = masterHealth(st), f.courier.health(st.Notifications)
	h.LibreNMS = documentHealth(f.keeper.Status(), now)
	h.LibreNMS.Served, h.LibreNMS.Unserved = f.exhibit.served(st)
	h.LibreNMS.ExtendUnknown = f.exhibit.extendUnknown()
	if !s.StatesAt.IsZero() {
		h.Hypervisor.Age = hv.Some(now.Sub(s.StatesAt))
	}
	return h
}

// documentHealth returns how it goes with the document for LibreNMS, but for whether the master has it.
func documentHealth(st librenms.Status, now time.Time) control.LibreNMS {
	l := control.LibreNMS{
		Octets: st.Octets, WithoutIfs: st.WithoutIfs, WithoutDisks: st.WithoutDisks, WithoutVMs: st.WithoutVMs,
		File: st.File, FileError: st.FileError,
	}
	if !st.Rendered.IsZero() {
		l.Age = hv.Some(now.Sub(st.Rendered))
	}
	return l
}

// masterHealth returns how it goes with the master. An error that is overcome is of no interest any more.
func masterHealth(st agentx.Status) control.Master {
	r := st.Requests
	m := control.Master{
		Address: st.Address, Connected: st.Connected, Registered: st.Registered, Since: st.Since,
		Requests: r.Get + r.GetNext + r.GetBulk + r.TestSet + r.CommitSet + r.UndoSet + r.CleanupSet,
	}
	if !m.Registered {
		m.Error = st.LastError
	}
	return m
}

// status returns one line for the service manager.
func (f face) status() string { return statusLine(f.Health()) }

// statusLine returns the health in one line.
func statusLine(h control.Health) string {
	master := "master connected"
	if !h.Master.Registered {
		master = "waiting for the master"
	}
	if n := h.Notifications.Waiting; n > 0 {
		master += ", " + plural(n, "notification") + " waiting"
	}
	age, ok := h.Hypervisor.Age.Get()
	if !ok {
		return "waiting for the hypervisor, " + master
	}
	return fmt.Sprintf("serving %s, %s, snapshot %s old", plural(h.Hypervisor.VMs, "VM"), master, span(age))
}

// overdue is how long the states may take to be read before that is told: those of 10,000 virtual machines take a tenth
// of it.
const overdue = 2 * time.Second

// unreadable says that the states could not be read lately and why, or nothing if the last reading succeeded. One that is
// not answered fails only in the end, which is late to be told of it.
func unreadable(h control.Hypervisor) string {
	states := h.Readings.States
	why := states.LastError
	if waits, ok := states.Waits.Get(); ok && waits >= overdue && states.Failures == 0 {
		why = "no answer for " + span(waits)
	}
	if why == "" {
		return ""
	}
	if age, ok := states.Age.Get(); ok {
		return fmt.Sprintf("the hypervisor was last read %s ago: %s", span(age), why)
	}
	return "the hypervisor cannot be read: " + why
}
