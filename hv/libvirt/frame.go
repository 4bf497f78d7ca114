package libvirt

import (
	"encoding/binary"
	"fmt"
)

// The sizes of a packet, in octets, with its own length field. The protocol's header is 28 octets long; libvirt's
// limit for a message (VIR_NET_MESSAGE_MAX) is 32 MiB, and its length field.
const (
	lengthField = 4
	minPacket   = 28
	maxPacket   = 32<<20 + lengthField
)

// frames follows the packets in a stream of bytes. It is there because go-libvirt allocates whatever length it is
// told, and panics at one that is shorter than the header.
type frames struct {
	length [lengthField]byte
	have   int    // octets of length that were seen
	left   uint32 // octets of the packet after its length that are still to come
}

// check takes the next bytes, and returns an error if a packet in them has a length that no daemon sends.
func (f *frames) check(p []byte) error {
	for len(p) > 0 {
		if f.left > 0 {
			n := min(uint32(len(p)), f.left)
			f.left -= n
			p = p[n:]
			continue
		}
		n := copy(f.length[f.have:], p)
		f.have += n
		p = p[n:]
		if f.have < lengthField {
			return nil
		}
		size := binary.BigEndian.Uint32(f.length[:])
		if size < minPacket || size > maxPacket {
			return fmt.Errorf("packet of %d octets: expected %d to %d", size, minPacket, maxPacket)
		}
		f.have, f.left = 0, size-lengthField
	}
	return nil
}
