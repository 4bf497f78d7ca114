package agentx

import "github.com/vmond/vmond/mib"

// A view is what there is while one request is answered: the offers, each with a tree of its own, and the main
// tree, which has all other names. A tree is not asked for before a name of its region is, so that a walk of one
// costs nothing in another.
type view struct {
	main   region
	offers []region // in the order of their names, none below another
}

// A region is the part of a view that one tree is for.
type region struct {
	offer
	now mib.Tree // while a request is answered, once it was asked for
}

// offering gives the view other offers.
func (v *view) offering(offers []offer) {
	v.offers = v.offers[:0]
	for _, o := range offers {
		v.offers = append(v.offers, region{offer: o})
	}
}

// open begins a request.
func (v *view) open(main func() mib.Tree) { v.main.tree = main }

// hide begins a request in whose context there is nothing.
func (v *view) hide() {
	v.main.now = nothing{}
	for i := range v.offers {
		v.offers[i].now = nothing{}
	}
}

// close ends a request. No tree is kept, which may hold much.
func (v *view) close() {
	v.main.now = nil
	for i := range v.offers {
		v.offers[i].now = nil
	}
}

// moment returns the tree of a region, which is the same all through a request.
func (r *region) moment() mib.Tree {
	if r.now == nil {
		r.now = r.tree()
	}
	if r.now == nil {
		r.now = nothing{}
	}
	return r.now
}

// of returns the tree that has the names below name's region.
func (v *view) of(name mib.OID) mib.Tree {
	for i := range v.offers {
		if name.HasPrefix(v.offers[i].subtree) {
			return v.offers[i].moment()
		}
	}
	return v.main.moment()
}

// get is mib.Tree's Get.
func (v *view) get(name mib.OID) mib.Value { return v.of(name).Get(name) }

// next is mib.Tree's Next. It goes through the regions in the order of their names: what is before an offer is the main
// tree's, and so is what is between it and the one after it.
func (v *view) next(dst, start mib.OID, include bool, end mib.OID) (mib.OID, mib.Value, bool) {
	for i := range v.offers {
		o := &v.offers[i]
		if start.Compare(o.subtree) < 0 {
			if name, value, ok := v.main.moment().Next(dst, start, include, nearer(end, o.subtree)); ok {
				return name, value, true
			}
			start, include = o.subtree, true
		}
		if len(end) > 0 && start.Compare(end) >= 0 {
			return dst, mib.Value{}, false
		}
		if len(o.beyond) > 0 && start.Compare(o.beyond) >= 0 {
			continue
		}
		if name, value, ok := o.moment().Next(dst, start, include, nearer(end, o.beyond)); ok {
			return name, value, true
		}
		if len(o.beyond) == 0 || len(end) > 0 && o.beyond.Compare(end) >= 0 {
			return dst, mib.Value{}, false
		}
		start, include = o.beyond, true
	}
	return v.main.moment().Next(dst, start, include, end)
}

// nearer returns the first of two ends, of which each may be null for none.
func nearer(a, b mib.OID) mib.OID {
	if len(a) == 0 || len(b) > 0 && b.Compare(a) < 0 {
		return b
	}
	return a
}

// nothing is a tree without instances.
type nothing struct{}

func (nothing) Get(mib.OID) mib.Value { return mib.NoSuchObject }

func (nothing) Next(dst, _ mib.OID, _ bool, _ mib.OID) (mib.OID, mib.Value, bool) {
	return dst, mib.Value{}, false
}
