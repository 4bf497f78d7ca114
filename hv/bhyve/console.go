package bhyve

import (
	"cmp"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"github.com/vmond/vmond/hv"
)

// frameBuffer is the device of bhyve that is reached by VNC (bhyve(8)).
const frameBuffer = "fbuf"

// Where bhyve listens for VNC unless it is told something else (rfb.c).
const (
	vncHost = "127.0.0.1"
	vncPort = "5900"
)

// console returns the console that a command line sets up, which is not ok if there is none.
func (o options) console() (c hv.Console, ok bool) {
	for _, node := range o.devices {
		if device, _ := o.get(node + ".device"); device != frameBuffer {
			continue
		}
		place, set := o.get(node + ".rfb")
		if !set {
			place, set = o.get(node + ".tcp")
		}
		c = hv.Console{Type: hv.ConsoleVNC}
		if place != "" || !set && !o.file { // what is set to nothing that is known may be anything
			c.Address = vncAddress(place)
		}
		return c, true
	}
	return hv.Console{}, false
}

// vncAddress returns the address that bhyve takes from a text such as "0.0.0.0:5900", "[::1]:5901" or "5902" (pci_fbuf.c).
// It is empty if the text is none of that: then it may be anything that somebody has put in its place.
func vncAddress(text string) string {
	host, port, ok := "", text, true
	if rest, bracketed := strings.CutPrefix(text, "["); bracketed {
		host, rest, ok = strings.Cut(rest, "]")
		port = strings.TrimPrefix(rest, ":")
		ok = ok && rest != ":" && (rest == "" || rest[0] == ':')
	} else if before, after, found := strings.Cut(text, ":"); found {
		host, port, ok = before, after, after != ""
	}
	host, port = cmp.Or(host, vncHost), cmp.Or(port, vncPort)
	n, err := strconv.ParseUint(port, 10, 16)
	if !ok || err != nil || n == 0 || !isHost(host) {
		return ""
	}
	return net.JoinHostPort(host, strconv.FormatUint(n, 10))
}

// isHost reports whether a text is an address of IP or the name of a host. The zone of an address could be any text, but that
// of a listener is the name of an interface.
func isHost(text string) bool {
	if addr, err := netip.ParseAddr(text); err == nil {
		return consistsOf(addr.Zone(), "-._")
	}
	return consistsOf(text, "-.")
}

// consoleAt returns the console that a manager says is at an address, which is none without one.
func consoleAt(text string) hv.Opt[hv.Console] {
	if text == "" {
		return hv.Opt[hv.Console]{}
	}
	return hv.Some(hv.Console{Type: hv.ConsoleVNC, Address: vncAddress(text)})
}
