package sim

import (
	"fmt"
	"slices"
	"time"

	"github.com/vmond/vmond/hv"
)

// AfterCrash is what the hypervisor does with a virtual machine whose guest has crashed: libvirt's on_crash.
type AfterCrash uint8

// The choices. Preserve keeps the process and memory for inspection.
const (
	Preserve AfterCrash = iota
	Destroy
	Restart
)

// may returns an error unless v is in one of the states.
func may(v *vm, what string, states ...hv.OperState) error {
	if slices.Contains(states, v.state) {
		return nil
	}
	return fmt.Errorf("virtual machine %q is %s: cannot %s it", v.name, v.state, what)
}

// enter puts v in a state, in which the guest's code is executed or not.
func (w *world) enter(v *vm, state hv.OperState, executing bool) {
	v.ran = v.executed(w.now)
	v.since = w.now
	v.state, v.executing = state, executing
	v.asleep = false
}

// boot begins a run.
func (w *world) boot(v *vm) {
	w.runs++
	v.run, v.began = w.runs, w.now
}

// stop ends the run and tells why. A transient virtual machine is no more.
func (w *world) stop(v *vm, state hv.OperState, detail int) {
	w.cancel(v)
	w.enter(v, state, false)
	v.past += v.ran
	v.run, v.ran = 0, 0
	v.attached = nil
	if v.next != nil {
		v.own, v.next = v.next, nil
	}
	if v.transient {
		w.remove(v)
	}
	w.tell(v, hv.Stopped, detail)
}

// start boots v, or restores it if it was saved.
func (w *world) start(v *vm, pace time.Duration) error {
	if v.state == hv.StateSuspended {
		return w.restore(v, pace)
	}
	if err := bootable(v); err != nil {
		return err
	}
	w.boot(v)
	w.enter(v, hv.StateRunning, true)
	w.tell(v, hv.Resumed, hv.ResumedUnpaused) // libvirt 9.0 tells it in this order
	w.tell(v, hv.Started, hv.StartedBooted)
	return nil
}

// startPaused boots v, and executes nothing of its guest.
func (w *world) startPaused(v *vm) error {
	if err := bootable(v); err != nil {
		return err
	}
	w.boot(v)
	w.enter(v, hv.StatePaused, false)
	w.tell(v, hv.Started, hv.StartedBooted)
	w.tell(v, hv.Suspended, hv.SuspendedPaused)
	return nil
}

// bootable returns an error unless v can be booted.
func bootable(v *vm) error {
	if err := may(v, "start", hv.StateShutdown, hv.StateCrashed); err != nil {
		return err
	}
	if v.active() {
		return fmt.Errorf("virtual machine %q is active: cannot start it", v.name)
	}
	return nil
}

// suspend pauses v in memory.
func (w *world) suspend(v *vm) error {
	if err := may(v, "pause", hv.StateRunning); err != nil {
		return err
	}
	w.enter(v, hv.StatePaused, false)
	w.tell(v, hv.Suspended, hv.SuspendedPaused)
	return nil
}

// resume ends a pause, but not the guest's own sleep.
func (w *world) resume(v *vm) error {
	if err := may(v, "resume", hv.StatePaused); err != nil {
		return err
	}
	if v.asleep {
		return fmt.Errorf("virtual machine %q is asleep: cannot resume it", v.name)
	}
	w.enter(v, hv.StateRunning, true)
	w.tell(v, hv.Resumed, hv.ResumedUnpaused)
	return nil
}

// sleep has the guest suspend itself to memory.
func (w *world) sleep(v *vm) error {
	if err := may(v, "put to sleep", hv.StateRunning); err != nil {
		return err
	}
	w.enter(v, hv.StatePaused, false)
	v.asleep = true
	w.tell(v, hv.PMSuspended, hv.PMSuspendedMemory)
	return nil
}

// wake wakes the guest up.
func (w *world) wake(v *vm) error {
	if !v.asleep {
		return fmt.Errorf("virtual machine %q is %s, not asleep: cannot wake it", v.name, v.state)
	}
	w.enter(v, hv.StateRunning, true)
	w.tell(v, hv.Started, hv.StartedWakeup)
	return nil
}

// save writes v to disk.
func (w *world) save(v *vm, pace time.Duration) error {
	if err := may(v, "save", hv.StateRunning, hv.StatePaused); err != nil {
		return err
	}
	if v.transient || v.asleep {
		return fmt.Errorf("virtual machine %q is transient or asleep: cannot save it", v.name)
	}
	v.paused = v.state == hv.StatePaused
	w.enter(v, hv.StateSuspending, false)
	if !v.paused {
		w.tell(v, hv.Suspended, hv.SuspendedPaused)
	}
	w.tell(v, hv.Busy, 0) // libvirt tells the iterations of a save as those of a migration
	w.after(v, pace)
	return nil
}

// restore brings v back from disk.
func (w *world) restore(v *vm, pace time.Duration) error {
	if err := may(v, "restore", hv.StateSuspended); err != nil {
		return err
	}
	w.boot(v)
	w.enter(v, hv.StateResuming, false)
	w.tell(v, hv.Started, hv.StartedRestored)
	w.after(v, pace)
	return nil
}

// shutdown has the guest switch itself off.
func (w *world) shutdown(v *vm, pace time.Duration) error {
	if err := may(v, "shut down", hv.StateRunning); err != nil {
		return err
	}
	w.enter(v, hv.StateShuttingDown, false)
	w.tell(v, hv.Shutdown, hv.ShutdownGuest)
	w.after(v, pace)
	return nil
}

// destroy ends the process.
func (w *world) destroy(v *vm) error {
	if !v.active() {
		return fmt.Errorf("virtual machine %q is not active: cannot destroy it", v.name)
	}
	w.tell(v, hv.Shutdown, hv.ShutdownHost)
	w.stop(v, hv.StateShutdown, hv.StoppedDestroyed)
	return nil
}

// kill has the process die by itself.
func (w *world) kill(v *vm) error {
	if !v.active() {
		return fmt.Errorf("virtual machine %q is not active: cannot kill it", v.name)
	}
	w.stop(v, hv.StateCrashed, hv.StoppedFailed)
	return nil
}

// crash has the guest panic.
func (w *world) crash(v *vm, then AfterCrash, pace time.Duration) error {
	if !v.executing {
		return fmt.Errorf("virtual machine %q is %s: its guest cannot crash", v.name, v.state)
	}
	w.cancel(v)
	w.enter(v, hv.StateCrashed, false)
	w.tell(v, hv.Crashed, hv.CrashedPanicked)
	switch then {
	case Destroy:
		w.stop(v, hv.StateCrashed, hv.StoppedCrashed)
	case Restart:
		w.after(v, pace)
	}
	return nil
}

// emigrate moves v to another hypervisor.
func (w *world) emigrate(v *vm, pace time.Duration) error {
	if err := may(v, "migrate", hv.StateRunning); err != nil {
		return err
	}
	w.enter(v, hv.StateMigrating, true)
	v.incoming = false
	w.tell(v, hv.Busy, 0)
	w.after(v, pace)
	return nil
}

// immigrate takes v, which is new or shut down, from another hypervisor. As in libvirt, a new one is transient until
// it has arrived.
func (w *world) immigrate(v *vm, pace time.Duration) {
	w.boot(v)
	w.enter(v, hv.StateMigrating, false)
	v.incoming = true
	w.tell(v, hv.Started, hv.StartedMigrated)
	w.after(v, pace)
}

// complete ends what v is doing.
func (w *world) complete(v *vm) {
	switch v.state {
	case hv.StatePreparing:
		w.enter(v, hv.StateShutdown, false)
		w.tell(v, hv.Defined, hv.DefinedAdded)
	case hv.StateSuspending:
		w.stop(v, hv.StateSuspended, hv.StoppedSaved)
	case hv.StateResuming:
		w.completeRestore(v)
	case hv.StateShuttingDown:
		w.stop(v, hv.StateShutdown, hv.StoppedShutdown)
	case hv.StateMigrating:
		w.completeMigration(v)
	case hv.StateCrashed:
		w.enter(v, hv.StateRunning, true)
		w.tell(v, hv.Resumed, hv.ResumedUnpaused)
	default:
		panic("sim: nothing to complete")
	}
}

// completeRestore leaves v as it was when it was saved.
func (w *world) completeRestore(v *vm) {
	if v.paused {
		w.enter(v, hv.StatePaused, false)
		w.tell(v, hv.Suspended, hv.SuspendedRestored)
		return
	}
	w.enter(v, hv.StateRunning, true)
	w.tell(v, hv.Resumed, hv.ResumedFromSnapshot)
}

// completeMigration leaves v running here, or elsewhere.
func (w *world) completeMigration(v *vm) {
	if v.incoming {
		w.enter(v, hv.StateRunning, true)
		if v.stays {
			v.transient, v.stays = false, false
			w.tell(v, hv.Defined, hv.DefinedAdded)
		}
		w.tell(v, hv.Resumed, hv.ResumedMigrated)
		return
	}
	w.tell(v, hv.Suspended, hv.SuspendedMigrated)
	w.stop(v, hv.StateShutdown, hv.StoppedMigrated)
}
