package vmmibtest

import (
	"time"

	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
)

const (
	kibi = 1 << 10
	mebi = 1 << 20
	gibi = 1 << 30
	tebi = 1 << 40

	day = 24 * time.Hour
)

// Now returns the time at which the uptimes of [Snapshot] are what the tests expect. It never moves.
func Now() time.Time { return time.Date(2026, time.November, 20, 12, 0, 0, 0, time.UTC) }

// ago returns the time that long before Now.
func ago(d time.Duration) hv.Opt[time.Time] { return hv.Some(Now().Add(-d)) }

// Snapshot returns a new snapshot, always the same. The indices of its virtual machines have holes, and reach from
// the first to the last one that is possible.
func Snapshot() *collector.Snapshot {
	host := hv.Host{
		Software: "QEMU",
		Version:  "7.2.22",
		ObjectID: []uint32{1, 3, 6, 1, 4, 1, 2312, 3, 1},
		Started:  ago(41*day + 7*time.Hour + 420*time.Millisecond),
		Life:     "4d3a2c1e-0f6b-4c52-9a0e-6b1a77f0e0c1",
		CPUs:     []int{0, 1, 4}, // 2 and 3 are taken out
	}
	s := collector.NewSnapshot(host, Now().Add(-3*time.Second),
		running(), big(), off(), undescribed(), odd(), saved(), last())
	s.LastChange = hv.Some(40*day + 1234567*time.Microsecond)
	return s
}

// mustUUID returns the UUID of that text.
func mustUUID(text string) hv.UUID {
	u, err := hv.ParseUUID(text)
	if err != nil {
		panic("vmmibtest: " + err.Error())
	}
	return u
}

// mustCPUs returns the affinity of that text.
func mustCPUs(text string) hv.Opt[hv.CPUSet] {
	s, err := hv.ParseCPUSet(text)
	if err != nil {
		panic("vmmibtest: " + err.Error())
	}
	return hv.Some(s)
}

// mustMAC returns the address of that text.
func mustMAC(text string) hv.MAC {
	m, err := hv.ParseMAC(text)
	if err != nil {
		panic("vmmibtest: " + err.Error())
	}
	return m
}
