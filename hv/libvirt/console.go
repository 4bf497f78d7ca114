package libvirt

import (
	"cmp"
	"net"
	"strconv"

	"github.com/vmond/vmond/hv"
)

// graphicsXML is a graphical console of the definition.
type graphicsXML struct {
	Type    string      `xml:"type,attr"`
	Port    string      `xml:"port,attr"`
	TLSPort string      `xml:"tlsPort,attr"`
	Socket  string      `xml:"socket,attr"` // as libvirt before 2.0 has it
	Address string      `xml:"listen,attr"` // where there are no elements for it, as before 0.9.4
	Listens []listenXML `xml:"listen"`
}

// listenXML is where a console is. Of one on a network libvirt tells the address once the virtual machine is active.
type listenXML struct {
	Type    string `xml:"type,attr"`
	Address string `xml:"address,attr"`
	Socket  string `xml:"socket,attr"`
}

// console returns the first console that is of one of the known types, or else the first of any. Where it is to be
// reached is known only while the virtual machine is active: before that it is at most a wish.
func console(xs []graphicsXML, active bool) hv.Opt[hv.Console] {
	var first graphicsXML
	for _, x := range xs {
		if x.Type == hv.ConsoleVNC || x.Type == hv.ConsoleSPICE {
			first = x
			break
		}
		if first.Type == "" {
			first = x
		}
	}
	if first.Type == "" {
		return hv.Opt[hv.Console]{}
	}
	c := hv.Console{Type: first.Type}
	if active {
		c.Address = first.address()
	}
	return hv.Some(c)
}

// address returns where the console listens: the first place of those that there are.
func (x graphicsXML) address() string {
	listens := x.Listens
	if len(listens) == 0 {
		listens = []listenXML{{Address: x.Address, Socket: x.Socket}}
	}
	for _, l := range listens {
		if l.Type != "none" {
			if address := cmp.Or(l.Socket, x.endpoint(l.Address)); address != "" {
				return address
			}
		}
	}
	return ""
}

// endpoint returns the address with the port, if there are both. One that the host has yet to choose is -1.
func (x graphicsXML) endpoint(address string) string {
	for _, port := range []string{x.Port, x.TLSPort} {
		if n, err := strconv.ParseUint(port, 10, 16); err == nil && n > 0 && address != "" {
			return net.JoinHostPort(address, strconv.FormatUint(n, 10))
		}
	}
	return ""
}
