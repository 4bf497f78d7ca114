package bhyve

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/vmond/vmond/hv"
)

// A card is a network interface as it is configured.
type card struct {
	// number is its place among those of its virtual machine, as the manager counts them, from 0.
	number int
	// model is the device that the guest sees, such as "virtio-net", or empty if that is not known.
	model string
	// mac is the guest's address, or nil if that is not known.
	mac hv.MAC
	// tap is its other end on the host as far as the configuration tells, or empty.
	tap string
	// tapless says that its other end is no tap(4), but one of netgraph(4), say.
	tapless bool
	// network is the switch that vm-bhyve put it on, and bridge what CBSD says that it is attached to. Each is empty if
	// there is none.
	network, bridge string
}

// macOctets is how long the address of an Ethernet interface is.
const macOctets = 6

// parseMAC reads an address as ether_aton(3) does, which takes octets of one digit. It is nil for anything else.
func parseMAC(text string) hv.MAC {
	octets := strings.Split(strings.TrimSpace(text), ":")
	for i, octet := range octets {
		if len(octet) == 1 {
			octets[i] = "0" + octet
		}
	}
	mac, err := hv.ParseMAC(strings.Join(octets, ":"))
	if err != nil || len(mac) != macOctets {
		return nil
	}
	return mac
}

// cardKeys returns the keys of the cards: of those that a manager has in an order their numbers, since it may give them
// their addresses only at the start. Of others it is the guest's address, the tap of one of which nothing else is
// known, or the number.
func cardKeys(g *guest, cards []card) []string {
	names := make([]string, len(cards))
	for i, c := range cards {
		names[i] = fmt.Sprintf("network%d", c.number)
		if !managed(g.key) {
			names[i] = cmp.Or(c.mac.String(), c.tap, names[i])
		}
	}
	return unique(names)
}

// cards returns the cards of a guest. Of one of which nothing is written down they are the taps that it has open.
func (e *environment) cards(g *guest, m makeup) []card {
	if m.cards != nil || g.process == nil {
		return m.cards
	}
	l, _ := e.links()
	return l.opened(g)
}

// nics describes the cards of a guest. Without a process there is nothing of them on the host.
func (e *environment) nics(g *guest, cards []card) []hv.NIC {
	keys := cardKeys(g, cards)
	nics := make([]hv.NIC, len(cards))
	for i, c := range cards {
		nics[i] = hv.NIC{Key: keys[i], MAC: c.mac, Model: c.model, Bridge: g.bridge(c), IfIndex: hv.Some(0), Parent: hv.Some(0)}
	}
	if g.process != nil {
		e.attach(nics, g, cards)
	}
	return nics
}

// bridge returns what a card's manager attaches it to, or "" if that is left to the start or nothing.
func (g *guest) bridge(c card) string { return cmp.Or(c.bridge, g.switches[c.network].Bridge) }

// attach says what the cards are attached to: of one whose tap is found that is what the host says, and else what its
// manager has written down. If the interfaces cannot be read, the tap of each is what the configuration says, unless that
// may be of a jail.
func (e *environment) attach(nics []hv.NIC, g *guest, cards []card) {
	l, ok := e.links()
	if !ok {
		for i, c := range cards {
			if g.process.Jail == 0 {
				nics[i].Host = c.tap
			}
			nics[i].IfIndex, nics[i].Parent = e.ifIndex(nics[i].Host), hv.Opt[int]{}
		}
		return
	}
	for i, p := range l.plugs(g, cards) {
		switch n := &nics[i]; {
		case p.doubtful:
			n.IfIndex, n.Parent = hv.Opt[int]{}, hv.Opt[int]{}
		case p.tap != "":
			n.Host, n.IfIndex, n.Bridge = p.tap, e.ifIndex(p.tap), l.bridge(p.tap)
			if out := l.physical(p.tap); out != "" {
				n.Parent = e.ifIndex(out)
			}
		}
	}
}

// ifIndex returns the index of an interface. It is absent if it is not known.
func (e *environment) ifIndex(name string) hv.Opt[int] {
	t, ok := e.traffic()[name]
	if !ok {
		return hv.Opt[int]{}
	}
	return hv.Some(t.Index)
}

// nicStats returns the counters of a card. What goes into the host by a tap comes from the guest, which sees it as sent.
func (e *environment) nicStats(n hv.NIC) hv.NICStats {
	s := hv.NICStats{Key: n.Key}
	t, ok := e.traffic()[n.Host]
	if n.Host == "" || !ok {
		return s
	}
	s.TxBytes, s.TxPackets = hv.Some(t.InBytes), hv.Some(t.InPackets)
	s.TxErrors, s.TxDrops = hv.Some(t.InErrors), hv.Some(t.InDrops)
	s.RxBytes, s.RxPackets, s.RxErrors = hv.Some(t.OutBytes), hv.Some(t.OutPackets), hv.Some(t.OutErrors)
	if t.CollisionsTold {
		s.Collisions = hv.Some(t.Collisions)
	}
	return s
}
