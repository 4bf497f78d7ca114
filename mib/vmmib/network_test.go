package vmmib

import (
	"math"
	"testing"

	"github.com/vmond/vmond/hv"
)

func TestInterfaceIndex(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		i    hv.Opt[int]
		want int32
	}{
		{"on another host", hv.Opt[int]{}, 0},
		{"none", hv.Some(0), 0},
		{"first", hv.Some(1), 1},
		{"last", hv.Some(math.MaxInt32), math.MaxInt32},
		{"too high", hv.Some(math.MaxInt32 + 1), 0},
		{"negative", hv.Some(-1), 0},
	}
	for _, tt := range tests {
		if got := interfaceIndex(tt.i); got != tt.want {
			t.Errorf("%s: unexpected index %d, want %d", tt.name, got, tt.want)
		}
	}
}
