package libvirt

import (
	"fmt"
	"sync/atomic"
)

// An intake takes the next answer of one procedure, so that it is not go-libvirt that decodes it: its decoder needs five times
// as long, which matters for the answers that have something of each virtual machine.
type intake struct {
	procedure uint32
	body      atomic.Pointer[[]byte] // of the answer, once it has come
}

// divert runs f, which makes one request of that procedure and is answered with nothing, and returns what the daemon answered,
// of which all is as the procedure's shape says. There is one such request on a connection at a time.
func (c *conn) divert(procedure uint32, f func() error) (*xdr, error) {
	in := &intake{procedure: procedure}
	if !c.wire.frames.intake.CompareAndSwap(nil, in) {
		panic("libvirt: two answers are to be taken in at once")
	}
	defer c.wire.frames.intake.Store(nil)
	if err := f(); err != nil {
		return nil, err
	}
	body := in.body.Load()
	if body == nil {
		return nil, fmt.Errorf("answer to procedure %d: %w", procedure, errShape)
	}
	return &xdr{rest: *body}, nil
}

// blank returns how many octets an answer of that shape has in which everything is 0, and thus no element in any brackets.
func blank(shape string) int {
	n := 0
	for i := 0; i < len(shape); i++ {
		switch shape[i] {
		case 'i', 's':
			n += intSize
		case 'h':
			n += hyperSize
		case 'u':
			n += uuidSize
		case '[':
			n += intSize
			i = closing(shape, i)
		default:
			panic("libvirt: no blank of shape " + shape)
		}
	}
	return n
}
