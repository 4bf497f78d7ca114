package life

import (
	"errors"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/sim"
)

// A deed is what something done to a virtual machine leads to. What goes without saying is the step to the state that the
// hypervisor has it in at last.
type deed struct {
	begin []step // at once
	end   []step // when it is complete
	death []step // before it is there no more, if that is the end
	// undefined says that it was persistent until then. One that ends with its run was not.
	undefined bool
}

// A verb does something to a virtual machine.
type verb struct {
	do func(s *sim.Source, key string) error
	// deed returns what it leads to for one that was in that state.
	deed func(was hv.OperState) deed
}

// A grammar has the steps of events that do not tell where they lead, so that the hypervisor is asked.
type grammar struct {
	pause, save, resume, fail step
	busySave, busyMigrate     step
	// correction is what a reading makes of a failure that was not answered, if it was taken for another.
	correction step
}

// Grammars.
var (
	// late is for answers that may come at any time, or never: an event then may be told as what a later one was.
	late = grammar{
		pause:       must(is(hv.StatePaused), is(hv.StateSuspending), is(hv.StateMigrating), is(hv.StateCrashed)),
		save:        must(is(hv.StatePaused), is(hv.StateSuspending), is(hv.StateMigrating), is(hv.StateCrashed)),
		resume:      must(is(hv.StateRunning), is(hv.StateMigrating)),
		fail:        must(is(hv.StateCrashed), is(hv.StateShutdown), is(hv.StateSuspended)),
		busySave:    perhaps(is(hv.StateSuspending), is(hv.StateResuming), is(hv.StateMigrating)),
		busyMigrate: perhaps(is(hv.StateSuspending), is(hv.StateResuming), is(hv.StateMigrating)),
		correction:  perhaps(is(hv.StateCrashed)),
	}
	// hasty is for answers that come at once, from a hypervisor that needs no time for what it does.
	hasty = grammar{
		pause:       must(is(hv.StatePaused)),
		save:        must(is(hv.StateSuspending)),
		resume:      must(is(hv.StateRunning)),
		fail:        must(is(hv.StateCrashed)),
		busySave:    perhaps(is(hv.StateSuspending)),
		busyMigrate: perhaps(is(hv.StateMigrating)),
		correction:  perhaps(),
	}
	// prompt is for answers that come before anything else happens.
	prompt = grammar{
		pause:       must(is(hv.StatePaused)),
		save:        must(is(hv.StateSuspending)),
		resume:      must(is(hv.StateRunning)),
		fail:        must(is(hv.StateCrashed)),
		busySave:    must(is(hv.StateSuspending)),
		busyMigrate: must(is(hv.StateMigrating)),
		correction:  perhaps(),
	}
)

// verbs returns all verbs by name.
func (g grammar) verbs() map[string]verb {
	ends := []step{must(is(hv.StateShutdown))}
	to := func(begin ...step) func(hv.OperState) deed {
		return func(hv.OperState) deed { return deed{begin: begin, death: ends} }
	}
	dies := func(d deed) func(hv.OperState) deed { return func(hv.OperState) deed { return d } }
	crash := func(then sim.AfterCrash, end ...step) verb {
		return verb{
			func(s *sim.Source, key string) error { return s.Crash(key, then) },
			dies(deed{begin: []step{must(is(hv.StateCrashed))}, end: end}),
		}
	}
	return map[string]verb{
		"start":         {(*sim.Source).Start, starts},
		"start paused":  {(*sim.Source).StartPaused, to(must(is(hv.StateRunning)), g.pause)},
		"restore":       {(*sim.Source).Restore, starts},
		"suspend":       {(*sim.Source).Suspend, to(g.pause)},
		"resume":        {(*sim.Source).Resume, to(g.resume)},
		"sleep":         {(*sim.Source).Sleep, to(must(is(hv.StatePaused)))},
		"wake":          {(*sim.Source).Wake, to(must(is(hv.StateRunning)))},
		"save":          {(*sim.Source).Save, g.saves},
		"shutdown":      {(*sim.Source).Shutdown, to(must(is(hv.StateShuttingDown)))},
		"destroy":       {(*sim.Source).Destroy, to(must(is(hv.StateShuttingDown)))},
		"kill":          {(*sim.Source).Kill, g.kills},
		"crash":         crash(sim.Preserve),
		"crash destroy": crash(sim.Destroy),
		"crash restart": crash(sim.Restart, g.resume),
		"migrate out": {(*sim.Source).MigrateOut, dies(deed{
			begin: []step{g.busyMigrate}, end: []step{must(is(hv.StateMigrating))}, death: ends,
		})},
		"migrate in": {
			func(s *sim.Source, key string) error { return second(s.MigrateIn(sim.VM{Key: key})) },
			to(must(is(hv.StateMigrating))),
		},
		"undefine":     {(*sim.Source).Undefine, dies(deed{undefined: true})},
		"define":       {func(s *sim.Source, key string) error { return second(s.Define(sim.VM{Key: key})) }, to()},
		"rename":       {func(s *sim.Source, key string) error { return s.Rename(key, "renamed-"+key) }, to()},
		"rename again": {func(s *sim.Source, key string) error { return s.Rename(key, "again-"+key) }, to()},
		"autostart":    {func(s *sim.Source, key string) error { return s.SetAutostart(key, true) }, to()},
		"plug": {func(s *sim.Source, key string) error {
			return errors.Join(
				s.AttachDisk(key, hv.Disk{Key: "vdz", Source: hv.SourceRaw, Resource: "/z"}), s.DetachDisk(key, "vdz"))
		}, to()},
	}
}

// starts is the deed of a start, which brings back one that was saved.
func starts(was hv.OperState) deed {
	if was == hv.StateSuspended {
		return deed{begin: []step{must(is(hv.StateResuming))}}
	}
	return deed{begin: []step{must(is(hv.StateRunning))}}
}

// saves is the deed of a save, which has nothing to pause in one that is paused.
func (g grammar) saves(was hv.OperState) deed {
	saved := []step{must(is(hv.StateSuspended))}
	if was == hv.StatePaused {
		return deed{begin: []step{g.busySave}, death: saved}
	}
	busy := g.busySave
	busy.optional = true // it was told already
	return deed{begin: []step{g.save, busy}, death: saved}
}

// kills is the deed of a process that dies. One that was to arrive may simply not have come.
func (g grammar) kills(was hv.OperState) deed {
	if was == hv.StateMigrating || was == hv.StateResuming {
		return deed{begin: []step{must(append(g.fail.to, is(hv.StateShutdown))...), g.correction}}
	}
	return deed{begin: []step{g.fail}}
}

// An arrival makes a new virtual machine.
type arrival struct {
	do   func(s *sim.Source, spec sim.VM) (string, error)
	deed deed
}

// arrivals returns all of them by name.
func arrivals() map[string]arrival {
	return map[string]arrival{
		// Until it is complete no event tells of it, but a reading may find it.
		"define": {(*sim.Source).Define, deed{
			begin: []step{perhaps(is(hv.StatePreparing))}, end: []step{must(is(hv.StatePreparing))},
		}},
		"create":     {(*sim.Source).Create, deed{begin: []step{must(is(hv.StateRunning))}}},
		"migrate in": {(*sim.Source).MigrateIn, deed{begin: []step{must(is(hv.StateShutdown)), must(is(hv.StateMigrating))}}},
	}
}

func second(_ string, err error) error { return err }
