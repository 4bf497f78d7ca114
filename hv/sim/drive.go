package sim

import (
	"context"
	"fmt"

	"github.com/vmond/vmond/hv"
)

// The methods below drive the simulation as an administrator would, and return what he would be told. Those that name a
// virtual machine take its key, and return an error that is hv.ErrGone if there is none. What takes its time, such as
// a save, is complete when they return, unless the URI has a pace: then it is complete after that, or with Finish.

// Key returns the key of the first virtual machine of that name, and whether there is one.
func (s *Source) Key(name string) (key string, ok bool) {
	err := s.alone(func(w *world) error {
		key, ok = w.keyOf(name)
		return nil
	})
	return key, ok && key != "" && err == nil
}

// Define makes a persistent virtual machine and returns its key: Defined added. If there is one of that key, it gets a
// new configuration, from its next run on if it is active: Defined updated. Definition nil keeps the one it has.
func (s *Source) Define(spec VM) (key string, err error) {
	return s.make(func(w *world) (*vm, error) { return w.define(spec, w.pace) })
}

// Create makes a transient virtual machine, starts it and returns its key: Resumed, Started booted.
func (s *Source) Create(spec VM) (key string, err error) {
	return s.make(func(w *world) (*vm, error) {
		v, err := w.newVM(spec)
		if err != nil {
			return nil, err
		}
		v.transient = true
		return v, w.start(v, w.pace)
	})
}

// MigrateIn takes a virtual machine from another hypervisor, which may be shut down here already, and returns its key:
// Started migrated, then Defined added if it is new and not Transient, Resumed migrated.
func (s *Source) MigrateIn(spec VM) (key string, err error) {
	return s.make(func(w *world) (*vm, error) {
		if v := w.find(spec); v != nil {
			if err := may(v, "take", hv.StateShutdown); err != nil {
				return nil, err
			}
			w.immigrate(v, w.pace)
			return v, nil
		}
		v, err := w.newVM(spec)
		if err != nil {
			return nil, err
		}
		v.transient, v.stays = true, !spec.Transient
		w.immigrate(v, w.pace)
		return v, nil
	})
}

// MigrateOut moves one to another hypervisor: Busy, then Suspended migrated, Stopped migrated. A persistent one stays,
// shut down.
func (s *Source) MigrateOut(key string) error {
	return s.drive(key, func(w *world, v *vm) error { return w.emigrate(v, w.pace) })
}

// Undefine removes one: Undefined. One that is active becomes transient.
func (s *Source) Undefine(key string) error { return s.drive(key, (*world).undefine) }

// Start boots one: Resumed, Started booted. One that was saved is restored instead.
func (s *Source) Start(key string) error {
	return s.drive(key, func(w *world, v *vm) error { return w.start(v, w.pace) })
}

// StartPaused boots one and leaves it paused: Started booted, Suspended paused. It is an error for one that was saved.
func (s *Source) StartPaused(key string) error { return s.drive(key, (*world).startPaused) }

// Suspend pauses one in memory: Suspended paused.
func (s *Source) Suspend(key string) error { return s.drive(key, (*world).suspend) }

// Resume ends a pause: Resumed.
func (s *Source) Resume(key string) error { return s.drive(key, (*world).resume) }

// Sleep has the guest suspend itself to memory: PMSuspended.
func (s *Source) Sleep(key string) error { return s.drive(key, (*world).sleep) }

// Wake wakes the guest up again: Started wakeup.
func (s *Source) Wake(key string) error { return s.drive(key, (*world).wake) }

// Save writes a persistent one to disk: Suspended paused unless it is so already, Busy, then Stopped saved.
func (s *Source) Save(key string) error {
	return s.drive(key, func(w *world, v *vm) error { return w.save(v, w.pace) })
}

// Restore brings one back from disk: Started restored, then Resumed from snapshot. One that was paused when it was saved
// is paused again: Suspended restored.
func (s *Source) Restore(key string) error {
	return s.drive(key, func(w *world, v *vm) error { return w.restore(v, w.pace) })
}

// Shutdown has the guest switch itself off: Shutdown guest, then Stopped shutdown.
func (s *Source) Shutdown(key string) error {
	return s.drive(key, func(w *world, v *vm) error { return w.shutdown(v, w.pace) })
}

// Destroy ends the process: Shutdown host, Stopped destroyed.
func (s *Source) Destroy(key string) error { return s.drive(key, (*world).destroy) }

// Kill has the process die by itself: Stopped failed. The virtual machine is crashed, and not active.
func (s *Source) Kill(key string) error { return s.drive(key, (*world).kill) }

// Crash has the guest panic: Crashed, and nothing more if the process is preserved; Stopped crashed if it is destroyed;
// then Resumed if it is restarted.
func (s *Source) Crash(key string, then AfterCrash) error {
	return s.drive(key, func(w *world, v *vm) error { return w.crash(v, then, w.pace) })
}

// SetAutostart sets whether a persistent one starts with the hypervisor. There is no event.
func (s *Source) SetAutostart(key string, on bool) error {
	return s.drive(key, func(w *world, v *vm) error { return w.setAutostart(v, on) })
}

// Rename gives one that is not active a new name: Undefined renamed with the old one, Defined renamed with the new one.
func (s *Source) Rename(key, name string) error {
	return s.drive(key, func(w *world, v *vm) error { return w.rename(v, name) })
}

// AttachDisk adds a disk, in the present run and in the next ones: Changed if there is a present run.
func (s *Source) AttachDisk(key string, d hv.Disk) error {
	return s.drive(key, func(w *world, v *vm) error {
		return w.plug(v, diskSort+d.Key, func(c *hv.Definition) (err error) {
			c.Disks, err = plugIn(c.Disks, d, diskKey)
			return err
		})
	})
}

// DetachDisk takes a disk away, as AttachDisk adds one.
func (s *Source) DetachDisk(key, disk string) error {
	return s.drive(key, func(w *world, v *vm) error {
		return w.plug(v, "", func(c *hv.Definition) (err error) {
			c.Disks, err = plugOut(c.Disks, disk, diskKey)
			return err
		})
	})
}

// AttachNIC adds an interface, as AttachDisk adds a disk.
func (s *Source) AttachNIC(key string, n hv.NIC) error {
	return s.drive(key, func(w *world, v *vm) error {
		return w.plug(v, nicSort+n.Key, func(c *hv.Definition) (err error) {
			c.NICs, err = plugIn(c.NICs, n, nicKey)
			return err
		})
	})
}

// DetachNIC takes an interface away.
func (s *Source) DetachNIC(key, nic string) error {
	return s.drive(key, func(w *world, v *vm) error {
		return w.plug(v, "", func(c *hv.Definition) (err error) {
			c.NICs, err = plugOut(c.NICs, nic, nicKey)
			return err
		})
	})
}

// Finish completes at once what one is doing: a save, restore, shutdown, migration, definition, or restart after a crash.
// It returns an error if there is nothing to complete.
func (s *Source) Finish(key string) error {
	return s.drive(key, func(w *world, v *vm) error {
		if v.due == nil {
			return fmt.Errorf("virtual machine %q is %s: there is nothing to finish", v.name, v.state)
		}
		w.cancel(v)
		w.complete(v)
		return nil
	})
}

// make does something that returns a virtual machine, and returns its key.
func (s *Source) make(do func(*world) (*vm, error)) (key string, err error) {
	err = s.alone(func(w *world) error {
		v, err := do(w)
		if err == nil {
			key = v.key
		}
		return err
	})
	return key, err
}

// drive does something to the virtual machine of that key.
func (s *Source) drive(key string, do func(*world, *vm) error) error {
	return s.alone(func(w *world) error {
		v := w.byKey[key]
		if v == nil {
			return fmt.Errorf("virtual machine %q: %w", key, hv.ErrGone)
		}
		return do(w, v)
	})
}

// alone does something with the world locked, and tells those who watch.
func (s *Source) alone(do func(*world) error) error {
	if err := s.lock(context.Background()); err != nil {
		return err
	}
	defer s.mu.Unlock()
	err := do(s.world)
	s.publish()
	s.rouse() // something may be due earlier now
	return err
}
