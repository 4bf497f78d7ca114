package integration

import (
	"testing"

	"github.com/vmond/vmond/hv/sim"
	"github.com/vmond/vmond/mib/vmmib"
)

// TestNotificationsOfComers proves what is told of virtual machines that nobody defined here: they have no previous state
// at first, and transient ones are deleted when they end.
func TestNotificationsOfComers(t *testing.T) {
	t.Parallel()
	s, trapd := startManager(t)
	src, err := sim.New("sim:///?vms=0&pace=1h")
	if err != nil {
		t.Fatal(err)
	}
	startRig(t, s, src, vmmib.NotificationOptions{PerVM: true, MessageSize: udpMessage})
	want := map[string][]string{}
	expect := func(what, name string, err error, signs ...string) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		want[name] = append(want[name], signs...)
		awaitTold(t, trapd, what, func(all []told) error { return differs(want, tells(t, all)) })
	}

	created, err := src.Create(sim.VM{Name: "created"})
	expect("a transient one is created", "created", err, "vmRunning(unknown)")
	expect("it dies", "created", src.Kill(created), "vmCrashed(running)", "vmDeleted(crashed, transient)")

	// RFC 7666, appendix A: such a virtual machine is shut down, migrating, and running.
	comer, err := src.MigrateIn(sim.VM{Name: "comer"})
	expect("one comes by migration", "comer", err, "vmShutdown(unknown)", "vmMigrating(shutdown)")
	expect("it has come", "comer", src.Finish(comer), "vmRunning(migrating)")
	expect("it crashes and is restarted", "comer", src.Crash(comer, sim.Restart), "vmCrashed(running)")
	expect("it is up again", "comer", src.Finish(comer), "vmRunning(crashed)")
	expect("its guest goes to sleep", "comer", src.Sleep(comer), "vmPaused(running)")
	expect("it wakes up", "comer", src.Wake(comer), "vmRunning(paused)")
	expect("it is saved", "comer", src.Save(comer), "vmSuspending(running)")
	expect("it is on disk", "comer", src.Finish(comer), "vmSuspended(suspending)")
	expect("it is restored", "comer", src.Restore(comer), "vmResuming(suspended)")
	expect("it is in memory", "comer", src.Finish(comer), "vmRunning(resuming)")
	expect("its guest switches itself off", "comer", src.Shutdown(comer), "vmShuttingdown(running)")
	expect("it is off", "comer", src.Finish(comer), "vmShutdown(shuttingdown)")
	if err := src.Rename(comer, "renamed"); err != nil {
		t.Fatal(err)
	}
	expect("it was renamed and is undefined", "renamed", src.Undefine(comer), "vmDeleted(shutdown, persistent)")

	guest, err := src.MigrateIn(sim.VM{Name: "guest", Transient: true})
	expect("a transient one comes", "guest", err, "vmShutdown(unknown)", "vmMigrating(shutdown)")
	expect("it is there", "guest", src.Finish(guest), "vmRunning(migrating)")
	expect("it goes on", "guest", src.MigrateOut(guest), "vmMigrating(running)")
	expect("it is gone", "guest", src.Finish(guest), "vmShutdown(migrating)", "vmDeleted(shutdown, transient)")
}
