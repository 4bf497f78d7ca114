package sim

import (
	"encoding/hex"
	"fmt"
	"time"

	"github.com/vmond/vmond/hv"
)

// hostCPUs is the number of physical CPUs, hostMemory the RAM.
const (
	hostCPUs   = 4
	hostMemory = 256 * gibibyte
)

// Sizes.
const (
	mebibyte = 1 << 20
	gibibyte = 1 << 30
)

// drawDefinition returns the configuration of the virtual machine of that id, as it is while it is not active.
func drawDefinition(c config, id uint64) hv.Definition {
	d := hv.Definition{
		OSType: pick(draw(c.seed, forOS, id),
			"Debian GNU/Linux 12", "Debian GNU/Linux 13", "Ubuntu 24.04", "FreeBSD 14", "Windows Server 2022", "hvm"),
		CurCPUs: hv.Some(c.cpus),
		MinCPUs: hv.Some(hv.NoLimit),
		MaxCPUs: hv.Some(c.cpus * int(1+draw(c.seed, forCPU, id)%2)),
		Console: drawConsole(c.seed, id),
		CPUs:    make([]hv.CPU, c.cpus),
		Disks:   make([]hv.Disk, c.disks),
		NICs:    make([]hv.NIC, c.nics),
	}
	memory := draw(c.seed, forMemory, id)
	most := pick[int64](memory, 512*mebibyte, gibibyte, 2*gibibyte, 4*gibibyte, 8*gibibyte, 64*gibibyte)
	d.MaxMem = hv.Some(most)
	d.CurMem = hv.Some(pick(memory>>32, most, most, most/2)) // now and then the balloon is half blown up
	d.MinMem = hv.Some(pick[int64](memory>>48, hv.NoLimit, hv.NoLimit, most/4))
	for i := range d.CPUs {
		d.CPUs[i] = hv.CPU{ID: i, Affinity: hv.Some(drawAffinity(c.seed, id, i))}
	}
	for i := range d.Disks {
		d.Disks[i] = drawDisk(c.seed, id, i)
	}
	for i := range d.NICs {
		d.NICs[i] = drawNIC(c, id, i)
	}
	return d
}

// drawAffinity returns the physical CPUs of a virtual one: mostly all, sometimes a pair or a single one.
func drawAffinity(seed, id uint64, cpu int) hv.CPUSet {
	const all = 1<<hostCPUs - 1
	h := draw(seed, forCPU, id, uint64(cpu)+1)
	first := h >> 32 % hostCPUs
	pinned := weigh(h, share[uint64]{60, all}, share[uint64]{20, 3 << first & all}, share[uint64]{20, 1 << first})
	return hv.CPUSet{byte(pinned)}
}

// drawNIC returns the i-th interface. Its address is unique among those of the first 2^24 interfaces.
func drawNIC(c config, id uint64, i int) hv.NIC {
	n := id*uint64(c.nics) + uint64(i) ^ draw(c.seed, forMAC)
	mac := hv.MAC{0x52, 0x54, 0x00, byte(n >> 16), byte(n >> 8), byte(n)} // begins as QEMU's
	return hv.NIC{
		Key:    mac.String(),
		MAC:    mac,
		Model:  pick(draw(c.seed, forNIC, id, uint64(i)), "virtio", "virtio", "virtio", "e1000e", "rtl8139"),
		Bridge: pick(draw(c.seed, forNIC, id, uint64(i))>>32, "br0", "br0", "br1", "virbr0"),
		// No interface of the simulation is in the table of the machine that it runs on.
		IfIndex: hv.Some(0),
		Parent:  hv.Some(0),
	}
}

// definition returns the configuration with what only a run has.
func (w *world) definition(v *vm, start time.Time) hv.Definition {
	d := w.configured(v)
	if d == v.own {
		d = clone(d)
	}
	d.Run, d.Started = hv.Some(v.run), hv.Opt[time.Time]{}
	if v.active() {
		d.Started = hv.Some(start.Add(v.began))
	}
	d.Console = reached(d.Console, v)
	for i := range d.NICs {
		live(&d.NICs[i], v.active())
	}
	return *d
}

// live fills in what an interface has on the host: nothing if there is no run.
func live(n *hv.NIC, active bool) {
	if active {
		if n.Host == "" {
			n.Host = tapName(*n)
		}
		return
	}
	n.Host = ""
	for _, index := range []*hv.Opt[int]{&n.IfIndex, &n.Parent} {
		if _, told := index.Get(); told {
			*index = hv.Some(0)
		}
	}
}

// tapName returns a name for the host's end of an interface, of at most 15 octets as Linux wants (IFNAMSIZ).
func tapName(n hv.NIC) string {
	const own = 3 // the octets of an address that its vendor's block leaves to the interface
	if len(n.MAC) < own {
		return fmt.Sprintf("vnet%06x", fnv1a(n.Key)&(1<<24-1))
	}
	return "vnet" + hex.EncodeToString(n.MAC[len(n.MAC)-own:])
}
