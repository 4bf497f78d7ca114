package libvirttest

import (
	"encoding/binary"
	"fmt"
	"math"
)

// unit is what the length of everything in XDR (RFC 4506) is a multiple of.
const unit = 4

// An encoder appends values in XDR.
type encoder []byte

func (e *encoder) uint32(v uint32) { *e = binary.BigEndian.AppendUint32(*e, v) }
func (e *encoder) uint64(v uint64) { *e = binary.BigEndian.AppendUint64(*e, v) }
func (e *encoder) fixed(b []byte)  { *e = append(*e, b...) }

// bool appends 1 or 0.
func (e *encoder) bool(v bool) {
	if v {
		e.uint32(1)
		return
	}
	e.uint32(0)
}

// opaque appends octets with their number before them.
func (e *encoder) opaque(b []byte) {
	e.uint32(uint32(len(b)))
	*e = append(*e, b...)
	for len(*e)%unit != 0 {
		*e = append(*e, 0)
	}
}

func (e *encoder) string(s string) { e.opaque([]byte(s)) }

// domain appends a remote_nonnull_domain.
func (e *encoder) domain(d Domain) {
	e.string(d.Name)
	e.fixed(d.UUID[:])
	e.uint32(uint32(d.ID))
}

// params appends typed parameters.
func (e *encoder) params(ps []Param) {
	e.uint32(uint32(len(ps)))
	for _, p := range ps {
		e.string(p.Name)
		e.value(p.Value)
	}
}

// value appends the number of a typed parameter's type (virTypedParameterType), and its value.
func (e *encoder) value(v any) {
	const typeInt, typeUint, typeLlong, typeUllong, typeDouble, typeBoolean, typeString = 1, 2, 3, 4, 5, 6, 7
	switch v := v.(type) {
	case int32:
		e.uint32(typeInt)
		e.uint32(uint32(v))
	case uint32:
		e.uint32(typeUint)
		e.uint32(v)
	case int64:
		e.uint32(typeLlong)
		e.uint64(uint64(v))
	case uint64:
		e.uint32(typeUllong)
		e.uint64(v)
	case float64:
		e.uint32(typeDouble)
		e.uint64(math.Float64bits(v))
	case bool:
		e.uint32(typeBoolean)
		e.bool(v)
	case string:
		e.uint32(typeString)
		e.string(v)
	default:
		panic(fmt.Sprintf("libvirttest: parameter of type %T", v))
	}
}

// A decoder takes values out of a request. One that ends too soon sets bad; what is taken then is zero.
type decoder struct {
	rest []byte
	bad  bool
}

// take takes n octets.
func (d *decoder) take(n int) []byte {
	if n < 0 || n > len(d.rest) {
		d.bad, d.rest = true, nil
		return make([]byte, max(0, min(n, len(UUID{}))))
	}
	b := d.rest[:n]
	d.rest = d.rest[n:]
	return b
}

func (d *decoder) uint32() uint32 {
	b := d.take(unit)
	if d.bad {
		return 0
	}
	return binary.BigEndian.Uint32(b)
}

// string takes a string.
func (d *decoder) string() string {
	n := int(d.uint32())
	padded := (n + unit - 1) / unit * unit
	b := d.take(padded)
	if d.bad {
		return ""
	}
	return string(b[:n])
}

// domain takes a remote_nonnull_domain. What it says other than the UUID and the name is not used.
func (d *decoder) domain() Domain {
	dom := Domain{Name: d.string()}
	copy(dom.UUID[:], d.take(len(dom.UUID)))
	dom.ID = int32(d.uint32())
	return dom
}
