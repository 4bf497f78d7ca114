package bhyve

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/vmond/vmond/hv"
)

// A roster says who is who: it puts processes and nodes together with what the managers have written down, each virtual machine
// once. It remembers to whom it gave what runs, so that a key does not change while there is no reason for it.
type roster struct {
	former map[string]tenure // by the name of the virtual machine
}

// A tenure is to whom the process or the node of a name belonged.
type tenure struct {
	key string
	// of is the process, or zero without one.
	of incarnation
	// settled says that all managers could be asked, when it was taken up or since.
	settled bool
}

// then returns the tenure that follows t. It goes on if it is of the same, or of what that has left.
func (t tenure) then(next tenure) tenure {
	if t.key == next.key && (t.of == next.of || next.of == incarnation{}) {
		next.settled = next.settled || t.settled
	}
	return next
}

// assemble returns all virtual machines that are not libvirt's, sorted by key.
func (r *roster) assemble(e clues) []guest {
	guests := map[string]guest{}
	named := map[string][]guest{}
	for _, g := range slices.Concat(e.vmbhyve, e.cbsd) {
		if _, ok := guests[g.key]; !ok {
			guests[g.key] = g
			named[g.name] = append(named[g.name], g)
		}
	}
	former := map[string]tenure{}
	for name, b := range bodies(e) {
		g, ok := r.owner(name, b, named[name], e)
		if !ok {
			continue
		}
		former[name] = r.former[name].then(tenure{key: g.key, of: b.incarnation(), settled: e.settled()})
		if strings.HasPrefix(g.key, libvirtKey) {
			continue
		}
		guests[g.key] = g.with(b)
	}
	r.former = former
	return slices.SortedFunc(maps.Values(guests), func(a, b guest) int { return cmp.Compare(a.key, b.key) })
}

// owner returns whose the body of that name is, out of the managers' virtual machines of that name. It is not ok if that cannot be
// told yet.
func (r *roster) owner(name string, b body, named []guest, e clues) (g guest, ok bool) {
	if b.runs() == nil {
		return r.leftover(name, named, e)
	}
	if b.runs().Jail != 0 {
		return again(plainKey+name, name), true // no manager of this host started it, nor libvirt, and in there it is not known which
	}
	if e.ofLibvirt(name, b) {
		return again(libvirtKey+name, name), true
	}
	switch b.runs().origin {
	case fromCBSD:
		if g, ok := best(only(named, cbsdKey), b.pid()); ok {
			return g, true
		}
		return again(cbsdKey+name, name), true
	case fromVMBhyve:
		if g, ok := best(only(named, vmbhyveKey), b.pid()); ok {
			return g, true
		}
		if datastore, ok := e.likely(); ok {
			return again(vmbhyveKey+datastore+"/"+name, name), true
		}
		if e.unsure {
			return guest{}, false
		}
		named = nil // what another manager has of that name is not it
	}
	return r.inherit(name, b, named, e)
}

// inherit returns whose the process of that name is when its ancestors do not tell. It is not ok if it may be libvirt's.
func (r *roster) inherit(name string, b body, named []guest, e clues) (g guest, ok bool) {
	former := r.former[name]
	kept := former.of == b.incarnation()
	g, claimed := best(named, b.pid())
	switch {
	case claimed && claims(g, b.pid()) <= runsIt:
		return g, true
	case kept && former.settled && strings.HasPrefix(former.key, plainKey):
		return again(plainKey+name, name), true // it was nobody's while all could be asked: who defines its name now did not start it
	case e.mayBeLibvirts(name, former), kept && strings.HasPrefix(former.key, libvirtKey):
		return again(libvirtKey+name, name), true
	case claimed:
		return g, true
	case kept:
		return again(former.key, name), true // its definition was taken away while it runs
	case e.libvirtUnknown:
		return guest{}, false // as one of nobody it would be removed once libvirt can be asked
	}
	return again(plainKey+name, name), true
}

// leftover returns whose the node of that name is, which no process has.
func (r *roster) leftover(name string, named []guest, e clues) (guest, bool) {
	former := r.former[name]
	if at := slices.IndexFunc(named, func(g guest) bool { return g.key == former.key }); at >= 0 {
		return named[at], true
	}
	_, left := e.libvirt[name]
	g, claimed := best(named, 0)
	switch {
	case strings.HasPrefix(former.key, libvirtKey), former.settled && strings.HasPrefix(former.key, plainKey):
		return again(former.key, name), true
	case claimed:
		return g, true
	case former.key != "" && (!e.settled() || !managed(former.key)):
		return again(former.key, name), true
	case left:
		return again(libvirtKey+name, name), true
	case !e.settled():
		return guest{}, false // under another key it would be another virtual machine once its manager can be asked
	}
	return again(plainKey+name, name), true
}

// again returns a guest of which nothing is known but who it is.
func again(key, name string) guest {
	g := guest{key: key, name: name}
	if strings.HasPrefix(key, plainKey) {
		g.autoStart = hv.No
	}
	return g
}
