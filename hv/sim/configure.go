package sim

import (
	"fmt"
	"slices"
	"time"

	"github.com/vmond/vmond/hv"
)

// A VM says which virtual machine is wanted. What is not said is drawn from the seed.
type VM struct {
	// Name need not be unique, so that a reader can be shown two virtual machines of one name.
	Name string
	UUID hv.UUID
	// Key makes a virtual machine that has this key and, unless UUID says otherwise, no UUID. It is empty for one
	// whose key is the text of its UUID.
	Key string
	// Transient is for a virtual machine that comes by migration. One that is defined is persistent, one that is
	// created transient.
	Transient bool
	AutoStart bool
	// Definition is its configuration. Started, the Address of its console, and Host and IfIndex of its interfaces, are
	// told only while it is active: Started is then the true one, and an empty Address or Host is filled in.
	Definition *hv.Definition
}

// newVM puts in a virtual machine, shut down. It returns an error if there is one of that key.
func (w *world) newVM(spec VM) (*vm, error) {
	w.ids++
	v := &vm{
		id: w.ids, key: spec.Key, name: spec.Name, uuid: spec.UUID, autostart: spec.AutoStart,
		state: hv.StateShutdown, since: w.now, own: clone(spec.Definition),
	}
	w.identify(v)
	if w.byKey[v.key] != nil {
		return nil, fmt.Errorf("virtual machine %q is there already", v.key)
	}
	w.add(v)
	return v, nil
}

// find returns the virtual machine that spec is about if it is there, else nil.
func (w *world) find(spec VM) *vm {
	if spec.Key != "" {
		return w.byKey[spec.Key]
	}
	return w.byKey[spec.UUID.String()]
}

// define makes a virtual machine, or gives the one that is there a new configuration.
func (w *world) define(spec VM, pace time.Duration) (*vm, error) {
	if v := w.find(spec); v != nil {
		return v, w.redefine(v, spec)
	}
	v, err := w.newVM(spec)
	if err != nil {
		return nil, err
	}
	w.enter(v, hv.StatePreparing, false)
	w.after(v, pace)
	return v, nil
}

// redefine gives v a new configuration, which counts from its next run if it has one now.
func (w *world) redefine(v *vm, spec VM) error {
	if spec.Name != "" && spec.Name != v.name {
		return fmt.Errorf("virtual machine %q cannot be defined with name %q", v.name, spec.Name)
	}
	if v.state == hv.StatePreparing {
		return fmt.Errorf("virtual machine %q is %s: cannot define it", v.name, v.state)
	}
	v.autostart = spec.AutoStart
	switch {
	case spec.Definition == nil:
	case v.active():
		v.next = clone(spec.Definition)
	default:
		v.own = clone(spec.Definition)
	}
	detail := hv.DefinedUpdated
	if v.transient {
		detail = hv.DefinedAdded
	}
	v.transient, v.stays = false, false
	w.tell(v, hv.Defined, detail)
	return nil
}

// undefine removes the configuration of v: it is no more, or transient from now on if it is active.
func (w *world) undefine(v *vm) error {
	if v.transient {
		return fmt.Errorf("virtual machine %q is transient: cannot undefine it", v.name)
	}
	if v.active() {
		v.transient, v.next = true, nil
	} else {
		w.remove(v)
	}
	w.tell(v, hv.Undefined, hv.UndefinedRemoved)
	return nil
}

// rename gives v another name.
func (w *world) rename(v *vm, name string) error {
	if err := may(v, "rename", hv.StateShutdown, hv.StateCrashed); err != nil {
		return err
	}
	if v.active() || name == "" || name == v.name {
		return fmt.Errorf("virtual machine %q cannot be renamed to %q", v.name, name)
	}
	w.tell(v, hv.Undefined, hv.UndefinedRenamed)
	v.name = name
	w.tell(v, hv.Defined, hv.DefinedRenamed)
	return nil
}

// setAutostart changes whether v starts with the hypervisor. There is no event for that.
func (w *world) setAutostart(v *vm, on bool) error {
	if v.transient {
		return fmt.Errorf("virtual machine %q is transient: cannot set autostart", v.name)
	}
	v.autostart = on
	return nil
}

// plug changes the devices of v. come is the device that comes, or empty if one goes.
func (w *world) plug(v *vm, come string, change func(*hv.Definition) error) error {
	if v.state == hv.StatePreparing || v.due != nil {
		return fmt.Errorf("virtual machine %q is %s: cannot change its devices", v.name, v.state)
	}
	d := clone(w.configured(v))
	if err := change(d); err != nil {
		return fmt.Errorf("virtual machine %q: %w", v.name, err)
	}
	v.own = d
	if v.next != nil {
		// The next run has the device as well, unless it was defined so or so already.
		if next := clone(v.next); change(next) == nil {
			v.next = next
		}
	}
	if !v.active() {
		return nil
	}
	if come != "" {
		if v.attached == nil {
			v.attached = map[string]time.Duration{}
		}
		v.attached[come] = v.executed(w.now)
	}
	w.tell(v, hv.Changed, 0)
	return nil
}

// configured returns the configuration of v, which is not to be changed.
func (w *world) configured(v *vm) *hv.Definition {
	if v.own != nil {
		return v.own
	}
	d := drawDefinition(w.config, v.id)
	return &d
}

// clone returns a copy that shares no list with d, or nil.
func clone(d *hv.Definition) *hv.Definition {
	if d == nil {
		return nil
	}
	c := *d
	c.CPUs, c.Disks, c.NICs = slices.Clone(d.CPUs), slices.Clone(d.Disks), slices.Clone(d.NICs)
	return &c
}

// plugIn returns list with a device of that key, or an error if it has one.
func plugIn[T any](list []T, device T, key func(T) string) ([]T, error) {
	if slices.ContainsFunc(list, func(d T) bool { return key(d) == key(device) }) {
		return nil, fmt.Errorf("device %q is attached already", key(device))
	}
	return append(list, device), nil
}

// plugOut returns list without the device of that key, or an error if it has none.
func plugOut[T any](list []T, gone string, key func(T) string) ([]T, error) {
	i := slices.IndexFunc(list, func(d T) bool { return key(d) == gone })
	if i < 0 {
		return nil, fmt.Errorf("device %q is not attached", gone)
	}
	return slices.Delete(list, i, i+1), nil
}

func diskKey(d hv.Disk) string { return d.Key }
func nicKey(n hv.NIC) string   { return n.Key }
