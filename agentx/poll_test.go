package agentx

import (
	"runtime"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// testPoll is short, so that what is awaited in vain takes no time.
const testPoll = 20 * time.Microsecond

// silent is a connection on which there is nothing yet.
func silent() (int, bool) { return 0, true }

// quiet is a bell that nobody rings.
func quiet() bool { return false }

// TestPollAwait proves what ends a poll, and what it says of the master.
func TestPollAwait(t *testing.T) {
	t.Parallel()
	calls := 0
	tests := []struct {
		name    string
		length  time.Duration
		receive func() (int, bool)
		rung    func() bool
		want    int
		calls   int
		vain    int
	}{
		{"no poll", 0, silent, quiet, 0, 0, 0},
		{"there at once", time.Hour, func() (int, bool) { return 7, false }, quiet, 7, 1, 0},
		{"there after a while", time.Hour, func() (int, bool) {
			if calls < 5 {
				return 0, true
			}
			return 7, false
		}, quiet, 7, 5, 0},
		{"the end", time.Hour, func() (int, bool) { return 0, false }, quiet, 0, 1, 0},
		{"something else to do", time.Hour, silent, func() bool { return calls == 3 }, 0, 3, 0},
		{"nothing in time", testPoll, silent, quiet, 0, -1, 1},
	}
	for _, tt := range tests {
		calls = 0
		p := poll{length: tt.length}
		got := p.await(func() (int, bool) {
			calls++
			return tt.receive()
		}, tt.rung)
		if got != tt.want {
			t.Errorf("%s: unexpected octets: want %d, got %d", tt.name, tt.want, got)
		}
		if tt.calls >= 0 && calls != tt.calls || tt.calls < 0 && calls < 1 {
			t.Errorf("%s: unexpected tries: want %d, got %d", tt.name, tt.calls, calls)
		}
		if p.vain != tt.vain {
			t.Errorf("%s: unexpected polls in vain: want %d, got %d", tt.name, tt.vain, p.vain)
		}
	}
}

// TestPollBacksOff proves that a master that is never as quick costs less and less, and that one that is quick again is
// awaited after each answer.
func TestPollBacksOff(t *testing.T) {
	t.Parallel()
	p := poll{length: testPoll}
	// rests returns how many answers went without a poll before each of the next n polls.
	rests := func(n int, receive func() (int, bool)) []int {
		var all []int
		for rest := 0; len(all) < n; rest++ {
			tried := false
			p.await(func() (int, bool) {
				tried = true
				return receive()
			}, quiet)
			if tried {
				all = append(all, rest)
				rest = -1
			}
		}
		return all
	}
	want := []int{0, 0, 0, 0, 0, 1, 3, 7, 15, 31, 63, 127, 255, 256, 256}
	if diff := cmp.Diff(want, rests(len(want), silent)); diff != "" {
		t.Errorf("unexpected answers without a poll (-want +got):\n%s", diff)
	}
	p.vain = 1000 // as after days
	if diff := cmp.Diff([]int{256, 256}, rests(2, silent)); diff != "" {
		t.Errorf("unexpected answers without a poll after many in vain (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int{256, 0, 0}, rests(3, func() (int, bool) { return 1, false })); diff != "" {
		t.Errorf("unexpected answers without a poll of a quick master (-want +got):\n%s", diff)
	}
}

// TestPollNeedsACPU proves that there is no poll where the master would need the CPU that it keeps busy. It is not parallel:
// others want their CPUs.
func TestPollNeedsACPU(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	if got := newPoll(testPoll).length; got != 0 {
		t.Errorf("a poll of %v on one CPU", got)
	}
	runtime.GOMAXPROCS(2)
	if got := newPoll(testPoll).length; got != testPoll {
		t.Errorf("unexpected poll on two CPUs: want %v, got %v", testPoll, got)
	}
}
