package freebsd

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// busy returns what a process takes, each number another.
func busy() Usage {
	return Usage{
		Size: 4471685120, Resident: 540000, User: 5310*time.Second + 500*time.Millisecond, System: 810*time.Second + time.Microsecond,
		MinorFaults: 1, MajorFaults: 2, CopyFaults: 3, Swaps: 4, BlockReads: 5, BlockWrites: 6,
		VoluntarySwitches: 7, InvoluntarySwitches: 8, Nice: -5,
	}
}

// TestDecodeUsage proves that each number is found where it is, and that nothing is believed where one of them cannot be.
func TestDecodeUsage(t *testing.T) {
	t.Parallel()
	most := Usage{
		Size: math.MaxInt64, Resident: math.MaxInt64, User: (math.MaxInt64/time.Second - 1) * time.Second, System: time.Microsecond,
		MinorFaults: math.MaxInt64, MajorFaults: math.MaxInt64, CopyFaults: math.MaxUint32, Swaps: math.MaxInt64, BlockReads: math.MaxInt64,
		BlockWrites: math.MaxInt64, VoluntarySwitches: math.MaxInt64, InvoluntarySwitches: math.MaxInt64, Nice: 20,
	}
	record := func(u Usage) []byte { return kinfo(Process{PID: 4242, Start: time.Unix(0, 0), Usage: u}) }
	odd := func(offset int, octets ...byte) []byte { return with(record(busy()), offset, octets...) }
	ended := busy()
	ended.Size = 0
	minus := []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
	tests := []struct {
		name string
		b    []byte
		want Usage
	}{
		{"a busy one", record(busy()), busy()},
		{"the most", record(most), most},
		{"one without an address space", record(ended), Usage{}},
		{"too nice", odd(offNice, 21), Usage{}},
		{"not nice at all", odd(offNice, 0xeb), Usage{}},
		{"a negative size", odd(offSize, minus...), Usage{}},
		{"a negative resident size", odd(offResident, minus...), Usage{}},
		{"a negative time", odd(offUser, minus...), Usage{}},
		{"a time of more than a second's microseconds", odd(offSystem+timevalSize/2, 0x40, 0x42, 0x0f), Usage{}},
		{"a time that is too long", odd(offSystem, 0xff, 0xff, 0xff, 0xff, 0x02), Usage{}},
		{"negative faults", odd(offMinorFaults, minus...), Usage{}},
		{"negative switches", odd(offInvoluntarySwitches, minus...), Usage{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := DecodeProcesses(tt.b)
			if err != nil || len(got) != 1 {
				t.Fatalf("unexpected processes %v, %v", got, err)
			}
			if diff := cmp.Diff(tt.want, got[0].Usage); diff != "" {
				t.Errorf("unexpected usage (-want +got):\n%s", diff)
			}
		})
	}
}
