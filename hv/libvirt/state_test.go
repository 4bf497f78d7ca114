package libvirt

import (
	"testing"

	lv "github.com/digitalocean/go-libvirt"
	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv"
)

// TestConditionStates has a row for each row of the table: what libvirt says, and what that is in the words of RFC 7666.
func TestConditionStates(t *testing.T) {
	t.Parallel()
	const (
		running = lv.DomainRunning
		paused  = lv.DomainPaused
		shutoff = lv.DomainShutoff
	)
	tests := []struct {
		name   string
		c      condition
		oper   hv.OperState
		admin  hv.AdminState
		asking bool // the job has to be asked
	}{
		{"running", condition{state: running, reason: 1, active: true}, hv.StateRunning, hv.AdminRunning, false},
		{"running, unpaused", condition{state: running, reason: 5, active: true}, hv.StateRunning, hv.AdminRunning, false},
		{"running, crashed and restarted", condition{state: running, reason: 9, active: true}, hv.StateRunning, hv.AdminRunning, false},
		{"blocked", condition{state: lv.DomainBlocked, active: true}, hv.StateRunning, hv.AdminRunning, false},
		{"blocked, the number of running's postcopy", condition{state: lv.DomainBlocked, reason: 10, active: true}, hv.StateRunning, hv.AdminRunning, false},
		{"running, outgoing migration", condition{state: running, reason: 1, active: true, job: jobMigrationOut}, hv.StateMigrating, hv.AdminRunning, false},
		{"running, incoming migration", condition{state: running, reason: 1, active: true, job: jobMigrationIn}, hv.StateMigrating, hv.AdminRunning, false},
		{"running, postcopy", condition{state: running, reason: 10, active: true}, hv.StateMigrating, hv.AdminRunning, false},
		{"running, postcopy failed", condition{state: running, reason: 11, active: true}, hv.StateMigrating, hv.AdminRunning, false},
		{"running, being saved", condition{state: running, reason: 1, active: true, job: jobSave}, hv.StateSuspending, hv.AdminSuspended, false},
		{"running, dump", condition{state: running, reason: 1, active: true, job: 8}, hv.StateRunning, hv.AdminRunning, false},

		{"starting up", condition{state: paused, reason: 11, active: true}, hv.StatePreparing, hv.AdminRunning, false},
		{"starting up from an image", condition{state: paused, reason: 11, active: true, saved: true}, hv.StateResuming, hv.AdminRunning, false},
		{"migration", condition{state: paused, reason: 2, active: true}, hv.StateMigrating, hv.AdminRunning, true},
		{"starting up, migrated", condition{state: paused, reason: 11, active: true, origin: originMigrated}, hv.StateMigrating, hv.AdminRunning, false},
		{"starting up, restored", condition{state: paused, reason: 11, active: true, origin: originRestored}, hv.StateResuming, hv.AdminRunning, false},
		{"migration, job says out", condition{state: paused, reason: 2, active: true, job: jobMigrationOut}, hv.StateMigrating, hv.AdminRunning, true},
		{"restore of a file", condition{state: paused, reason: 2, active: true, job: jobRestore}, hv.StateResuming, hv.AdminRunning, true},
		{"migration, an event said so", condition{state: paused, reason: 2, active: true, origin: originMigrated}, hv.StateMigrating, hv.AdminRunning, false},
		{"migration, an event said so, an old image", condition{state: paused, reason: 2, active: true, origin: originMigrated, saved: true}, hv.StateMigrating, hv.AdminRunning, false},
		{"restore, an event said so", condition{state: paused, reason: 2, active: true, origin: originRestored}, hv.StateResuming, hv.AdminRunning, false},
		{"restored and left paused", condition{state: paused, reason: 2, active: true, origin: originHeld}, hv.StatePaused, hv.AdminPaused, false},
		{"restored and left paused, saved again", condition{state: paused, reason: 2, active: true, origin: originHeld, job: jobSave}, hv.StateSuspending, hv.AdminSuspended, false},
		{"restored and left paused, migrated on", condition{state: paused, reason: 2, active: true, origin: originHeld, job: jobMigrationOut}, hv.StateMigrating, hv.AdminRunning, false},
		{"left paused, no event seen", condition{state: paused, reason: 2, active: true, job: jobNone}, hv.StatePaused, hv.AdminPaused, true},
		{"restore of the image", condition{state: paused, reason: 2, active: true, saved: true}, hv.StateResuming, hv.AdminRunning, false},
		{"save", condition{state: paused, reason: 3, active: true}, hv.StateSuspending, hv.AdminSuspended, false},
		{"shutting down", condition{state: paused, reason: 8, active: true}, hv.StateShuttingDown, hv.AdminShutdown, false},
		{"postcopy", condition{state: paused, reason: 12, active: true}, hv.StateMigrating, hv.AdminRunning, false},
		{"postcopy failed", condition{state: paused, reason: 13, active: true}, hv.StateMigrating, hv.AdminRunning, false},
		{"paused, unknown", condition{state: paused, reason: 0, active: true}, hv.StatePaused, hv.AdminPaused, false},
		{"paused by the user", condition{state: paused, reason: 1, active: true}, hv.StatePaused, hv.AdminPaused, false},
		{"paused for a dump", condition{state: paused, reason: 4, active: true}, hv.StatePaused, hv.AdminPaused, false},
		{"paused after an I/O error", condition{state: paused, reason: 5, active: true}, hv.StatePaused, hv.AdminPaused, false},
		{"paused by a watchdog", condition{state: paused, reason: 6, active: true}, hv.StatePaused, hv.AdminPaused, false},
		{"paused from a snapshot", condition{state: paused, reason: 7, active: true}, hv.StatePaused, hv.AdminPaused, false},
		{"paused for a snapshot", condition{state: paused, reason: 9, active: true}, hv.StatePaused, hv.AdminPaused, false},
		{"paused after a crash", condition{state: paused, reason: 10, active: true}, hv.StatePaused, hv.AdminPaused, false},
		{"paused, a reason of the future", condition{state: paused, reason: 99, active: true}, hv.StatePaused, hv.AdminPaused, false},
		{"paused, being migrated", condition{state: paused, reason: 1, active: true, job: jobMigrationOut}, hv.StateMigrating, hv.AdminPaused, false},
		{"paused, being saved", condition{state: paused, reason: 1, active: true, job: jobSave}, hv.StateSuspending, hv.AdminSuspended, false},

		{"in shutdown", condition{state: lv.DomainShutdown, active: true}, hv.StateShuttingDown, hv.AdminShutdown, false},

		{"off", condition{state: shutoff, reason: 1}, hv.StateShutdown, hv.AdminShutdown, false},
		{"off, unknown", condition{state: shutoff, reason: 0}, hv.StateShutdown, hv.AdminShutdown, false},
		{"off, destroyed", condition{state: shutoff, reason: 2}, hv.StateShutdown, hv.AdminShutdown, false},
		{"off, crashed", condition{state: shutoff, reason: 3}, hv.StateCrashed, hv.AdminShutdown, false},
		{"off, migrated away", condition{state: shutoff, reason: 4}, hv.StateShutdown, hv.AdminShutdown, false},
		{"off, saved", condition{state: shutoff, reason: 5}, hv.StateSuspended, hv.AdminSuspended, false},
		{"off, failed to start", condition{state: shutoff, reason: 6}, hv.StateShutdown, hv.AdminShutdown, false},
		{"off, from a snapshot", condition{state: shutoff, reason: 7}, hv.StateShutdown, hv.AdminShutdown, false},
		{"off, with an image, reason lost", condition{state: shutoff, reason: 0, saved: true}, hv.StateSuspended, hv.AdminSuspended, false},

		{"crashed and kept", condition{state: lv.DomainCrashed, reason: 1, active: true}, hv.StateCrashed, hv.AdminRunning, false},
		{"crashed", condition{state: lv.DomainCrashed, reason: 1}, hv.StateCrashed, hv.AdminShutdown, false},
		{"guest sleeps", condition{state: lv.DomainPmsuspended, active: true}, hv.StatePaused, hv.AdminRunning, false},
		{"no state", condition{state: lv.DomainNostate, active: true}, hv.StateOther, hv.AdminUnknown, false},
		{"a state of the future", condition{state: 99, active: true}, hv.StateOther, hv.AdminUnknown, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			oper, admin := tt.c.states()
			if oper != tt.oper || admin != tt.admin {
				t.Errorf("unexpected states: %v, %v, want %v, %v", oper, admin, tt.oper, tt.admin)
			}
			if got := tt.c.unsettled(); got != tt.asking {
				t.Errorf("unexpected answer whether the job has to be asked: %t", got)
			}
		})
	}
}

// TestConditionOperations has what QEMU's driver goes through in the operations on a virtual machine, in order, and
// what of that is in the words of RFC 7666.
func TestConditionOperations(t *testing.T) {
	t.Parallel()
	on := func(state lv.DomainState, reason int32) condition {
		return condition{state: state, reason: reason, active: true}
	}
	off := func(reason int32) condition { return condition{state: lv.DomainShutoff, reason: reason} }
	with := func(c condition, change func(c *condition)) condition { change(&c); return c }
	saved := func(c *condition) { c.saved = true }
	doing := func(j job) func(c *condition) { return func(c *condition) { c.job = j } }
	from := func(o origin) func(c *condition) { return func(c *condition) { c.origin = o } }
	const run, pause = lv.DomainRunning, lv.DomainPaused
	tests := []struct {
		name string
		seen []condition
		want []hv.OperState
	}{
		{"start", []condition{on(pause, 11), on(run, 1)}, []hv.OperState{hv.StatePreparing, hv.StateRunning}},
		{"start paused", []condition{on(pause, 11), on(pause, 1)}, []hv.OperState{hv.StatePreparing, hv.StatePaused}},
		{"suspend, resume", []condition{on(pause, 1), on(run, 5)}, []hv.OperState{hv.StatePaused, hv.StateRunning}},
		{"managed save", []condition{with(on(pause, 3), doing(jobSave)), with(off(5), saved)},
			[]hv.OperState{hv.StateSuspending, hv.StateSuspended}},
		{"save to a file", []condition{with(on(pause, 3), doing(jobSave)), off(5)},
			[]hv.OperState{hv.StateSuspending, hv.StateSuspended}},
		{"start after a managed save", []condition{
			with(on(pause, 11), saved), with(on(pause, 2), saved), with(with(on(pause, 2), saved), from(originRestored)), with(on(run, 3), saved), on(run, 3),
		}, []hv.OperState{hv.StateResuming, hv.StateResuming, hv.StateResuming, hv.StateRunning, hv.StateRunning}},
		{"restore", []condition{on(pause, 11), with(on(pause, 2), doing(jobRestore)), with(on(pause, 2), from(originRestored)), on(run, 3)},
			[]hv.OperState{hv.StatePreparing, hv.StateResuming, hv.StateResuming, hv.StateRunning}},
		{"restore and leave paused", []condition{with(on(pause, 2), from(originRestored)), with(on(pause, 2), from(originHeld)), on(run, 5)},
			[]hv.OperState{hv.StateResuming, hv.StatePaused, hv.StateRunning}},
		{"shutdown", []condition{on(run, 1), on(lv.DomainShutdown, 0), off(1)},
			[]hv.OperState{hv.StateRunning, hv.StateShuttingDown, hv.StateShutdown}},
		{"destroy", []condition{on(lv.DomainShutdown, 0), off(2)}, []hv.OperState{hv.StateShuttingDown, hv.StateShutdown}},
		{"kill", []condition{on(run, 1), off(3)}, []hv.OperState{hv.StateRunning, hv.StateCrashed}},
		{"panic, preserve, reset", []condition{on(lv.DomainCrashed, 1), on(pause, 10)}, []hv.OperState{hv.StateCrashed, hv.StatePaused}},
		{"panic, destroy", []condition{on(lv.DomainCrashed, 1), off(3)}, []hv.OperState{hv.StateCrashed, hv.StateCrashed}},
		{"panic, restart", []condition{on(lv.DomainCrashed, 1), on(run, 9)}, []hv.OperState{hv.StateCrashed, hv.StateRunning}},
		{"sleep, wake up", []condition{on(lv.DomainPmsuspended, 0), on(run, 8)}, []hv.OperState{hv.StatePaused, hv.StateRunning}},
		{"migration, source", []condition{on(run, 1), with(on(run, 1), doing(jobMigrationOut)), with(on(pause, 2), doing(jobMigrationOut)), off(4)},
			[]hv.OperState{hv.StateRunning, hv.StateMigrating, hv.StateMigrating, hv.StateShutdown}},
		{"migration, destination", []condition{on(pause, 11), on(pause, 2), with(on(pause, 2), from(originMigrated)), on(run, 2)},
			[]hv.OperState{hv.StatePreparing, hv.StateMigrating, hv.StateMigrating, hv.StateRunning}},
		{"undefine while running", []condition{on(run, 1), on(run, 1)}, []hv.OperState{hv.StateRunning, hv.StateRunning}},
		{"restart of the daemon", []condition{with(off(0), saved), off(0), on(lv.DomainCrashed, 1), on(pause, 1)},
			[]hv.OperState{hv.StateSuspended, hv.StateShutdown, hv.StateCrashed, hv.StatePaused}},
	}
	for _, tt := range tests {
		var got []hv.OperState
		for _, c := range tt.seen {
			oper, _ := c.states()
			got = append(got, oper)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: unexpected states (-want +got):\n%s", tt.name, diff)
		}
	}
}
