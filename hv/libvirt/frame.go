package libvirt

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"sync/atomic"
)

// The sizes of a packet, in octets, with its own length field. The protocol's header is 28 octets long; libvirt's
// limit for a message (VIR_NET_MESSAGE_MAX) is 32 MiB, and its length field.
const (
	lengthField = 4
	minPacket   = 28
	maxPacket   = 32<<20 + lengthField
)

// The fields of the header that we look at, by their offsets, and what they say of an event
// (https://libvirt.org/kbase/internals/rpc.html).
const (
	programOffset   = 4
	procedureOffset = 12
	typeOffset      = 16

	remoteProgram = 0x20008086
	typeReply     = 1
	typeMessage   = 2

	statusOffset = 24
	statusOK     = 0
)

// maxMessage is how much of an event is looked at: more than the longest string that the protocol has
// (REMOTE_STRING_MAX), which its name might be.
const maxMessage = 4<<20 + 64

// maxPiece is how many octets of an answer are handed on at a time. Nothing else of the program may run while memory is
// copied, if the collection of garbage waits for that: copied whole, the longest answer holds up everybody for 10 ms.
const maxPiece = 64 << 10

// A tap is handed each event as it comes, with the number of its procedure. An error ends the connection.
type tap func(procedure uint32, body []byte) error

// frames reads a stream of packets. The events among them go to the tap, in their place between the answers; the reader
// never sees them, nor anything that it did not ask for. It is there also because go-libvirt allocates whatever
// length it is told, and panics at one that is shorter than the header.
type frames struct {
	r   *bufio.Reader
	tap tap // nil if no events are wanted

	intake atomic.Pointer[intake] // what takes an answer itself; nil if nothing does

	head [minPacket]byte
	rest []byte // of the answer, what was not read yet
}

func newFrames(r io.Reader, t tap) *frames { return &frames{r: bufio.NewReader(r), tap: t} }

// Read reads what is not an event. It returns an error if a packet has a length that no daemon sends, or the tap does.
func (f *frames) Read(p []byte) (int, error) {
	for len(f.rest) == 0 {
		if err := f.next(); err != nil {
			return 0, err
		}
	}
	n := copy(p[:min(len(p), maxPiece)], f.rest)
	if f.rest = f.rest[n:]; len(f.rest) == 0 {
		f.rest = nil // which may have been large
	}
	return n, nil
}

// next takes the next packet.
func (f *frames) next() error {
	if _, err := io.ReadFull(f.r, f.head[:lengthField]); err != nil {
		return err
	}
	size := f.field(0)
	if size < minPacket || size > maxPacket {
		return fmt.Errorf("packet of %d octets: expected %d to %d", size, minPacket, maxPacket)
	}
	if _, err := io.ReadFull(f.r, f.head[lengthField:]); err != nil {
		return err
	}
	body := int(size) - minPacket
	if f.field(typeOffset) == typeMessage {
		return f.message(body)
	}
	return f.reply(body)
}

// reply takes an answer of that many octets. One that nobody asked for is dropped. One that is not what its procedure
// answers goes on without its octets, so that the one request fails that it is the answer to: go-libvirt would make room
// for whatever number of elements it speaks of, and there may not be as much memory.
func (f *frames) reply(length int) error {
	shape, asked := shapeOf(f.field(procedureOffset))
	if !asked || f.field(typeOffset) != typeReply || f.field(programOffset) != remoteProgram {
		_, err := f.r.Discard(length)
		return err
	}
	packet := make([]byte, minPacket+length)
	if _, err := io.ReadFull(f.r, packet[copy(packet, f.head[:]):]); err != nil {
		return err
	}
	if f.field(statusOffset) != statusOK {
		shape = failureShape
	}
	x := xdr{rest: packet[minPacket:]}
	x.walk(shape)
	in := f.intake.Load()
	switch {
	case x.err != nil:
		packet = cutShort(packet, 0)
	case in != nil && in.procedure == f.field(procedureOffset) && f.field(statusOffset) == statusOK:
		body := packet[minPacket:]
		in.body.Store(&body)
		packet = cutShort(slices.Clone(packet[:minPacket]), blank(shape))
	}
	f.rest = packet
	return nil
}

// cutShort returns the packet with so many zeros for its body.
func cutShort(packet []byte, body int) []byte {
	packet = append(packet[:minPacket], make([]byte, body)...)
	binary.BigEndian.PutUint32(packet, uint32(len(packet)))
	return packet
}

// message hands a message of that many octets to the tap.
func (f *frames) message(length int) error {
	if f.tap == nil || f.field(programOffset) != remoteProgram {
		_, err := f.r.Discard(length)
		return err
	}
	body := make([]byte, min(length, maxMessage))
	if _, err := io.ReadFull(f.r, body); err != nil {
		return err
	}
	if _, err := f.r.Discard(length - len(body)); err != nil {
		return err
	}
	return f.tap(f.field(procedureOffset), body)
}

// field returns the field of the header at that offset.
func (f *frames) field(offset int) uint32 { return binary.BigEndian.Uint32(f.head[offset:]) }
