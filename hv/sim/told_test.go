package sim

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/vmond/vmond/hv"
)

// A told is what events told of one virtual machine.
type told struct {
	UUID       hv.UUID
	Name       string
	State      hv.OperState
	Persistent bool
}

// An audience knows of the virtual machines what the events tell, and what State answers where they leave it open.
type audience struct {
	vms    map[string]told
	states func() ([]hv.Summary, error)
	state  func(key string) (hv.OperState, error)
}

// audienceOf returns one that asks s.
func audienceOf(ctx context.Context, s *Source) *audience {
	return &audience{
		vms:    map[string]told{},
		states: func() ([]hv.Summary, error) { return s.States(ctx) },
		state:  func(key string) (hv.OperState, error) { return s.State(ctx, key) },
	}
}

// hear takes an event in.
func (a *audience) hear(e hv.Event) error {
	if e.Kind == hv.Connected {
		return a.connect()
	}
	v, known := a.vms[e.Key]
	var err error
	switch {
	case e.Kind == hv.Undefined && e.Detail == hv.UndefinedRemoved:
		err = a.undefine(e.Key)
	case known:
		if v.UUID != e.UUID {
			return fmt.Errorf("event %v has UUID %v, that of the one before is %v", e, e.UUID, v.UUID)
		}
		err = a.apply(v, e)
	case e.Kind == hv.Defined || e.Kind == hv.Started || e.Kind == hv.Resumed:
		err = a.apply(told{UUID: e.UUID, Name: e.Name}, e)
	}
	if errors.Is(err, hv.ErrGone) {
		return nil // the answer is ahead of the event that tells its end
	}
	return err
}

// connect reads what happened before.
func (a *audience) connect() error {
	all, err := a.states()
	if err != nil {
		return err
	}
	a.vms = make(map[string]told, len(all))
	for _, v := range all {
		a.vms[v.Key] = told{v.UUID, v.Name, v.State, v.Persistent == hv.Yes}
	}
	return nil
}

// undefine has one vanish, or be transient from now on.
func (a *audience) undefine(key string) error {
	state, err := a.state(key)
	v, known := a.vms[key]
	if !known || errors.Is(err, hv.ErrGone) {
		delete(a.vms, key)
		return nil
	}
	v.State, v.Persistent = state, false
	a.vms[key] = v
	return err
}

// apply notes what an event tells of a virtual machine that is there.
func (a *audience) apply(v told, e hv.Event) (err error) {
	switch e.Kind {
	case hv.Defined:
		v.Name, v.Persistent = e.Name, true
		if v.State == hv.StateUnknown || v.State == hv.StatePreparing {
			v.State, err = a.state(e.Key)
		}
	case hv.Undefined, hv.Changed:
	case hv.Stopped:
		v.State, err = a.stopped(e)
		if !v.Persistent {
			delete(a.vms, e.Key)
			return nil
		}
	default:
		v.State, err = a.went(e)
	}
	if err == nil {
		a.vms[e.Key] = v
	}
	return err
}

// went returns the state in which an event leaves one that is active.
func (a *audience) went(e hv.Event) (hv.OperState, error) {
	switch e.Kind {
	case hv.Started:
		if s, ok := map[int]hv.OperState{
			hv.StartedBooted: hv.StateRunning, hv.StartedMigrated: hv.StateMigrating,
			hv.StartedRestored: hv.StateResuming, hv.StartedWakeup: hv.StateRunning,
		}[e.Detail]; ok {
			return s, nil
		}
	case hv.Resumed:
		return hv.StateRunning, nil
	case hv.Suspended:
		if s, ok := map[int]hv.OperState{
			hv.SuspendedMigrated: hv.StateMigrating, hv.SuspendedRestored: hv.StatePaused,
		}[e.Detail]; ok {
			return s, nil
		}
		return a.state(e.Key) // it may be saved
	case hv.PMSuspended:
		return hv.StatePaused, nil
	case hv.Shutdown:
		return hv.StateShuttingDown, nil
	case hv.Crashed:
		return hv.StateCrashed, nil
	case hv.Busy:
		return a.state(e.Key)
	}
	return hv.StateUnknown, fmt.Errorf("unexpected event %v", e)
}

// stopped returns the state in which the end of a run leaves one.
func (a *audience) stopped(e hv.Event) (hv.OperState, error) {
	switch e.Detail {
	case hv.StoppedShutdown, hv.StoppedDestroyed, hv.StoppedMigrated:
		return hv.StateShutdown, nil
	case hv.StoppedSaved:
		return hv.StateSuspended, nil
	case hv.StoppedCrashed:
		return hv.StateCrashed, nil
	case hv.StoppedFailed:
		return a.state(e.Key)
	}
	return hv.StateUnknown, fmt.Errorf("unexpected event %v", e)
}

// disagree returns where what was told is not true. Of one that is being prepared nothing is told before it is defined.
func (a *audience) disagree(w *world) error {
	left := maps.Clone(a.vms)
	for _, v := range w.list {
		was := left[v.key]
		delete(left, v.key)
		if is := (told{v.uuid, v.name, v.state, !v.transient}); v.state != hv.StatePreparing && is != was {
			return fmt.Errorf("%q is %+v, and %+v by its events", v.key, is, was)
		}
	}
	for key, was := range left {
		return fmt.Errorf("%q is gone, and %+v by its events", key, was)
	}
	return nil
}
