package integration

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv/sim"
	"github.com/vmond/vmond/mib/vmmib"
	"github.com/vmond/vmond/test/lab"
	"github.com/vmond/vmond/test/served"
)

const (
	// kindVMs is how many virtual machines there are in the proofs of the kinds. Those with the indices 1, 3 and 10 go
	// through a life.
	kindVMs = 10
	// kindList is the list of these three: RFC 7666 has the lowest index in the most significant bit.
	kindList = "A040"
	// kindWindow is the window of the bulk notifications: longer than it takes to do one thing to all three.
	kindWindow = time.Second
)

// A step is something that is done to the three, one after the other, and what is told of each.
type step struct {
	name string
	do   func(names []string) error
	want string
}

// live takes the three through the steps, and proves that each is told of each of them, and of all three in one list, by
// each version of SNMP. want is what was told before, and grows.
func live(t *testing.T, s *lab.Snmpd, trapd *lab.Snmptrapd, three []string, steps []step, want map[string][]string) {
	t.Helper()
	if err := s.Set(t, served.BulkNotificationsEnabled.String(), "i", yes); err != nil {
		t.Fatal(err)
	}
	windows := map[string]int{}
	var lists []string
	for _, st := range steps {
		kind := bulkKind(st.want)
		// What is told while a window is open comes into its list.
		awaitTold(t, trapd, "the last window of "+kind+" has ended", count(kind, windows[kind]))
		windows[kind]++
		lists = append(lists, kind+"("+kindList+")")
		if err := st.do(three); err != nil {
			t.Fatalf("%s: %v", st.name, err)
		}
		for _, name := range three {
			want[name] = append(want[name], st.want)
		}
		// Some states last no longer than until the next step, which waits until they were seen.
		awaitTold(t, trapd, st.name+" is told", func(all []told) error { return differs(want, tells(t, all)) })
	}
	for kind, n := range windows {
		awaitTold(t, trapd, "the last window of "+kind+" has ended", count(kind, n))
	}
	for _, version := range versions {
		all := tellAll(t, of(trapd.Received(t), version))
		if err := differs(want, tells(t, all)); err != nil {
			t.Errorf("by %s: %v", version, err)
		}
		if diff := cmp.Diff(sorted(lists), sorted(bulkOf(all))); diff != "" {
			t.Errorf("unexpected bulk notifications by %s (-want +got):\n%s", version, diff)
		}
	}
}

// TestNotificationKinds proves all twenty kinds from the hypervisor to the manager: exactly the objects, in order, with the
// previous state, and the lists octet by octet.
func TestNotificationKinds(t *testing.T) {
	t.Parallel()
	s, trapd := startManager(t)
	src, err := sim.New("sim:///?vms=0&pace=1h")
	if err != nil {
		t.Fatal(err)
	}
	startRig(t, s, src, vmmib.NotificationOptions{PerVM: true, Window: kindWindow, MessageSize: udpMessage})
	want := map[string][]string{}
	for n := 1; n <= kindVMs; n++ {
		key, err := src.Define(sim.VM{Name: kindName(n)})
		if err != nil {
			t.Fatal(err)
		}
		if err := src.Finish(key); err != nil {
			t.Fatal(err)
		}
		want[kindName(n)] = []string{"vmShutdown(preparing)"}
		// Who comes first has the lowest index.
		awaitTold(t, trapd, kindName(n)+" is told", count("vmShutdown", n))
	}

	by := func(do func(key string) error) func([]string) error {
		return func(names []string) error {
			for _, name := range names {
				key, _ := src.Key(name)
				if err := do(key); err != nil {
					return err
				}
			}
			return nil
		}
	}
	finish := by(src.Finish)
	live(t, s, trapd, []string{kindName(1), kindName(3), kindName(kindVMs)}, []step{
		{"start", by(src.Start), "vmRunning(shutdown)"},
		{"suspend", by(src.Suspend), "vmPaused(running)"},
		{"save", by(src.Save), "vmSuspending(paused)"},
		{"is saved", finish, "vmSuspended(suspending)"},
		{"restore", by(src.Restore), "vmResuming(suspended)"},
		{"is restored", finish, "vmPaused(resuming)"},
		{"resume", by(src.Resume), "vmRunning(paused)"},
		{"shut down", by(src.Shutdown), "vmShuttingdown(running)"},
		{"is shut down", finish, "vmShutdown(shuttingdown)"},
		{"start again", by(src.Start), "vmRunning(shutdown)"},
		{"migrate", by(src.MigrateOut), "vmMigrating(running)"},
		{"has migrated", finish, "vmShutdown(migrating)"},
		{"start once more", by(src.Start), "vmRunning(shutdown)"},
		{"crash", by(func(key string) error { return src.Crash(key, sim.Destroy) }), "vmCrashed(running)"},
		{"undefine", by(src.Undefine), "vmDeleted(crashed, persistent)"},
	}, want)

	for _, version := range versions {
		seen := map[string]bool{}
		for _, n := range tellAll(t, of(trapd.Received(t), version)) {
			seen[n.Kind] = true
		}
		if len(seen) != 2*len(kinds) {
			t.Errorf("%d kinds were seen by %s, want all %d: %v", len(seen), version, 2*len(kinds), seen)
		}
	}
}

// TestNotificationKindsOfLibvirt proves each kind that a real libvirtd produces with its test driver, from virsh to the
// manager, of each virtual machine and in bulk. The other kinds need QEMU.
func TestNotificationKindsOfLibvirt(t *testing.T) {
	t.Parallel()
	l := lab.StartTestLibvirtd(t)
	s, trapd := startManager(t)
	lab.StartVmondWith(t, "[notifications]\nper_vm = true\nwindow = \""+kindWindow.String()+"\"\n", l.URI(), s.AgentX)
	served.AwaitVMs(t, s, own)

	want := map[string][]string{}
	for n := own + 1; n <= kindVMs; n++ {
		l.DefineTestDomains(t, n, 1)
		want[lab.TestDomainName(n)] = []string{"vmShutdown(preparing)"}
		awaitTold(t, trapd, lab.TestDomainName(n)+" is told", count("vmShutdown", n-own))
	}
	// One virsh for all three: to start each takes a part of the window.
	virsh := func(command string) func([]string) error {
		return func(names []string) error {
			var commands []string
			for _, name := range names {
				commands = append(commands, command+" "+name)
			}
			return l.TryVirshScript(commands)
		}
	}
	l.Virsh(t, "destroy", testVM)
	want[testVM] = []string{"vmShutdown(running)"}
	// Virsh may end before libvirtd tells of it, and what is told later would be told in bulk too.
	awaitTold(t, trapd, testVM+" is switched off", func(all []told) error { return differs(want, tells(t, all)) })
	live(t, s, trapd, []string{testVM, lab.TestDomainName(3), lab.TestDomainName(kindVMs)}, []step{
		{"start", virsh("start"), "vmRunning(shutdown)"},
		{"suspend", virsh("suspend"), "vmPaused(running)"},
		{"resume", virsh("resume"), "vmRunning(paused)"},
		{"save", func(names []string) error { return l.ManagedSave(names...) }, "vmSuspended(running)"},
		{"restore", virsh("start"), "vmRunning(suspended)"},
		{"shut down", virsh("shutdown"), "vmShutdown(running)"},
		{"undefine", virsh("undefine"), "vmDeleted(shutdown, persistent)"},
	}, want)
}

// bulkKind returns the bulk twin of what is told of one virtual machine: "vmBulkPaused" for "vmPaused(running)".
func bulkKind(one string) string {
	kind, _, _ := strings.Cut(strings.TrimPrefix(one, "vm"), "(")
	return "vmBulk" + kind
}

// kindName is the name of the virtual machine with the index n.
func kindName(n int) string { return "kind-" + strconv.Itoa(n) }
