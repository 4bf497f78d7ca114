package librenms

import (
	"math"
	"time"

	"github.com/vmond/vmond/hv"
)

// A figure is a number in units of its column's last decimal. It is absent where it is not known, or is none that
// LibreNMS could have: PHP's integers have 63 bits, and RRDs of the application begin at 0.
type figure = hv.Opt[int64]

// zero is a figure that is known.
var zero = hv.Some(int64(0))

// figures are the numbers of a virtual machine, a disk or an interface.
type figures [numColumns]figure

// counted returns a counter.
func counted(v hv.Opt[uint64]) figure {
	n, known := v.Get()
	if !known || n > math.MaxInt64 {
		return figure{}
	}
	return hv.Some(int64(n))
}

// sized returns a number of octets or of things.
func sized[T ~int | ~int64](v hv.Opt[T]) figure {
	n, known := v.Get()
	if !known || n < 0 {
		return figure{}
	}
	return hv.Some(int64(n))
}

// signed returns a number that may be below 0, which LibreNMS does not store.
func signed(v hv.Opt[int]) figure {
	n, known := v.Get()
	if !known {
		return figure{}
	}
	return hv.Some(int64(n))
}

// lasted returns a time as a number of units.
func lasted(v hv.Opt[time.Duration], unit time.Duration) figure {
	d, known := v.Get()
	if !known || d < 0 {
		return figure{}
	}
	return hv.Some(int64(d.Round(unit) / unit))
}

// percentage returns what part of the whole something is, if there is a whole. As ps(1) does, it drops what is less
// than its last decimal.
func percentage(part, whole float64) figure {
	n := math.Floor(100 * math.Pow10(percentDecimals) * part / whole)
	if whole <= 0 || n < 0 || n >= math.MaxInt64 {
		return figure{}
	}
	return hv.Some(int64(n))
}

// sum returns the sum of two figures, which is known if both are.
func sum(a, b figure) figure {
	m, knownA := a.Get()
	n, knownB := b.Get()
	if !knownA || !knownB || m > math.MaxInt64-n {
		return figure{}
	}
	return hv.Some(m + n)
}

// fill sets some of the columns.
func (f *figures) fill(in []column, v figure) {
	for _, c := range in {
		f[c] = v
	}
}

// add adds some of the columns.
func (f *figures) add(g *figures, in []column) {
	for _, c := range in {
		f[c] = sum(f[c], g[c])
	}
}

// settle makes 0 what is not known of some of the columns.
func (f *figures) settle(in []column) {
	for _, c := range in {
		f[c] = hv.Some(f[c].Or(0))
	}
}
