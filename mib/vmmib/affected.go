package vmmib

import "github.com/vmond/vmond/mib"

const (
	octetBits = 8
	// firstBit is the most significant bit of an octet, which stands for the lowest index in it.
	firstBit = 0x80
)

// affected is a set of virtual machines that becomes a VirtualMachineList.
type affected struct {
	bits    []byte
	highest int32 // of all indices, those included that have no room in any message
}

// add puts an index of at least 1 into the set. Memory is taken only up to what a message can hold.
func (a *affected) add(index int32) {
	a.highest = max(a.highest, index)
	if index > MaxIndex(MaxMessageSize) {
		return
	}
	at := int(index-1) / octetBits
	if n := at + 1 - len(a.bits); n > 0 {
		a.bits = append(a.bits, make([]byte, n)...)
	}
	a.bits[at] |= firstBit >> (int(index-1) % octetBits)
}

// fits reports whether a message of that many octets has room for all of the set.
func (a *affected) fits(messageSize int) bool { return a.highest <= MaxIndex(messageSize) }

// value returns the VirtualMachineList: a bit for each index from 1 on, in octets up to that of the highest index in the
// set, and no longer (RFC 7666, section 6.1). It is whole only if the set fits.
func (a *affected) value() mib.Value { return mib.Octets(a.bits) }
