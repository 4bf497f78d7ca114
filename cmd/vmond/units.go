package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// The units of time that are shown.
const (
	minute = 60
	hour   = 60 * minute
	day    = 24 * hour
)

// number returns a number without any ado.
func number[T int | int32 | uint64](n T) string { return fmt.Sprint(n) }

// size returns a number of bytes in the largest unit in which it is at least 1.
func size[T int64 | uint64](n T) string {
	const step = 1024
	units := []string{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"}
	f, i := float64(n), 0
	for f >= step && i < len(units)-1 {
		f /= step
		i++
	}
	return strings.TrimSuffix(strconv.FormatFloat(f, 'f', 1, 64), ".0") + " " + units[i]
}

// span returns a time in its two largest units, such as "3d04h" or "12s". A negative one, as of a clock that was set
// back, is "0s".
func span(d time.Duration) string {
	s := int64(max(d, 0) / time.Second)
	switch {
	case s >= day:
		return fmt.Sprintf("%dd%02dh", s/day, s%day/hour)
	case s >= hour:
		return fmt.Sprintf("%dh%02dm", s/hour, s%hour/minute)
	case s >= minute:
		return fmt.Sprintf("%dm%02ds", s/minute, s%minute)
	}
	return fmt.Sprintf("%ds", s)
}

// cpuTime returns a CPU time: hundredths of a second matter while it is short.
func cpuTime(d time.Duration) string {
	if d < minute*time.Second {
		return fmt.Sprintf("%.2fs", d.Seconds())
	}
	return span(d)
}

// plural returns a number of things.
func plural(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return fmt.Sprintf("%d %s", n, thing)
}

// dotted returns an object identifier as it is written.
func dotted(id []uint32) string {
	parts := make([]string, len(id))
	for i, n := range id {
		parts[i] = strconv.FormatUint(uint64(n), 10)
	}
	return strings.Join(parts, ".")
}
