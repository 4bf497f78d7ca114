package agentx

import (
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

// pauseless lets no time pass.
func pauseless(time.Duration) bool { return true }

// A tried is what a poll did.
type tried struct {
	N     int
	Again bool
	Calls int // of receive
	Vain  int
}

// TestPollTry proves what ends a poll, and what it says of the master.
func TestPollTry(t *testing.T) {
	t.Parallel()
	calls := 0
	tests := []struct {
		name    string
		poll    poll
		receive func() (int, bool)
		rung    func() bool
		want    tried
	}{
		{"no poll", poll{}, silent, quiet, tried{Again: true}},
		{"at rest", poll{length: time.Hour, rest: 1, vain: 5}, silent, quiet, tried{Again: true, Vain: 5}},
		{"there at once", poll{length: time.Hour, vain: 3}, func() (int, bool) { return 7, false }, quiet, tried{N: 7, Calls: 1}},
		{"there after a while", poll{length: time.Hour}, func() (int, bool) {
			if calls < 5 {
				return 0, true
			}
			return 7, false
		}, quiet, tried{N: 7, Calls: 5}},
		{"the end", poll{length: time.Hour, vain: 3}, func() (int, bool) { return 0, false }, quiet, tried{Calls: 1, Vain: 3}},
		{"something else to do", poll{length: time.Hour, vain: 3}, silent, func() bool { return calls == 3 },
			tried{Again: true, Calls: 3, Vain: 3}},
		{"there, and something else to do", poll{length: time.Hour}, func() (int, bool) { return 7, false },
			func() bool { return true }, tried{N: 7, Calls: 1}},
	}
	for _, tt := range tests {
		calls = 0
		p := tt.poll
		n, again := p.try(func() (int, bool) {
			calls++
			return tt.receive()
		}, pauseless, tt.rung)
		if diff := cmp.Diff(tt.want, tried{n, again, calls, p.vain}); diff != "" {
			t.Errorf("%s: unexpected poll (-want +got):\n%s", tt.name, diff)
		}
	}
}

// TestPollEnds proves that a poll in vain is over when its time is, that no pause is asked to take longer, and that what came
// in the last pause is received.
func TestPollEnds(t *testing.T) {
	t.Parallel()
	calls, paused := 0, false
	receive := func() (int, bool) {
		calls++
		return 0, true
	}
	p := poll{length: testPoll}
	pause := func(left time.Duration) bool {
		paused = true
		if left <= 0 || left > testPoll {
			t.Errorf("a pause of %v in a poll of %v", left, testPoll)
		}
		for end := time.Now().Add(left); time.Now().Before(end); {
		}
		return true
	}
	n, again := p.try(receive, pause, quiet)
	if n != 0 || !again || p.vain != 1 || calls == 0 || paused && calls < 2 {
		t.Errorf("unexpected end: %d octets, again %t, %d in vain, %d tries", n, again, p.vain, calls)
	}
}

// TestPollWithoutAPause proves that whoever cannot pause tries that once, and does not try again and again without.
func TestPollWithoutAPause(t *testing.T) {
	t.Parallel()
	calls, pauses := 0, 0
	receive := func() (int, bool) {
		calls++
		return 0, true
	}
	p := poll{length: time.Hour}
	for range 3 {
		n, again := p.try(receive, func(time.Duration) bool {
			pauses++
			return false
		}, quiet)
		if n != 0 || !again {
			t.Errorf("unexpected end: %d octets, again %t", n, again)
		}
	}
	if calls != 1 || pauses != 1 {
		t.Errorf("unexpected number of tries and pauses: %d and %d, want 1 each", calls, pauses)
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
			p.try(func() (int, bool) {
				tried = true
				return receive()
			}, pauseless, quiet)
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
