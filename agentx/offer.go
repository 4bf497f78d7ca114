package agentx

import (
	"fmt"
	"math"
	"slices"

	"github.com/vmond/vmond/mib"
)

// Offer is how a region fares that was given to [Subagent.Offer].
type Offer struct {
	Subtree mib.OID
	// Registered says that the master has accepted it.
	Registered bool
}

// An offer is a region with a tree of its own.
type offer struct {
	subtree mib.OID
	beyond  mib.OID // the first name after the region, or null if it reaches to the end of all names
	tree    func() mib.Tree
}

// Offer registers one more region, with the priority and context of all, that is served from a tree of its own: the
// function tree is called at most once for each request, and only if that asks for names in the region, in which
// the main tree has none. It may return nil, and a mib.Setter, as New has it. The master may refuse an offer
// without harm to what is wanted; it is asked again and again. To offer a region again gives it another tree.
//
// It panics if subtree is no object identifier, or is above or below a region that is wanted or offered, and
// without a tree.
func (s *Subagent) Offer(subtree mib.OID, tree func() mib.Tree) {
	mustOID(subtree)
	if tree == nil {
		panic("agentx: Offer without a tree")
	}
	s.desk.offer(offer{subtree: slices.Clone(subtree), beyond: beyond(subtree), tree: tree})
	s.bell.ring()
}

// Withdraw takes an offer back. If there was none, that changes nothing. A request under way may still be served
// from its tree.
func (s *Subagent) Withdraw(subtree mib.OID) {
	mustOID(subtree)
	s.desk.withdraw(subtree)
	s.bell.ring()
}

// beyond returns the first name after all those below subtree, or null if there is none.
func beyond(subtree mib.OID) mib.OID {
	b := slices.Clone(subtree)
	for len(b) > 0 && b[len(b)-1] == math.MaxUint32 {
		b = b[:len(b)-1]
	}
	if len(b) > 0 {
		b[len(b)-1]++
	}
	return b
}

// offer adds an offer, or takes it for the one of the same region.
func (d *desk) offer(o offer) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range d.wanted {
		if c.isRegion() {
			mustBeApart(o.subtree, c.region)
		}
	}
	at, again := slices.BinarySearchFunc(d.offers, o.subtree, offer.compare)
	offers := slices.Clone(d.offers)
	if again {
		offers[at] = o
		d.offers = offers
		return
	}
	for _, other := range offers {
		mustBeApart(o.subtree, other.subtree)
	}
	d.offers = slices.Insert(offers, at, o)
}

func (d *desk) withdraw(subtree mib.OID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.offers = slices.DeleteFunc(slices.Clone(d.offers), func(o offer) bool { return o.is(subtree) })
}

func (o offer) is(subtree mib.OID) bool { return o.compare(subtree) == 0 }

func (o offer) compare(subtree mib.OID) int { return o.subtree.Compare(subtree) }

// mustBeApart panics if one of two regions is below the other: a name would have two trees.
func mustBeApart(subtree, other mib.OID) {
	if subtree.HasPrefix(other) || other.HasPrefix(subtree) {
		panic(fmt.Sprintf("agentx: region %q, and %q is another one, one of them an offer", subtree, other))
	}
}
