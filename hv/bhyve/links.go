package bhyve

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// links are the host's interfaces.
type links []freebsd.Interface

// A plug is the end of a card on the host.
type plug struct {
	// tap is the tap(4), or empty if there is none or it is not known.
	tap string
	// doubtful says that there may be one, because the process has some open of which nothing tells whose they are.
	doubtful bool
}

// plugs returns that of each card of a virtual machine that has a process. It has no other taps than those that the process has
// open: one of the right name may be another's by now, after the own one was renamed. Among them it is the one that bhyve was
// started with, or else the one on which vm-bhyve or CBSD have written whose it is, or else the only one that is left for the only
// card.
func (l links) plugs(g *guest, cards []card) []plug {
	plugs := make([]plug, len(cards))
	free, opened := l.within(g)
	named := func(i freebsd.Interface, c card) bool { return c.tap != "" && i.Name == c.tap }
	described := func(i freebsd.Interface, c card) bool { return describes(i.Description, g, c) }
	for _, fits := range [...]func(freebsd.Interface, card) bool{named, described} {
		for n, c := range cards {
			at := slices.IndexFunc(free, func(i freebsd.Interface) bool { return fits(i, c) })
			if at < 0 || c.tapless || plugs[n].tap != "" {
				continue
			}
			plugs[n].tap = free[at].Name
			free = slices.Delete(free, at, at+1)
		}
	}
	if !opened || len(free) == 0 {
		return plugs
	}
	var loose []int
	for n, c := range cards {
		if plugs[n].tap == "" && !c.tapless {
			loose = append(loose, n)
		}
	}
	if len(loose) == 1 && len(free) == 1 {
		plugs[loose[0]].tap = free[0].Name
		return plugs
	}
	for _, n := range loose {
		plugs[n].doubtful = true
	}
	return plugs
}

// within returns the interfaces that may be of the guest's process: those that it has opened, if there are any, and else those that
// nobody has, because it is about to open them or ifconfig does not tell. Only the former count in a jail: what is seen are the
// host's own interfaces, and a jail's may have the same names.
func (l links) within(g *guest) (some links, opened bool) {
	for _, i := range l {
		if i.Opener == g.process.PID {
			some = append(some, i)
		}
	}
	if len(some) > 0 || g.process.Jail != 0 {
		return some, len(some) > 0
	}
	for _, i := range l {
		if i.Opener == 0 {
			some = append(some, i)
		}
	}
	return some, false
}

// describes reports whether a manager wrote the description for the card: "vmnet/NAME/N/SWITCH" is vm-bhyve's, which was
// "vmnet-NAME-N-SWITCH" before 1.5, and "NAME-nicN" CBSD's.
func describes(description string, g *guest, c card) bool {
	const nowhere = "custom" // the switch of a card that is on none
	switch {
	case strings.HasPrefix(g.key, vmbhyveKey):
		return strings.HasPrefix(description, fmt.Sprintf("vmnet/%s/%d/", g.name, c.number)) ||
			description == fmt.Sprintf("vmnet-%s-%d-%s", g.name, c.number, cmp.Or(c.network, nowhere))
	case strings.HasPrefix(g.key, cbsdKey):
		return description == fmt.Sprintf("%s-nic%d", g.name, c.number)
	}
	return false
}

// opened returns a card for each tap that the guest's process has open: all that is to be known of those of a virtual machine that
// was started by hand.
func (l links) opened(g *guest) []card {
	var cards []card
	for _, i := range l {
		if i.Opener == g.process.PID {
			cards = append(cards, card{number: len(cards), tap: i.Name})
		}
	}
	return cards
}

// bridges returns those that have the tap as a member. if_bridge(4) lets it be in no more than one.
func (l links) bridges(tap string) (some links) {
	for _, i := range l {
		if slices.Contains(i.Groups, "bridge") && slices.Contains(i.Members, tap) {
			some = append(some, i)
		}
	}
	return some
}

// bridge returns the name of the bridge that has the tap, or "".
func (l links) bridge(tap string) string {
	bridges := l.bridges(tap)
	if len(bridges) != 1 {
		return ""
	}
	return bridges[0].Name
}

// physical returns the interface by which the bridge that has the tap goes out of the host. It is empty if there is none, or if
// there are several, of which none is more the one than the others.
func (l links) physical(tap string) string {
	var out []string
	for _, bridge := range l.bridges(tap) {
		for _, member := range bridge.Members {
			if l.goesOut(member) {
				out = append(out, member)
			}
		}
	}
	if len(out) != 1 {
		return ""
	}
	return out[0]
}

// inward are the groups, and the beginnings of the names, of interfaces that do not go out of the host by themselves.
var inward = [...]string{"tap", "vmnet", "epair", "bridge", "vxlan", "gif", "gre", "wg", "tun", "lo", "stf", "ng", "ngeth", "eiface"}

// goesOut reports whether an interface is an Ethernet, a VLAN on one, or a lagg of some.
func (l links) goesOut(name string) bool {
	for range len(l) + 1 { // a VLAN may be on another
		if isInward(name) {
			return false
		}
		i := slices.IndexFunc(l, func(i freebsd.Interface) bool { return i.Name == name })
		if i < 0 {
			return true
		}
		if slices.ContainsFunc(l[i].Groups, func(group string) bool { return slices.Contains(inward[:], group) }) {
			return false
		}
		if l[i].Parent == "" {
			return true
		}
		name = l[i].Parent
	}
	return false
}

// isInward reports whether an interface is called as one that does not go out by itself.
func isInward(name string) bool {
	return slices.ContainsFunc(inward[:], func(kind string) bool {
		number, ok := strings.CutPrefix(name, kind)
		return ok && strings.Trim(number, "0123456789ab") == ""
	})
}
