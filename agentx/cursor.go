package agentx

import "github.com/vmond/vmond/mib"

// cursor reads a payload from the front. It breaks at the first thing that is not all there, and reads zeros from
// then on, so that a reader need ask only once, at the end, whether all went well.
type cursor struct {
	rest   []byte
	order  order
	broken bool
}

// done reports whether all that was read was there and nothing is left over.
func (c *cursor) done() bool { return !c.broken && len(c.rest) == 0 }

// more reports whether there is something to go on reading.
func (c *cursor) more() bool { return !c.broken && len(c.rest) > 0 }

// take returns the next n octets, or nil.
func (c *cursor) take(n int) []byte {
	if c.broken || n > len(c.rest) {
		c.broken = true
		return nil
	}
	b := c.rest[:n]
	c.rest = c.rest[n:]
	return b
}

func (c *cursor) uint16() uint16 {
	b := c.take(2)
	if b == nil {
		return 0
	}
	return c.order.uint16(b)
}

func (c *cursor) uint32() uint32 {
	b := c.take(4)
	if b == nil {
		return 0
	}
	return c.order.uint32(b)
}

func (c *cursor) uint64() uint64 {
	b := c.take(8)
	if b == nil {
		return 0
	}
	return c.order.uint64(b)
}

// octets reads an octet string (RFC 2741, section 5.3) and returns a part of the payload. The padding may hold anything.
func (c *cursor) octets() []byte {
	n := c.uint32()
	if uint64(n) > uint64(len(c.rest)) {
		c.broken = true
		return nil
	}
	b := c.take(int(n))
	c.take(padding(int(n)))
	return b
}

// oid reads an object identifier (RFC 2741, section 5.1), appends it to dst, and returns that and the include field.
// It must not have more sub-identifiers than SMI allows, those counted that the prefix stands for.
func (c *cursor) oid(dst mib.OID) (mib.OID, bool) {
	head := c.take(wordSize)
	if head == nil {
		return dst, false
	}
	count, prefix, include := int(head[0]), head[1], head[2] != 0
	body := c.take(count * wordSize)
	total := count
	if prefix != 0 {
		total += prefixLen
	}
	if c.broken || total > mib.MaxSubIDs {
		c.broken = true
		return dst, false
	}
	if prefix != 0 {
		dst = append(dst, 1, 3, 6, 1, uint32(prefix))
	}
	for ; len(body) > 0; body = body[wordSize:] {
		dst = append(dst, c.order.uint32(body))
	}
	return dst, include
}

// padding is the number of octets that fill n octets up to a whole word.
func padding(n int) int { return -n & (wordSize - 1) }
