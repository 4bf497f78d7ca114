package hv

// The types of consoles that are known by a word. There are others; a console has the word of its hypervisor.
const (
	ConsoleVNC   = "vnc"
	ConsoleSPICE = "spice"
)

// A Console is the graphical console of a virtual machine, as it can be reached from outside.
type Console struct {
	// Type is how it is spoken to, such as [ConsoleVNC].
	Type string `json:"type"`
	// Address is where: an address and a TCP port, such as "127.0.0.1:5900" or "[::1]:5900", or the path of a socket. It is
	// empty while there is nothing to connect to, as while the virtual machine is not active.
	Address string `json:"address,omitempty"`
}
