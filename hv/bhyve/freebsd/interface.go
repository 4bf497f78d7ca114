package freebsd

// An Interface is a network interface as ifconfig(8) shows it.
type Interface struct {
	Name string
	// Description is what somebody wrote on it, or empty.
	Description string
	// Groups are the interface groups that it is in, such as "tap" or "bridge".
	Groups []string
	// Members are the interfaces that a bridge or a lagg has.
	Members []string
	// Parent is the interface that a VLAN is on, or empty.
	Parent string
	// Opener is the process that has opened a tap, or 0.
	Opener int
}

// A Traffic is what netstat(1) counts of an interface. In is what came into the host.
type Traffic struct {
	// Index is the interface's index (ifIndex).
	Index int

	InPackets, InErrors, InDrops, InBytes uint64
	OutPackets, OutErrors, OutBytes       uint64
	// Collisions are those that the interface has seen, if they are told.
	Collisions     uint64
	CollisionsTold bool
}
