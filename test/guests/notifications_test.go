//go:build linux

package guests

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/vmond/vmond/test/lab"
)

// A happening is what is done to guests, and what the managers of the two libvirtds are told of it: of each guest, in this
// order.
type happening struct {
	name        string
	do          func(t *testing.T)
	here, there map[string][]told
}

// A story is what happens to guests, with all that it needs.
type story struct {
	*lab.Guests
	neighbour   *lab.Libvirtd
	here, there *manager
}

// TestNotifications proves that each notification is told when it should be, with the right values and in the right
// order: by what really happens to real guests, through snmpd, to snmptrapd.
func TestNotifications(t *testing.T) {
	g := lab.NewGuests(t)
	s := &story{Guests: g, neighbour: g.StartNeighbour(t)}
	s.here, s.there = startManager(t, g.Libvirtd), startManager(t, s.neighbour)
	for _, chapter := range [][]happening{s.birth(), s.pauses(), s.saves(), s.migrations(), s.crashes(), s.death()} {
		for _, h := range chapter {
			ok := t.Run(h.name, func(t *testing.T) {
				h.do(t)
				s.here.expect(t, h.here)
				s.there.expect(t, h.there)
			})
			if !ok {
				t.FailNow() // what comes next goes on where this should have led to
			}
		}
	}
	for _, m := range []*manager{s.here, s.there} {
		m.compareInforms(t)
		m.nothingMore(t)
	}
}

// virsh returns what runs commands of virsh here, one after the other.
func (s *story) virsh(commands ...string) func(*testing.T) {
	return func(t *testing.T) {
		t.Helper()
		s.VirshScript(t, commands)
	}
}

// birth is how guests come to be. Only db boots before more is done: the others are at it meanwhile.
func (s *story) birth() []happening {
	return []happening{
		{
			name: "they are defined",
			do: func(t *testing.T) {
				for _, name := range []string{"web", "db", "off"} {
					s.Virsh(t, "define", s.Domain(t, name))
				}
			},
			here: map[string][]told{
				"web": life(preparing, shutdown), "db": life(preparing, shutdown), "off": life(preparing, shutdown),
			},
		},
		{
			name: "one is started",
			do:   s.virsh("start db"),
			here: map[string][]told{"db": life(states[shutdown], running)},
		},
		{
			name: "it boots, which nobody is told",
			do:   func(t *testing.T) { s.Booted(t, "db") },
		},
		{
			name: "one is started and does not run yet",
			do:   s.virsh("start --paused web"),
			here: map[string][]told{"web": life(states[shutdown], paused)},
		},
		{
			name: "it runs",
			do:   s.virsh("resume web"),
			here: map[string][]told{"web": life(states[paused], running)},
		},
		{
			name: "a transient one is started",
			do:   func(t *testing.T) { s.Virsh(t, "create", s.Domain(t, "temp")) },
			here: map[string][]told{"temp": life(unknown, running)},
		},
	}
}

// pauses is how guests are stopped without leaving the memory.
func (s *story) pauses() []happening {
	return []happening{
		{
			name: "all are paused",
			do:   s.virsh("suspend web", "suspend db", "suspend temp"),
			here: map[string][]told{
				"web":  life(states[running], paused),
				"db":   life(states[running], paused),
				"temp": life(states[running], paused),
			},
		},
		{
			name: "all go on",
			do:   s.virsh("resume temp", "resume web", "resume db"),
			here: map[string][]told{
				"web":  life(states[paused], running),
				"db":   life(states[paused], running),
				"temp": life(states[paused], running),
			},
		},
	}
}

// saved returns the file that a guest is saved to.
func (s *story) saved(name string) string { return filepath.Join(s.Dir, name+".saved") }

// saves is how guests are saved and restored.
func (s *story) saves() []happening {
	return []happening{
		{
			name: "one is saved by libvirt",
			do:   s.virsh("managedsave web"),
			here: map[string][]told{"web": life(states[running], suspending, suspended)},
		},
		{
			name: "it is restored by a start",
			do:   s.virsh("start web"),
			here: map[string][]told{"web": life(states[suspended], resuming, running)},
		},
		{
			name: "one that is paused is saved",
			do:   s.virsh("suspend web", "managedsave web"),
			here: map[string][]told{"web": life(states[running], paused, suspending, suspended)},
		},
		{
			name: "it is paused again",
			do:   s.virsh("start web"),
			here: map[string][]told{"web": life(states[suspended], resuming, paused)},
		},
		{
			name: "it goes on",
			do:   s.virsh("resume web"),
			here: map[string][]told{"web": life(states[paused], running)},
		},
		{
			name: "one is saved to a file",
			do:   s.virsh("save db " + s.saved("db")),
			here: map[string][]told{"db": life(states[running], suspending, suspended)},
		},
		{
			name: "it is restored from the file",
			do:   s.virsh("restore " + s.saved("db")),
			here: map[string][]told{"db": life(states[suspended], resuming, running)},
		},
		{
			name: "the transient one is saved to a file",
			do:   s.virsh("save temp " + s.saved("temp")),
			here: map[string][]told{"temp": end(transient, states[running], suspending, suspended)},
		},
		{
			name: "it is restored",
			do:   s.virsh("restore " + s.saved("temp")),
			here: map[string][]told{"temp": life(unknown, resuming, running)},
		},
	}
}

// migrate returns what migrates a guest to a libvirtd.
func (s *story) migrate(from, to *lab.Libvirtd, name string, more ...string) func(*testing.T) {
	return func(t *testing.T) {
		t.Helper()
		if err := from.Migrate(t, to, name, more...)(); err != nil {
			t.Fatal(err)
		}
	}
}

// migrations is how guests move to the neighbour and back.
func (s *story) migrations() []happening {
	// The disks are the same for both libvirtds, which libvirt cannot know.
	const unsafe = "--unsafe"
	return []happening{
		{
			name:  "the transient one migrates",
			do:    s.migrate(s.Libvirtd, s.neighbour, "temp"),
			here:  map[string][]told{"temp": end(transient, states[running], migrating, shutdown)},
			there: map[string][]told{"temp": life(unknown, shutdown, migrating, running)},
		},
		{
			name:  "it migrates back",
			do:    s.migrate(s.neighbour, s.Libvirtd, "temp"),
			here:  map[string][]told{"temp": life(unknown, shutdown, migrating, running)},
			there: map[string][]told{"temp": end(transient, states[running], migrating, shutdown)},
		},
		{
			name:  "a persistent one migrates and stays defined",
			do:    s.migrate(s.Libvirtd, s.neighbour, "web", unsafe),
			here:  map[string][]told{"web": life(states[running], migrating, shutdown)},
			there: map[string][]told{"web": life(unknown, shutdown, migrating, running)},
		},
		{
			name:  "it migrates back to where it is defined",
			do:    s.migrate(s.neighbour, s.Libvirtd, "web", unsafe),
			here:  map[string][]told{"web": life(states[shutdown], migrating, running)},
			there: map[string][]told{"web": end(transient, states[running], migrating, shutdown)},
		},
		{
			name: "a migration is given up",
			do: func(t *testing.T) {
				wait := s.Migrate(t, s.neighbour, "temp", "--bandwidth", "1")
				s.here.await(t, migrating, "temp")
				s.there.await(t, migrating, "temp")
				s.Virsh(t, "domjobabort", "temp")
				if err := wait(); err == nil {
					t.Error("the migration succeeded")
				}
			},
			here:  map[string][]told{"temp": life(states[running], migrating, running)},
			there: map[string][]told{"temp": end(transient, unknown, shutdown, migrating, shutdown)},
		},
	}
}

// crashes is how guests come to a bad end, after one that obeys. The file has one that has booted: none boots again.
func (s *story) crashes() []happening {
	again := happening{
		name: "it is restored from the file again",
		do:   s.virsh("restore " + s.saved("db")),
		here: map[string][]told{"db": life(states[shutdown], resuming, running)},
	}
	off := happening{
		name: "it is switched off",
		do:   s.virsh("destroy db"),
		here: map[string][]told{"db": life(states[running], shuttingdown, shutdown)},
	}
	// The handler of the guest's kernel panics.
	const panics = "inject-nmi db"
	return []happening{
		{
			name: "one is asked to shut down",
			do:   s.virsh("shutdown --mode acpi db"),
			here: map[string][]told{"db": life(states[running], shuttingdown, shutdown)},
		},
		again,
		{
			name: "it panics and is preserved",
			do:   s.virsh(panics),
			here: map[string][]told{"db": life(states[running], crashed)},
		},
		{
			name: "it is switched off after that",
			do:   s.virsh("destroy db"),
			here: map[string][]told{"db": life(states[crashed], shuttingdown, shutdown)},
		},
		again,
		{
			name: "it panics and is restarted",
			do:   s.virsh("set-lifecycle-action db crash restart --live", panics),
			here: map[string][]told{"db": life(states[running], crashed, running)},
		},
		off,
		again,
		{
			name: "it panics and is destroyed",
			do:   s.virsh("set-lifecycle-action db crash destroy --live", panics),
			here: map[string][]told{"db": life(states[running], crashed)},
		},
		{
			name: "it is started after that",
			do:   s.virsh("start db"),
			here: map[string][]told{"db": life(states[crashed], running)},
		},
		{
			name: "its process is killed",
			do:   func(t *testing.T) { killQEMU(t, "db") },
			here: map[string][]told{"db": life(states[running], crashed)},
		},
		{
			name: "the process of the transient one is killed",
			do:   func(t *testing.T) { killQEMU(t, "temp") },
			here: map[string][]told{"temp": end(transient, states[running], crashed)},
		},
	}
}

// death is how guests are forgotten.
func (s *story) death() []happening {
	return []happening{
		{
			name: "two are undefined",
			do:   s.virsh("undefine off", "undefine db"),
			here: map[string][]told{
				"off": end(persistent, states[shutdown]), "db": end(persistent, states[crashed]),
			},
		},
		{
			name:  "one migrates for good",
			do:    s.migrate(s.Libvirtd, s.neighbour, "web", "--unsafe", "--persistent", "--undefinesource"),
			here:  map[string][]told{"web": end(persistent, states[running], migrating, shutdown)},
			there: map[string][]told{"web": life(unknown, shutdown, migrating, running)},
		},
		{
			name:  "it is undefined while it runs, and then switched off",
			do:    func(t *testing.T) { s.neighbour.VirshScript(t, []string{"undefine web", "destroy web"}) },
			there: map[string][]told{"web": end(transient, states[running], shuttingdown, shutdown)},
		},
	}
}

// killQEMU kills the process of a guest of the first libvirtd.
func killQEMU(t *testing.T, name string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("/run/libvirt/qemu", name+".pid"))
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
}
