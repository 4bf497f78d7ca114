//go:build linux

package faults

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/vmond/vmond/test/lab"
)

const (
	// restarts is how often libvirtd is restarted, by TERM and KILL in turn, and warm after how many of them vmond has all
	// that it will ever need.
	restarts = 50
	warm     = 10
	// most of the returns, in percent, are in time on a machine that is busy with other things.
	most = 90
	// spare is how many virtual machines there are besides the guests, which are off.
	spare  = 8
	guests = 4
)

// TestLibvirtdRestarts restarts the libvirtd of guests that live on, again and again.
func TestLibvirtdRestarts(t *testing.T) {
	lab.NeedIsolation(t)
	g := lab.StartGuests(t)
	defineSpare(t, g.Libvirtd)
	ill := startStand(t, g.URI(), guests+spare)
	w := startTwins(t, ill, guests+spare)
	actions := [cycle]struct {
		verb, guest, told string
		state             int64
	}{
		{"suspend", "web", "vmPaused", paused}, {"suspend", "db", "vmPaused", paused},
		{"resume", "web", "vmRunning", running}, {"resume", "db", "vmRunning", running},
	}

	var took []time.Duration
	var told []string
	var footprints []lab.Footprint
	w.during(func() {
		for i := range restarts {
			g.Signal([...]syscall.Signal{syscall.SIGTERM, syscall.SIGKILL}[i%2])
			<-g.Done()
			ended := time.Now()
			g.Again(t)
			a := actions[i%len(actions)]
			g.Virsh(t, a.verb, a.guest) // it takes a while until it answers anybody
			returned := time.Now()
			ill.awaitState(t, a.guest, a.state)
			ill.awaitRead(t, ended)
			took = append(took, time.Since(returned))
			told = append(told, a.told)
			if measured(i) {
				ill.awaitAnew(t, ended)
				footprints = append(footprints, ill.vmond.Footprint(t))
			}
		}
	})
	checkReturns(t, took, most, back)
	ill.checkIndices(t)
	ill.checkTold(t, told...)
	w.check(t)
	if err := flat(footprints); err != nil {
		t.Error(err)
	}
	t.Logf("from %+v to %+v", footprints[0], footprints[len(footprints)-1])
}

// cycle is after how many restarts nobody is paused, which would need a connection more.
const cycle = 4

// measured reports whether vmond's footprint is taken after the restart of that number, counted from 0.
func measured(restart int) bool { return restart >= warm && restart%cycle == cycle-1 }

// defineSpare defines those that are off.
func defineSpare(t *testing.T, l *lab.Libvirtd) {
	t.Helper()
	var commands []string
	for n := range spare {
		path := filepath.Join(t.TempDir(), "spare.xml")
		xml := fmt.Sprintf("<domain type='qemu'><name>spare-%d</name><memory unit='MiB'>128</memory><vcpu>1</vcpu>"+
			"<os><type arch='x86_64' machine='q35'>hvm</type></os></domain>", n)
		if err := os.WriteFile(path, []byte(xml), 0o600); err != nil {
			t.Fatal(err)
		}
		commands = append(commands, "define "+path)
	}
	l.VirshScript(t, commands)
}

// What vmond may have more of in the later half of the restarts than in the earlier one, at the median of each: less than
// they would leave behind if each tenth left something.
const (
	growth = 10 // percent of the memory
	more   = 1  // descriptor, or goroutine, that is there at one moment and not at another
	// connected are the goroutines of each connection to libvirt besides its descriptor. Some are opened only once there is
	// something to ask.
	connected = 2
)

// flat returns nil if vmond has no more of anything in the later half of the footprints than in the earlier one.
func flat(all []lab.Footprint) error {
	const hundred = 100
	was, is := median(all[:len(all)/2]), median(all[len(all)/2:])
	switch {
	case is.Descriptors > was.Descriptors+more, is.Goroutines > was.Goroutines+more,
		is.Resident > was.Resident+was.Resident*growth/hundred:
		return fmt.Errorf("%+v at first, and %+v later", was, is)
	}
	return nil
}

// median returns the median of everything, of the goroutines but those of connections. The least would be too little of these: a
// descriptor that is there for a moment, such as that of a file in /proc, counts as a connection.
func median(all []lab.Footprint) lab.Footprint {
	var descriptors, goroutines []int
	var resident []int64
	for _, f := range all {
		descriptors = append(descriptors, f.Descriptors)
		goroutines = append(goroutines, f.Goroutines-connected*f.Descriptors)
		resident = append(resident, f.Resident)
	}
	slices.Sort(descriptors)
	slices.Sort(goroutines)
	slices.Sort(resident)
	half := len(all) / 2
	return lab.Footprint{Descriptors: descriptors[half], Goroutines: goroutines[half], Resident: resident[half]}
}

// TestFlat proves that the check of footprints can fail.
func TestFlat(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		at   func(i int) lab.Footprint
		flat bool
	}{
		{"flat", func(int) lab.Footprint { return lab.Footprint{Descriptors: 20, Goroutines: 30, Resident: 1 << 25} }, true},
		{"now and then more", func(i int) lab.Footprint {
			return lab.Footprint{Descriptors: 20 + i%3, Goroutines: 30 + i%3*connected + i%5, Resident: 1<<25 + int64(i%7)<<20}
		}, true},
		// Of those that are measured, the first and the last.
		{"a descriptor for a moment", func(i int) lab.Footprint {
			f := lab.Footprint{Descriptors: 20, Goroutines: 30, Resident: 1 << 25}
			if i == warm+1 || i == restarts-3 {
				f.Descriptors++
			}
			return f
		}, true},
		{"a descriptor now and then", func(i int) lab.Footprint {
			return lab.Footprint{Descriptors: 20 + i/10, Goroutines: 30, Resident: 1 << 25}
		}, false},
		{"a connection more, later", func(i int) lab.Footprint {
			return lab.Footprint{Descriptors: 20 + i/20, Goroutines: 30 + i/20*connected, Resident: 1 << 25}
		}, true},
		{"a connection now and then", func(i int) lab.Footprint {
			return lab.Footprint{Descriptors: 20 + i/10, Goroutines: 30 + i/10*connected, Resident: 1 << 25}
		}, false},
		{"a goroutine now and then", func(i int) lab.Footprint {
			return lab.Footprint{Descriptors: 20, Goroutines: 30 + i/10, Resident: 1 << 25}
		}, false},
		{"a goroutine each time", func(i int) lab.Footprint {
			return lab.Footprint{Descriptors: 20, Goroutines: 30 + i, Resident: 1 << 25}
		}, false},
		{"memory each time", func(i int) lab.Footprint {
			return lab.Footprint{Descriptors: 20, Goroutines: 30, Resident: 1<<25 + int64(i)<<18}
		}, false},
	}
	for _, tt := range tests {
		var all []lab.Footprint
		for i := range restarts {
			if measured(i) {
				all = append(all, tt.at(i))
			}
		}
		if err := flat(all); (err == nil) != tt.flat {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}
