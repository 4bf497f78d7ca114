package sim

import (
	"net"
	"strconv"

	"github.com/vmond/vmond/hv"
)

// The TCP ports of consoles. Two virtual machines have the same one only if there are more of them.
const (
	firstPort = 5900
	ports     = 1<<16 - firstPort
)

// drawConsole returns the console of the virtual machine of that id: mostly VNC, and none for those that nobody sits at.
func drawConsole(seed, id uint64) hv.Opt[hv.Console] {
	kind := weigh(draw(seed, forConsole, id),
		share[string]{70, hv.ConsoleVNC}, share[string]{20, hv.ConsoleSPICE}, share[string]{10, ""})
	if kind == "" {
		return hv.Opt[hv.Console]{}
	}
	return hv.Some(hv.Console{Type: kind})
}

// reached returns the console c of v with the address that only a run has.
func reached(c hv.Opt[hv.Console], v *vm) hv.Opt[hv.Console] {
	console, ok := c.Get()
	switch {
	case !ok:
		return c
	case !v.active():
		console.Address = ""
	case console.Address == "":
		console.Address = net.JoinHostPort("127.0.0.1", strconv.FormatUint(firstPort+(v.id-1)%ports, 10))
	}
	return hv.Some(console)
}
