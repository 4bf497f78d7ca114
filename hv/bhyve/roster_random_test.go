package bhyve

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv/bhyve/cbsd"
)

// randomClues returns clues about virtual machines of a few names, of which everybody may have one.
func randomClues(r *rand.Rand) clues {
	maybe := func() bool { return r.IntN(2) == 0 }
	rarely := func() bool { return r.IntN(8) == 0 }
	c := clues{libvirt: libvirts{}, unsure: rarely(), cbsdUnread: rarely(), libvirtUnread: rarely()}
	for i, name := range []string{"a", "b", "c"} {
		if maybe() {
			c.nodes = append(c.nodes, name)
		}
		if rarely() {
			c.libvirt[name] = r.IntN(6)
		}
		for range r.IntN(3) {
			pid := 1 + r.IntN(5) + 10*i
			if !slices.ContainsFunc(c.running, func(p running) bool { return p.PID == pid }) {
				c.running = append(c.running, bhyveOf(pid, name, pid, origin(r.IntN(4))))
			}
		}
		for _, datastore := range []string{"default", "tank"} {
			switch g := vmGuest(datastore, name); r.IntN(5) {
			case 0:
				c.vmbhyve = append(c.vmbhyve, lockedHere(g))
			case 1:
				c.vmbhyve = append(c.vmbhyve, abroad(g))
			case 2:
				c.vmbhyve = append(c.vmbhyve, g)
			}
		}
		if maybe() {
			c.cbsd = append(c.cbsd, cbsdOf(name, cbsd.Status(r.IntN(5)), r.IntN(6)+10*i))
		}
	}
	if rarely() {
		c.unread = []string{"lake"}
	}
	return c
}

// Whatever there is, each virtual machine is told once, all that is written down is told, nothing of libvirt's is, and what has not
// changed has not changed its key.
func TestRosterRandom(t *testing.T) {
	t.Parallel()
	const histories, looks = 500, 8
	for seed := range uint64(histories) {
		r := rand.New(rand.NewPCG(seed, seed))
		var ros roster
		for range looks {
			c := randomClues(r)
			got := ros.assemble(c)
			var keys []string
			pids, nodes := map[int]string{}, map[string]string{}
			for _, g := range got {
				keys = append(keys, g.key)
				if strings.HasPrefix(g.key, libvirtKey) {
					t.Fatalf("seed %d: %s is told", seed, g.key)
				}
				if g.process != nil {
					if other, ok := pids[g.process.PID]; ok {
						t.Fatalf("seed %d: %s and %s have one process", seed, g.key, other)
					}
					pids[g.process.PID] = g.key
				}
				if g.node {
					if other, ok := nodes[g.name]; ok {
						t.Fatalf("seed %d: %s and %s have one node", seed, g.key, other)
					}
					nodes[g.name] = g.key
				}
			}
			if !slices.IsSorted(keys) || len(slices.Compact(slices.Clone(keys))) != len(keys) {
				t.Fatalf("seed %d: unexpected keys %v", seed, keys)
			}
			for _, g := range slices.Concat(c.vmbhyve, c.cbsd) {
				if !slices.Contains(keys, g.key) {
					t.Fatalf("seed %d: %s is not told", seed, g.key)
				}
			}
			for _, p := range c.running {
				if c.libvirt[p.vm] == p.PID && pids[p.PID] != "" {
					t.Fatalf("seed %d: libvirt's process %d is told as %s", seed, p.PID, pids[p.PID])
				}
				if key := pids[p.PID]; p.origin == fromCBSD && key != "" && key != cbsdKey+p.vm {
					t.Fatalf("seed %d: CBSD's process %d is told as %s", seed, p.PID, key)
				}
			}
			if diff := cmp.Diff(wholes(got), wholes(ros.assemble(c))); diff != "" {
				t.Fatalf("seed %d: unexpected change from what has not changed (-first +second):\n%s", seed, diff)
			}
		}
	}
}
