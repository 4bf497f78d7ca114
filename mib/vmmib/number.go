package vmmib

import (
	"math"
	"time"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/mib"
)

// tick is the unit of TimeTicks.
const tick = 10 * time.Millisecond

// ticks returns a TimeTicks, which counts modulo 2^32 (RFC 2578, section 7.1.8): it begins anew after 497 days. A negative
// time is none, and so is the longest, of 292 years: it is what is told of all that are longer.
func ticks(d hv.Opt[time.Duration]) mib.Value {
	t, ok := d.Get()
	if !ok || t < 0 || t == math.MaxInt64 {
		return mib.NoSuchInstance
	}
	return mib.TimeTicks(uint32(t / tick))
}

// upTime returns the time since started as TimeTicks.
func upTime(now func() time.Time, started hv.Opt[time.Time]) mib.Value {
	t, ok := started.Get()
	if !ok {
		return mib.NoSuchInstance
	}
	return ticks(hv.Some(now().Sub(t)))
}

// counter returns a Counter64.
func counter(n hv.Opt[uint64]) mib.Value {
	c, ok := n.Get()
	if !ok {
		return mib.NoSuchInstance
	}
	return mib.Counter64(c)
}

// microseconds returns a Counter64 of microseconds. A negative time is none.
func microseconds(d hv.Opt[time.Duration]) mib.Value {
	t, ok := d.Get()
	if !ok || t < 0 {
		return mib.NoSuchInstance
	}
	return mib.Counter64(uint64(t / time.Microsecond))
}

// count returns an Integer32 of 0 or more. A number out of its range is none.
func count(n hv.Opt[int]) mib.Value {
	c, ok := n.Get()
	if !ok || c < 0 || c > math.MaxInt32 {
		return mib.NoSuchInstance
	}
	return mib.Integer(int32(c))
}

// bound returns a minimum or maximum, which is -1 if it is known that there is none.
func bound(n hv.Opt[int]) mib.Value {
	if c, ok := n.Get(); ok && c == hv.NoLimit {
		return mib.Integer(hv.NoLimit)
	}
	return count(n)
}
