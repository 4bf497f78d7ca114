package libvirt

import (
	"encoding/binary"
	"errors"
)

// xdrUnit is what the length of everything in XDR is a multiple of, in octets (RFC 4506, section 3).
const xdrUnit = 4

// errShort is the error of XDR that ends before what it says is in it.
var errShort = errors.New("ends too soon")

// xdr takes values out of data in XDR (RFC 4506), in turn. Once the data have ended too soon, err says so and all values
// are zero.
type xdr struct {
	rest []byte
	err  error
}

// fixed takes n octets. They are part of the data, not a copy.
func (x *xdr) fixed(n int) []byte {
	padded := (n + xdrUnit - 1) / xdrUnit * xdrUnit
	if padded > len(x.rest) {
		x.rest, x.err = nil, errShort
		return nil
	}
	b := x.rest[:n]
	x.rest = x.rest[padded:]
	return b
}

// uint32 takes an unsigned integer.
func (x *xdr) uint32() uint32 {
	b := x.fixed(xdrUnit)
	if b == nil {
		return 0
	}
	return binary.BigEndian.Uint32(b)
}

// uint64 takes an unsigned hyper integer.
func (x *xdr) uint64() uint64 {
	high := x.uint32()
	return uint64(high)<<32 | uint64(x.uint32())
}

// int32 takes an integer.
func (x *xdr) int32() int32 { return int32(x.uint32()) }

// octets takes octets with their number before them. They are part of the data, not a copy.
func (x *xdr) octets() []byte {
	n := x.uint32()
	if uint64(n) > uint64(len(x.rest)) {
		x.rest, x.err = nil, errShort
		return nil
	}
	return x.fixed(int(n))
}

// string takes a string.
func (x *xdr) string() string { return string(x.octets()) }
