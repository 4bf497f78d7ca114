package sim

import (
	"math/bits"
	"time"
)

// A load goes through slots of equal length, each with a share of its own, and begins anew after the last one.
const (
	slots      = 8
	slotLength = 8 * time.Second

	permille     = 1000
	leastLoad    = 20  // permille
	loadRange    = 900 // permille above the least
	bitsPerSlot  = 8
	slotMaxValue = 1<<bitsPerSlot - 1
)

// A load is how busy something is over time: one octet for each slot.
type load uint64

// permille returns the share of slot i in which it is busy, from leastLoad to leastLoad+loadRange.
func (l load) permille(i int) time.Duration {
	octet := uint64(l) >> (i * bitsPerSlot) & slotMaxValue
	return leastLoad + loadRange*time.Duration(octet)/slotMaxValue
}

// busy returns for how much of the time t it was busy. It never goes back as t grows, and never exceeds it.
func (l load) busy(t time.Duration) time.Duration {
	var whole, part time.Duration
	last, rest := int(t%(slots*slotLength)/slotLength), t%slotLength
	for i := range slots {
		share := l.permille(i)
		whole += share
		if i < last {
			part += share
		}
	}
	cycles := t / (slots * slotLength)
	return (cycles*whole+part)*(slotLength/permille) + rest*l.permille(last)/permille
}

// count returns how many things happen in d at a rate of perSecond, rounded down.
func count(d time.Duration, perSecond uint64) uint64 {
	hi, lo := bits.Mul64(uint64(d), perSecond)
	n, _ := bits.Div64(hi, lo, uint64(time.Second))
	return n
}
