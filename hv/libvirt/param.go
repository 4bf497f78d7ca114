package libvirt

import (
	"math"
	"strconv"
	"strings"
	"time"

	lv "github.com/digitalocean/go-libvirt"

	"github.com/vmond/vmond/hv"
)

// kibibyte is the unit of all of libvirt's amounts of memory that are not XML.
const kibibyte = 1 << 10

// counter returns the value of a typed parameter as a counter. A negative one means that there is none; so does the
// highest there is, which is a negative one that lost its sign on the way.
func counter(p lv.TypedParam) hv.Opt[uint64] {
	switch v := p.Value.I.(type) {
	case int32:
		return counterOf(int64(v))
	case int64:
		return counterOf(v)
	case uint32:
		if v != math.MaxUint32 {
			return hv.Some(uint64(v))
		}
	case uint64:
		if v != math.MaxUint64 {
			return hv.Some(v)
		}
	}
	return hv.Opt[uint64]{}
}

// counterOf returns v as a counter, unless it is negative.
func counterOf(v int64) hv.Opt[uint64] {
	if v < 0 {
		return hv.Opt[uint64]{}
	}
	return hv.Some(uint64(v))
}

// number returns the value of a typed parameter as a number that is not negative.
func number(p lv.TypedParam) hv.Opt[int64] { return signed(counter(p)) }

// signed returns a counter as a signed number, if it fits.
func signed(c hv.Opt[uint64]) hv.Opt[int64] {
	v, ok := c.Get()
	if !ok || v > math.MaxInt64 {
		return hv.Opt[int64]{}
	}
	return hv.Some(int64(v))
}

// enumerator returns the value of a typed parameter as the number of a state, a reason or the like, which is an int32. One
// that is not may be another's if it is cut.
func enumerator(p lv.TypedParam) hv.Opt[int32] {
	var n int64
	switch v := p.Value.I.(type) {
	case int32:
		n = int64(v)
	case uint32:
		n = int64(v)
	case int64:
		n = v
	case uint64:
		n = int64(min(v, math.MaxInt64))
	default:
		return hv.Opt[int32]{}
	}
	if n < math.MinInt32 || n > math.MaxInt32 {
		return hv.Opt[int32]{}
	}
	return hv.Some(int32(n))
}

// nanoseconds returns the value of a typed parameter as a time.
func nanoseconds(p lv.TypedParam) hv.Opt[time.Duration] { return duration(counter(p)) }

// duration returns nanoseconds as a time, if they fit.
func duration(c hv.Opt[uint64]) hv.Opt[time.Duration] {
	v, ok := signed(c).Get()
	if !ok {
		return hv.Opt[time.Duration]{}
	}
	return hv.Some(time.Duration(v))
}

// kibibytes returns an amount of memory in bytes, if it fits.
func kibibytes(c hv.Opt[uint64]) hv.Opt[int64] {
	v, ok := c.Get()
	if !ok {
		return hv.Opt[int64]{}
	}
	return product(v, kibibyte)
}

// text returns the value of a typed parameter as a string.
func text(p lv.TypedParam) string {
	s, _ := p.Value.I.(string)
	return s
}

// element takes apart a name such as "block.3.rd.reqs": what the prefix is followed by is a number and the rest.
func element(field, prefix string) (n int, rest string, ok bool) {
	field, ok = strings.CutPrefix(field, prefix)
	if !ok {
		return 0, "", false
	}
	digits, rest, ok := strings.Cut(field, ".")
	if !ok {
		return 0, "", false
	}
	u, err := strconv.ParseUint(digits, 10, 31)
	return int(u), rest, err == nil
}
