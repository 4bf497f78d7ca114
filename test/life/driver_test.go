package life

import (
	"context"
	"fmt"
	"slices"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/sim"
)

// A driver does things to virtual machines, and writes down what comes of it.
type driver struct {
	sim      *sim.Source
	verbs    map[string]verb
	arrivals map[string]arrival
	lives    map[string]*life // by key
	log      []string         // what was done
}

// A life is what must have been told of one virtual machine since the story began.
type life struct {
	id      hv.UUID
	story   story
	first   int        // the number of its changes before
	pending *deed      // what is not complete yet
	during  hv.Summary // while it is pending
}

func newDriver(s *sim.Source, g grammar) *driver {
	return &driver{sim: s, verbs: g.verbs(), arrivals: arrivals(), lives: map[string]*life{}}
}

// states returns what the hypervisor has now, by key.
func (d *driver) states() (map[string]hv.Summary, error) {
	all, err := d.sim.States(context.Background())
	byKey := make(map[string]hv.Summary, len(all))
	for _, v := range all {
		byKey[v.Key] = v
	}
	return byKey, err
}

// life returns that of a key.
func (d *driver) life(key string) (*life, error) {
	if l := d.lives[key]; l != nil {
		return l, nil
	}
	id, err := hv.ParseUUID(key)
	d.lives[key] = &life{id: id}
	return d.lives[key], err
}

// do does something to one virtual machine, and reports whether the hypervisor took it on.
func (d *driver) do(name, key string) (took bool, err error) {
	before, err := d.catchUp()
	if err != nil {
		return false, err
	}
	l, err := d.life(key)
	if err != nil {
		return false, err
	}
	v := d.verbs[name]
	if v.do(d.sim, key) != nil {
		return false, nil
	}
	d.log = append(d.log, name+" "+before[key].Name)
	return true, d.took(l, key, v.deed(before[key].State))
}

// finish has complete what one virtual machine does, if it does anything.
func (d *driver) finish(key string) error {
	before, err := d.catchUp()
	if err != nil || d.sim.Finish(key) != nil {
		return err
	}
	d.log = append(d.log, "finish "+before[key].Name)
	_, err = d.catchUp()
	return err
}

// add makes a new virtual machine, or one that was there before if id is not zero.
func (d *driver) add(name string, id hv.UUID, transient bool) error {
	if _, err := d.catchUp(); err != nil {
		return err
	}
	a := d.arrivals[name]
	key, err := a.do(d.sim, sim.VM{UUID: id, Transient: transient})
	if err != nil {
		return err
	}
	l, err := d.life(key)
	if err != nil {
		return err
	}
	d.log = append(d.log, fmt.Sprintf("%s new %s (transient %t)", name, key, transient))
	return d.took(l, key, a.deed)
}

// took notes what a deed leads to that the hypervisor took on.
func (d *driver) took(l *life, key string, did deed) error {
	now, err := d.states()
	if err != nil {
		return err
	}
	v, there := now[key]
	if l.pending != nil && there && l.stays(v) {
		return nil // whatever it does goes on
	}
	l.pending = nil
	l.story.steps = append(l.story.steps, did.begin...)
	if there && isPending(v.State, did) {
		l.pending, l.during = &did, v
		return nil
	}
	l.complete(did, v, there)
	return nil
}

// stays reports whether a virtual machine is in the state and run in which something is pending.
func (l *life) stays(v hv.Summary) bool { return v.State == l.during.State && v.Run == l.during.Run }

// isPending reports whether a virtual machine that was brought to a state leaves it by itself.
func isPending(s hv.OperState, did deed) bool {
	return s == hv.StateCrashed && len(did.end) > 0 || slices.Contains([]hv.OperState{
		hv.StatePreparing, hv.StateSuspending, hv.StateResuming, hv.StateMigrating, hv.StateShuttingDown,
	}, s)
}

// complete notes the end of a deed.
func (l *life) complete(did deed, v hv.Summary, there bool) {
	l.pending = nil
	l.story.steps = append(l.story.steps, did.end...)
	if last := len(l.story.steps) - 1; there && last >= 0 && slices.Contains(l.story.steps[last].to, is(v.State)) {
		return // the last step leads there
	}
	if there {
		l.story.steps = append(l.story.steps, must(is(v.State)))
		return
	}
	end := must(absent)
	end.persistent = hv.AnswerOf(did.undefined)
	l.story.steps = append(append(l.story.steps, did.death...), end)
}

// catchUp notes what has become complete meanwhile, and returns what the hypervisor has now.
func (d *driver) catchUp() (map[string]hv.Summary, error) {
	now, err := d.states()
	if err != nil {
		return nil, err
	}
	for key, l := range d.lives {
		if v, there := now[key]; l.pending != nil && (!there || !l.stays(v)) {
			l.complete(*l.pending, v, there)
		}
	}
	return now, nil
}

// gone returns the UUIDs of the virtual machines that once were there, in order.
func (d *driver) gone() ([]hv.UUID, error) {
	now, err := d.states()
	var ids []hv.UUID
	for key, l := range d.lives {
		if _, there := now[key]; !there {
			ids = append(ids, l.id)
		}
	}
	slices.SortFunc(ids, func(a, b hv.UUID) int { return slices.Compare(a[:], b[:]) })
	return ids, err
}

// heard returns an error unless the follower was told all that was done, and nothing else.
func (d *driver) heard(f *follower) error {
	if _, err := d.catchUp(); err != nil {
		return err
	}
	known := map[hv.UUID]bool{}
	for key, l := range d.lives {
		known[l.id] = true
		if err := l.story.tells(f.told(l.id, l.first)); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
	}
	for id := range f.all() {
		if !known[id] {
			return fmt.Errorf("changes of %v were told, which never was there", id)
		}
	}
	return nil
}

// begin begins the stories with what the follower was told last.
func (d *driver) begin(f *follower) error {
	now, err := d.states()
	if err != nil {
		return err
	}
	for key := range now {
		if _, err := d.life(key); err != nil {
			return err
		}
	}
	for _, l := range d.lives {
		*l = life{id: l.id}
		l.first, l.story.from = f.position(l.id)
	}
	return nil
}
