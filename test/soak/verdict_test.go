package soak

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

const (
	// seeds is how many soaks each claim is tried on.
	seeds = 20
	limit = 256 * mebi
)

// A leak is what grows in a made-up soak, per ten minutes.
type leak struct {
	descriptors, goroutines float64
	heap, outside           float64 // bytes; the garbage of a leak in the heap comes to as much again
	// step is what all memory goes up by once, in the middle, and garbage what only RSS does.
	step, garbage float64
}

// soaked returns what a soak of that length shows whose vmond has a leak, with all that real ones have shown: connections that
// come and go, goroutines by the dozen where many events come at once, a heap that a slow reader makes larger now and then, and
// the teeth of the garbage.
func soaked(seed uint64, long time.Duration, l leak) []sample {
	const gcPeriod = 7 * time.Second
	gap := min(sampleGap, long/fewestSamples)
	r := rand.New(rand.NewPCG(seed, 1))
	var out []sample
	for at := gap; at <= long; at += gap {
		part := float64(at) / float64(ordinary)
		live := 54*mebi + 3*mebi*r.ExpFloat64() + l.heap*part
		if r.IntN(12) == 0 {
			live += 15 * mebi
		}
		garbage := float64(90 * mebi)
		if at > long/2 {
			live += l.step
			garbage += l.garbage
		}
		tooth := float64((at+time.Duration(r.Int64N(int64(gcPeriod))))%gcPeriod) / float64(gcPeriod)
		resident := garbage + live + l.heap*part + l.outside*part + 25*mebi*tooth + 4*mebi*r.NormFloat64()
		goroutines := 10 + r.IntN(8) + int(l.goroutines*part)
		if r.IntN(10) == 0 {
			goroutines += r.IntN(40)
		}
		out = append(out, sample{
			at: at, descriptors: 13 + r.IntN(5) + int(l.descriptors*part), goroutines: goroutines,
			heap: int64(live), memory: memory{resident: int64(resident)},
		})
	}
	return out
}

// TestJudge proves that leaks of these sizes are found in whatever way the noise goes, and that noise alone is never taken for
// one.
func TestJudge(t *testing.T) {
	t.Parallel()
	const tenMinutes, halfAnHour = ordinary, 3 * ordinary
	tests := []struct {
		name string
		long time.Duration
		leak leak
		want string // what is said, or "" if all is well
	}{
		{"nothing leaks", tenMinutes, leak{}, ""},
		{"nothing leaks for half an hour", halfAnHour, leak{}, ""},
		{"nothing leaks for 20 seconds", shortest, leak{}, ""},
		{"something is given back", tenMinutes, leak{heap: -20 * mebi, descriptors: -3}, ""},
		{"the machine stood still in the middle", tenMinutes, leak{step: 3 * mebi}, ""},
		{"a descriptor every half a minute", tenMinutes, leak{descriptors: 20}, "it grows: descriptors: "},
		{"a goroutine every half a minute", tenMinutes, leak{goroutines: 20}, "it grows: goroutines: "},
		{"a goroutine every three minutes, for half an hour", halfAnHour, leak{goroutines: 3.4}, "it grows: goroutines: "},
		{"200 octets for each change", tenMinutes, leak{heap: 200 * churn * 600}, "it grows: heap: "},
		{"60 octets for each change, for half an hour", halfAnHour, leak{heap: 60 * churn * 600}, "it grows: heap: "},
		{"eight megabytes a minute outside of the heap", tenMinutes, leak{outside: 80 * mebi}, "it grows: RSS: "},
		{"two megabytes a minute outside of the heap, for half an hour", halfAnHour, leak{outside: 20 * mebi}, "it grows: RSS: "},
		{"the machine is busier in the second half", tenMinutes, leak{garbage: 12 * mebi}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(seeds) {
				warmUp := min(longestWarmUp, tt.long/warmUpShare)
				wrong := strings.Join(judge(soaked(seed, tt.long, tt.leak), warmUp, limit), "\n")
				if tt.want == "" && wrong != "" || !strings.Contains(wrong, tt.want) {
					t.Fatalf("seed %d: it is said %q, want %q", seed, wrong, tt.want)
				}
			}
		})
	}
}

func TestJudgeLimit(t *testing.T) {
	t.Parallel()
	samples := soaked(1, ordinary, leak{})
	samples[0].memory.resident = limit // once is enough, and before the end of the warm-up too
	want := fmt.Sprintf("[RSS came to %.1f MiB, and the unit has a limit of %.1f]", 256.0, 256.0)
	if got := fmt.Sprint(judge(samples, longestWarmUp, limit)); got != want {
		t.Errorf("it is said %s, want %s", got, want)
	}
}

// TestJudgeNothing proves that a soak that was not looked at is none.
func TestJudgeNothing(t *testing.T) {
	t.Parallel()
	few := soaked(1, ordinary, leak{})[:50]
	for _, samples := range [][]sample{nil, few[:5], few} {
		if wrong := judge(samples, longestWarmUp, limit); len(wrong) != 1 || !strings.Contains(wrong[0], "too few to tell") {
			t.Errorf("of %d samples is said %q", len(samples), wrong)
		}
	}
}
