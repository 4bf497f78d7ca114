package sim

import (
	"time"

	"github.com/vmond/vmond/hv"
)

// A churn is where the changes that nobody drives have come to.
type churn struct {
	count uint64        // changes so far
	next  time.Duration // when the next one is due
}

// An act is one such change. It leaves a virtual machine alone that does not allow it.
type act func(w *world, v *vm)

// churnTime returns when change n is due: somewhere in the n-th period.
func (w *world) churnTime(n uint64) time.Duration {
	if w.config.churn == 0 {
		return never
	}
	const parts = 1 << 16
	jitter := float64(draw(w.seed, forChurn, n, 0)%parts) / parts
	at := (float64(n) + jitter) / w.config.churn * float64(time.Second)
	if at >= float64(never) || w.config.calm != 0 && at >= float64(w.config.calm) {
		return never
	}
	return time.Duration(at)
}

// change makes the change that is due.
func (w *world) change() {
	h := draw(w.seed, forChurn, w.churn.count, 1)
	w.churn.count++
	w.churn.next = w.churnTime(w.churn.count)
	const appears = 3 // of so many changes, one is for a virtual machine that is missing
	if len(w.list) == 0 || len(w.list) < w.vms && h>>56%appears == 0 {
		w.appear(h)
		return
	}
	v := w.list[h%uint64(len(w.list))]
	w.act(v, h>>32)(w, v)
}

// appear adds a virtual machine, unless there are as many as there should be.
func (w *world) appear(h uint64) {
	if len(w.list) >= w.vms {
		return
	}
	v, err := w.newVM(VM{AutoStart: h>>40%2 == 0})
	if err != nil {
		return // somebody has made one of that UUID by hand: the next one is another
	}
	weigh(h>>16, share[act]{60, actPrepare}, share[act]{10, actArrive}, share[act]{10, actVisit},
		share[act]{20, actCreate})(w, v)
}

// The ways to appear: by definition, by migration from another hypervisor for good or for one run, or for one run.
func actPrepare(w *world, v *vm) {
	w.enter(v, hv.StatePreparing, false)
	w.after(v, w.churnPace)
}

func actArrive(w *world, v *vm) {
	v.transient, v.stays = true, true
	w.immigrate(v, w.churnPace)
}

func actVisit(w *world, v *vm) {
	v.transient = true
	w.immigrate(v, w.churnPace)
}

func actCreate(w *world, v *vm) {
	v.transient = true
	_ = w.start(v, w.churnPace) // it is shut down, so it can
}

// act returns a change that RFC 7666, appendix A and figure 2, allows for v in its state, or nothing at all.
func (w *world) act(v *vm, h uint64) act {
	switch v.state {
	case hv.StateRunning:
		return weigh(h, share[act]{30, actSuspend}, share[act]{20, actSave}, share[act]{20, actShutdown},
			share[act]{10, actDestroy}, share[act]{8, actMigrate}, share[act]{3, actSleep}, share[act]{2, actKill},
			share[act]{3, actCrash}, share[act]{2, actCrashDestroy}, share[act]{2, actCrashRestart})
	case hv.StatePaused:
		if v.asleep {
			return actWake
		}
		return actResume
	case hv.StateSuspended:
		return actStart
	case hv.StateShutdown:
		return weigh(h, share[act]{70, actStart}, share[act]{25, actUndefine}, share[act]{5, actRename})
	case hv.StateCrashed:
		// The RFC has nothing leave this state, but nothing stays in it for ever.
		if v.due != nil {
			return actNothing
		}
		if v.active() {
			return actDestroy
		}
		return actStart
	}
	return actNothing
}

// The changes. An error says that v does not allow this one, such as the save of a transient virtual machine: then
// nothing changes this time.
func actNothing(*world, *vm)          {}
func actSuspend(w *world, v *vm)      { _ = w.suspend(v) }
func actResume(w *world, v *vm)       { _ = w.resume(v) }
func actSleep(w *world, v *vm)        { _ = w.sleep(v) }
func actWake(w *world, v *vm)         { _ = w.wake(v) }
func actSave(w *world, v *vm)         { _ = w.save(v, w.churnPace) }
func actStart(w *world, v *vm)        { _ = w.start(v, w.churnPace) }
func actShutdown(w *world, v *vm)     { _ = w.shutdown(v, w.churnPace) }
func actDestroy(w *world, v *vm)      { _ = w.destroy(v) }
func actMigrate(w *world, v *vm)      { _ = w.emigrate(v, w.churnPace) }
func actKill(w *world, v *vm)         { _ = w.kill(v) }
func actCrash(w *world, v *vm)        { _ = w.crash(v, Preserve, w.churnPace) }
func actCrashDestroy(w *world, v *vm) { _ = w.crash(v, Destroy, w.churnPace) }
func actCrashRestart(w *world, v *vm) { _ = w.crash(v, Restart, w.churnPace) }
func actUndefine(w *world, v *vm)     { _ = w.undefine(v) }
func actRename(w *world, v *vm)       { _ = w.rename(v, another(w.seed, v)) }
