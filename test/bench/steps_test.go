//go:build linux

package bench

import (
	"testing"
	"time"

	"github.com/vmond/vmond/mib"
)

// TestStepsFor proves that allocations are counted, but for those of the first call.
func TestStepsFor(t *testing.T) {
	var sink [][]byte
	first := true
	tests := []struct {
		name string
		f    func() int
		want float64
	}{
		{"one each", func() int { sink = append(sink[:0], make([]byte, kibi)); return 1 }, 1},
		{"one for two", func() int { sink = append(sink[:0], make([]byte, kibi)); return 2 }, 0.5},
		{"the first only", func() int {
			if first {
				sink, first = append(sink, make([]byte, kibi)), false
			}
			return 1
		}, 0},
	}
	const slip = 0.1 // of what others allocate
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := stepsFor(50*time.Millisecond, tt.f)
			if got.allocations < tt.want || got.allocations > tt.want+slip {
				t.Errorf("unexpected allocations: want %v, got %v", tt.want, got.allocations)
			}
			if got.wall <= 0 || got.cpu < 0 {
				t.Errorf("unexpected cost %+v", got)
			}
		})
	}
	if step := stepsFor(0, func() int { return 1 }); step.wall <= 0 {
		t.Errorf("unexpected cost of one step: %+v", step)
	}
}

// TestThousandths proves that stray allocations are none of many steps, and that one of a thousand steps is.
func TestThousandths(t *testing.T) {
	t.Parallel()
	for v, want := range map[float64]float64{0: 0, 3e-6: 0, 0.0004: 0, 0.0006: 0.001, 0.001: 0.001, 1: 1, 12.3456: 12.346} {
		if got := thousandths(v); got != want {
			t.Errorf("unexpected rounding of %v: want %v, got %v", v, want, got)
		}
	}
}

// TestWalkerAllocatesNothing proves that what is made for a walk is made by the first one.
func TestWalkerAllocatesNothing(t *testing.T) {
	const vms = 100
	if got := stepsFor(50*time.Millisecond, newWalker(vms).walk).allocations; got != 0 {
		t.Errorf("unexpected allocations for a Next: %v", got)
	}
}

// TestWalkerGoesThroughAll proves that each virtual machine more makes a walk longer by its rows, and that a walk begins anew.
func TestWalkerGoesThroughAll(t *testing.T) {
	t.Parallel()
	lengths := make([]int, 4)
	for vms := range lengths {
		w := newWalker(vms)
		lengths[vms] = w.walk()
		if again := w.walk(); again != lengths[vms] {
			t.Errorf("a walk through %d virtual machines took %d steps, and then %d", vms, lengths[vms], again)
		}
	}
	rows := lengths[1] - lengths[0]
	if rows < 50 || lengths[2]-lengths[1] != rows || lengths[3]-lengths[2] != rows {
		t.Errorf("unexpected lengths of walks through 0 to 3 virtual machines: %v", lengths)
	}
}

func TestGetNext(t *testing.T) {
	t.Parallel()
	p := getNext(2, 7)
	if len(p.Ranges) != 2 {
		t.Fatalf("unexpected ranges %v", p.Ranges)
	}
	for i, want := range []string{"1.3.6.1.2.1.236.1.4.1.2.7", "1.3.6.1.2.1.236.1.4.1.3.7"} {
		if got := p.Ranges[i].Start; got.Compare(mib.MustOID(want)) != 0 {
			t.Errorf("unexpected start of range %d: want %s, got %s", i, want, got)
		}
		if p.Ranges[i].End.Compare(p.Ranges[i].Start) <= 0 {
			t.Errorf("range %d ends at %s", i, p.Ranges[i].End)
		}
	}
}
