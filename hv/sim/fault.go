package sim

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// ErrFault is the error of [Fail] and [Flap] where the Fault names no other.
var ErrFault = errors.New("simulated fault")

// Depth names what a [Fault] strikes: a method of hv.Source, hv.Watcher or hv.Surveyor.
type Depth uint8

// The depths. Flush is at that of Watch: it waits for what waits there.
const (
	Host Depth = iota
	States
	Definitions
	Statistics
	Watch
	State
	Surveys

	depths
)

var depthWords = [depths]string{
	Host:        "host",
	States:      "states",
	Definitions: "definitions",
	Statistics:  "statistics",
	Watch:       "watch",
	State:       "state",
	Surveys:     "surveys",
}

// Mode is how a [Fault] shows.
type Mode uint8

// The modes. Healthy lifts a fault. Hang keeps the caller until its context is done or the fault is lifted; Slow for
// Delay; Fail returns an error; Flap returns one at every n-th time.
const (
	Healthy Mode = iota
	Hang
	Slow
	Fail
	Flap

	modes
)

var modeWords = [modes]string{
	Healthy: "healthy",
	Hang:    "hang",
	Slow:    "slow",
	Fail:    "fail",
	Flap:    "flap",
}

// A Fault is a way to fall ill. There is one for each Depth and Key: a new one takes the place of the old.
type Fault struct {
	Depth Depth
	// Key is the one virtual machine that is ill; it need not exist. It is empty if the hypervisor is. Depth
	// [Host] has no virtual machines.
	Key  string
	Mode Mode
	// Delay is that of Slow.
	Delay time.Duration
	// Every is the n of Flap, at least 1. What it counts are calls, or events and calls of Flush for depth [Watch].
	Every int
	// Err is the error of Fail and Flap; nil is [ErrFault].
	Err error
}

// check panics on a fault that nobody can have meant.
func (f Fault) check() {
	switch {
	case f.Depth >= depths:
		panic(fmt.Sprintf("sim: fault of depth %d", f.Depth))
	case f.Mode >= modes:
		panic(fmt.Sprintf("sim: fault of mode %d", f.Mode))
	case f.Depth == Host && f.Key != "":
		panic("sim: fault of one virtual machine at the depth of the host")
	case f.Delay < 0 || f.Mode == Flap && f.Every < 1:
		panic("sim: fault with a delay below 0 or a period below 1")
	}
}

// String returns the depth's word.
func (d Depth) String() string {
	if d < depths {
		return depthWords[d]
	}
	return fmt.Sprintf("Depth(%d)", d)
}

// String returns the mode's word.
func (m Mode) String() string {
	if m < modes {
		return modeWords[m]
	}
	return fmt.Sprintf("Mode(%d)", m)
}

// modeOf returns the mode that a parameter of the URI is named after.
func modeOf(word string) (Mode, bool) {
	for m := Hang; m < modes; m++ {
		if modeWords[m] == word {
			return m, true
		}
	}
	return Healthy, false
}

// addFaults reads DEPTH, DEPTH@VM, and either with :DELAY or :EVERY as the mode needs.
func (c *config) addFaults(m Mode, values []string) error {
	for _, value := range values {
		f, err := parseFault(m, value)
		if err != nil {
			return fmt.Errorf("parameter %q: %w", m, err)
		}
		for _, g := range c.faults {
			if f.Depth == g.Depth && f.Key == g.Key {
				return fmt.Errorf("parameter %q: %q has fault %q already", m, value, g.Mode)
			}
		}
		c.faults = append(c.faults, f)
	}
	return nil
}

// parseFault reads one value of a fault's parameter.
func parseFault(m Mode, value string) (Fault, error) {
	f := Fault{Mode: m}
	place, argument, hasArgument := strings.Cut(value, ":")
	word, key, one := strings.Cut(place, "@")
	for f.Depth < depths && depthWords[f.Depth] != word {
		f.Depth++
	}
	if f.Depth == depths {
		return Fault{}, fmt.Errorf("%q is not one of %s", word, strings.Join(depthWords[:], ", "))
	}
	if one && (key == "" || f.Depth == Host) {
		return Fault{}, fmt.Errorf("%q does not name a virtual machine at a depth that has them", place)
	}
	f.Key = key
	var err error
	switch {
	case m == Slow:
		f.Delay, err = duration(argument, maxPace)
	case m == Flap:
		if f.Every, err = strconv.Atoi(argument); err != nil || f.Every < 1 {
			err = fmt.Errorf("%q is not a number of calls from 1", argument)
		}
	case hasArgument:
		err = fmt.Errorf("%q after the depth is one thing too many", argument)
	}
	return f, err
}
