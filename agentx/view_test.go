package agentx

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/posteo/go-agentx/pdu"
	"pgregory.net/rapid"

	"github.com/vmond/vmond/agentx/agentxtest"
	"github.com/vmond/vmond/mib"
)

func TestBeyond(t *testing.T) {
	t.Parallel()
	const last = math.MaxUint32
	tests := []struct{ subtree, want mib.OID }{
		{mib.OID{1, 3}, mib.OID{1, 4}},
		{mib.OID{1, 3, last}, mib.OID{1, 4}},
		{mib.OID{1, last, last}, mib.OID{2}},
		{mib.OID{last, last}, mib.OID{}},
	}
	for _, tt := range tests {
		before := slices.Clone(tt.subtree)
		if diff := cmp.Diff(tt.want, beyond(tt.subtree)); diff != "" {
			t.Errorf("unexpected name beyond %v (-want +got):\n%s", tt.subtree, diff)
		}
		if diff := cmp.Diff(before, tt.subtree); diff != "" {
			t.Errorf("the subtree was changed (-want +got):\n%s", diff)
		}
	}
}

// regions draws a view, in which each tree also has names that are not its own, and the tree that it must be like.
func regions(t *rapid.T) (*view, *agentxtest.Tree) {
	subIDs := rapid.SampledFrom([]uint32{0, 1, 2, 3, math.MaxUint32 - 1, math.MaxUint32})
	oids := rapid.Custom(func(t *rapid.T) mib.OID { return rapid.SliceOfN(subIDs, 1, 4).Draw(t, "oid") })
	v, want := new(view), new(agentxtest.Tree)
	var offers []offer
	for i, subtree := range rapid.SliceOfN(oids, 0, 4).Draw(t, "offers") {
		if slices.ContainsFunc(offers, func(o offer) bool { return o.subtree.HasPrefix(subtree) || subtree.HasPrefix(o.subtree) }) {
			continue
		}
		tree := someTree(t, oids, int32(i+1))
		offers = append(offers, offer{subtree: subtree, beyond: beyond(subtree), tree: func() mib.Tree { return tree }})
		for _, b := range tree.Instances {
			if b.Name.HasPrefix(subtree) {
				want.Instances = append(want.Instances, b)
			}
		}
	}
	slices.SortFunc(offers, func(a, b offer) int { return a.subtree.Compare(b.subtree) })
	main := someTree(t, oids, 0)
	for _, b := range main.Instances {
		if !slices.ContainsFunc(offers, func(o offer) bool { return b.Name.HasPrefix(o.subtree) }) {
			want.Instances = append(want.Instances, b)
		}
	}
	slices.SortFunc(want.Instances, func(a, b mib.Varbind) int { return a.Name.Compare(b.Name) })
	v.offering(offers)
	v.open(func() mib.Tree { return main })
	return v, want
}

// someTree draws a tree whose values say which it is.
func someTree(t *rapid.T, oids *rapid.Generator[mib.OID], which int32) *agentxtest.Tree {
	tree := new(agentxtest.Tree)
	for _, name := range rapid.SliceOfNDistinct(oids, 0, 12, mib.OID.String).Draw(t, "instances") {
		tree.Instances = append(tree.Instances, mib.Varbind{Name: name, Value: mib.Integer(which)})
	}
	slices.SortFunc(tree.Instances, func(a, b mib.Varbind) int { return a.Name.Compare(b.Name) })
	return tree
}

// TestViewIsOneTree proves that several regions are like one tree, for any names and ends.
func TestViewIsOneTree(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		v, want := regions(t)
		subIDs := rapid.SampledFrom([]uint32{0, 1, 2, 3, math.MaxUint32 - 1, math.MaxUint32})
		name := mib.OID(rapid.SliceOfN(subIDs, 0, 5).Draw(t, "name"))
		end := mib.OID(rapid.SliceOfN(subIDs, 0, 3).Draw(t, "end"))
		include := rapid.Bool().Draw(t, "include")
		answer := func(name mib.OID, v mib.Value, ok bool) string { return fmt.Sprint(name, v, ok) }
		if diff := cmp.Diff(want.Get(name).String(), v.get(name).String()); diff != "" {
			t.Errorf("unexpected value of %v (-want +got):\n%s", name, diff)
		}
		if diff := cmp.Diff(answer(want.Next(nil, name, include, end)), answer(v.next(nil, name, include, end))); diff != "" {
			t.Errorf("unexpected instance after %v before %v, itself %v (-want +got):\n%s", name, end, include, diff)
		}
	})
}

// TestViewGoesOnAtOnce proves that the first name beyond an offer is not passed over, be it the main tree's or of another offer.
func TestViewGoesOnAtOnce(t *testing.T) {
	t.Parallel()
	tree := &agentxtest.Tree{Instances: []mib.Varbind{{Name: mib.OID{1, 4}, Value: mib.Integer(1)}}}
	for _, subtrees := range [][]mib.OID{{{1, 3}}, {{1, 3}, {1, 4}}} {
		var offers []offer
		for _, s := range subtrees {
			offers = append(offers, offer{subtree: s, beyond: beyond(s), tree: func() mib.Tree { return tree }})
		}
		v := new(view)
		v.offering(offers)
		v.open(func() mib.Tree { return tree })
		if name, _, ok := v.next(nil, mib.OID{1, 3, 9}, false, nil); !ok || name.String() != "1.4" {
			t.Errorf("unexpected instance after the last of %v: %v, %v", subtrees, name, ok)
		}
	}
}

// counted is a tree that counts how often it was asked for.
type counted struct {
	asked int
	tree  mib.Tree
}

func (c *counted) now() mib.Tree {
	c.asked++
	return c.tree
}

// offered is a region that has an instance, as the test trees of this package have none.
var offered = mib.MustOID("1.3.6.1.4.1.8072.1.3.2.2.1.21.1.65")

func offeredTree(v mib.Value) *agentxtest.Tree {
	return &agentxtest.Tree{Instances: []mib.Varbind{{Name: offered, Value: v}}}
}

// TestTreesAreAskedForOnce proves that a request asks at most once for each tree, and for none that it does not touch.
func TestTreesAreAskedForOnce(t *testing.T) {
	t.Parallel()
	far := agentxtest.Range{Start: offered}
	here := agentxtest.Range{Start: offered, Include: true, End: beyond(offered)}
	tests := []struct {
		name        string
		req         agentxtest.PDU
		main, offer int
	}{
		{"get of the main tree", get("1.1.0", "1.2.0"), 1, 0},
		{"get of the offer", agentxtest.PDU{Type: pdu.TypeGet, Ranges: []agentxtest.Range{far, far}}, 0, 1},
		{"get of both", agentxtest.PDU{Type: pdu.TypeGet, Ranges: []agentxtest.Range{far, after("1.1.0"), far, after("1.2.0")}}, 1, 1},
		{"next in the main tree", next(after("1.1.0"), after("1.2.0")), 1, 0},
		{"next from the main tree on", next(after("9.9.0")), 1, 1},
		{"next from the main tree, not beyond", next(agentxtest.Range{Start: at("9.9.0"), End: at("10")}), 1, 0},
		{"next in the offer", next(here, here), 0, 1},
		{"next behind the instance of the offer", next(agentxtest.Range{Start: offered, End: beyond(offered)}), 0, 1},
		{"bulk over both", bulk(0, 50, after("1.1.0"), here), 1, 1},
		{"bulk in the offer", bulk(0, 50, here), 0, 1},
		{"a foreign context", inContext(next(after("9.9.0"), here)), 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tree := testTree()
			main, own := &counted{tree: &tree}, &counted{tree: offeredTree(mib.Integer(1))}
			d := testDispatcher(nil)
			d.tree = main.now
			d.view.offering([]offer{{subtree: offered, beyond: beyond(offered), tree: own.now}})
			for range 2 {
				tt.req.Session = 1
				h, payload := cut(t, agentxtest.Encode(tt.req))
				checkAnswer(t, h, payload, d.answer(nil, h, payload))
			}
			if main.asked != 2*tt.main || own.asked != 2*tt.offer {
				t.Errorf("two requests asked %d and %d times, want %d and %d", main.asked, own.asked, 2*tt.main, 2*tt.offer)
			}
			if d.view.main.now != nil || d.view.offers[0].now != nil {
				t.Error("a tree is kept after the request")
			}
		})
	}
}

// inContext has a request name a context that is not ours.
func inContext(p agentxtest.PDU) agentxtest.PDU {
	p.Flags, p.Context = pdu.FlagNonDefaultContext, "x"
	return p
}

// TestOfferWithoutATree proves that an offer may have nothing to serve for a while.
func TestOfferWithoutATree(t *testing.T) {
	t.Parallel()
	d := testDispatcher(nil)
	d.view.offering([]offer{{subtree: offered, beyond: beyond(offered), tree: func() mib.Tree { return nil }}})
	d.look()
	if v := d.view.get(offered); v.Type() != mib.TypeNoSuchObject {
		t.Errorf("unexpected value: %v", v)
	}
	if _, v, ok := d.view.next(nil, offered, true, nil); ok {
		t.Errorf("unexpected instance: %v", v)
	}
}

func TestAnswersWithOffersAllocateNothing(t *testing.T) {
	tree := testTree()
	before := mib.MustOID("1.3.6.1.2.1.235")
	for name, req := range readRequests() {
		t.Run(name, func(t *testing.T) {
			d := testDispatcher(&tree)
			own := offeredTree(mib.Text("ours"))
			d.view.offering([]offer{
				{subtree: before, beyond: beyond(before), tree: func() mib.Tree { return own }},
				{subtree: offered, beyond: beyond(offered), tree: func() mib.Tree { return own }},
			})
			req.Ranges = append(req.Ranges, agentxtest.Range{Start: offered, Include: true}, agentxtest.Range{Start: before})
			h, payload := cut(t, agentxtest.Encode(req))
			var out []byte
			if got := testing.AllocsPerRun(1000, func() { out = d.answer(out[:0], h, payload) }); got != 0 {
				t.Errorf("unexpected allocations for one answer: %v", got)
			}
		})
	}
}
