package sim

import (
	"math/big"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestLoadIsMonotonicAndBounded(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := load(rapid.Uint64().Draw(t, "load"))
		year := int64(365 * 24 * time.Hour)
		from := time.Duration(rapid.Int64Range(0, 10*year).Draw(t, "from"))
		to := from + time.Duration(rapid.OneOf(rapid.Int64Range(0, 10), rapid.Int64Range(0, year)).Draw(t, "more"))
		before, after := l.busy(from), l.busy(to)
		if after < before {
			t.Fatalf("busy goes back from %d to %d", before, after)
		}
		if after-before > to-from+1 { // each is rounded down by itself
			t.Fatalf("busy for %v within %v", after-before, to-from)
		}
		if to > time.Minute && after <= 0 {
			t.Fatalf("not busy at all in %v", to)
		}
	})
}

func TestLoadAtSlots(t *testing.T) {
	t.Parallel()
	full := load(1<<64 - 1)
	tests := []struct {
		name string
		l    load
		at   time.Duration
		want time.Duration
	}{
		{"start", full, 0, 0},
		{"idle", 0, 8 * time.Second, 160 * time.Millisecond},
		{"full", full, 8 * time.Second, 7360 * time.Millisecond},
		{"half a slot", full, 4 * time.Second, 3680 * time.Millisecond},
		{"first slot only", 0xff, 64 * time.Second, 7360*time.Millisecond + 7*160*time.Millisecond},
		{"last slot only", 0xff << 56, 64*time.Second - 1, 7360*time.Millisecond + 7*160*time.Millisecond - 1},
		{"two cycles", full, 128 * time.Second, 2 * 8 * 7360 * time.Millisecond},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := tt.l.busy(tt.at); got != tt.want {
				t.Fatalf("unexpected busy time %v, want %v", got, tt.want)
			}
		})
	}
}

func TestCount(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := rapid.Int64Range(0, 1<<62).Draw(t, "d")
		rate := rapid.Uint64Range(0, 1_000_000).Draw(t, "rate")
		product := new(big.Int).Mul(big.NewInt(d), new(big.Int).SetUint64(rate))
		want := product.Div(product, big.NewInt(int64(time.Second))).Uint64()
		if got := count(time.Duration(d), rate); got != want {
			t.Fatalf("unexpected count %d, want %d", got, want)
		}
	})
}

func TestWeigh(t *testing.T) {
	t.Parallel()
	got := map[string]int{}
	for h := range uint64(100) {
		got[weigh(h, share[string]{70, "a"}, share[string]{0, "never"}, share[string]{30, "b"})]++
	}
	if got["a"] != 70 || got["b"] != 30 || len(got) != 2 {
		t.Fatalf("unexpected shares %v", got)
	}
}
