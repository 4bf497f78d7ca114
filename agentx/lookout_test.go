//go:build linux && !386 && !arm && !mips && !mipsle

package agentx

import (
	"net"
	"runtime"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"

	"github.com/vmond/vmond/agentx/agentxtest"
	"github.com/vmond/vmond/mib"
)

// lookoutOf returns a lookout whose phases last so long, wherever it is, and that follows nobody.
func lookoutOf(conn net.Conn, awake, asleep time.Duration) *lookout {
	v := newLookout(conn, awake)
	v.turns = 1 // it has counted the processors
	v.awake.length, v.asleep.length = awake, asleep
	v.end()
	return v
}

// phases are a lookout that is awake for long, and one that is asleep for long.
func phases(t *testing.T, f func(t *testing.T, v *lookout, ours, theirs net.Conn)) {
	for name, length := range map[string][2]time.Duration{"awake": {time.Hour, 0}, "asleep": {0, time.Hour}} {
		t.Run(name, func(t *testing.T) {
			pairs(t, func(t *testing.T, ours, theirs net.Conn) {
				f(t, lookoutOf(ours, length[0], length[1]), ours, theirs)
			})
		})
	}
}

// vain returns how many polls of a lookout were in vain: those awake and those asleep.
func vain(v *lookout) [2]int { return [2]int{v.awake.vain, v.asleep.vain} }

// TestLookoutAnswers proves that what comes while a lookout lasts ends it, in both of its phases.
func TestLookoutAnswers(t *testing.T) {
	t.Parallel()
	phases(t, func(t *testing.T, v *lookout, _, theirs net.Conn) {
		buf := make([]byte, 16)
		for _, text := range []string{"first", "second"} {
			go theirs.Write([]byte(text))
			n := v.await(buf, quiet)
			if diff := cmp.Diff(text, string(buf[:n])); diff != "" {
				t.Errorf("unexpected octets (-want +got):\n%s", diff)
			}
		}
		if diff := cmp.Diff([2]int{}, vain(v)); diff != "" {
			t.Errorf("unexpected polls in vain (-want +got):\n%s", diff)
		}
	})
}

// TestLookoutEnds proves that a lookout ends with the stream, in both of its phases, and leaves it to the connection to tell of that.
func TestLookoutEnds(t *testing.T) {
	t.Parallel()
	phases(t, func(t *testing.T, v *lookout, ours, theirs net.Conn) {
		buf := make([]byte, 16)
		go theirs.Close()
		if n := v.await(buf, quiet); n != 0 {
			t.Errorf("%d octets at the end of the stream", n)
		}
		if n, err := ours.Read(buf); n != 0 || err == nil {
			t.Errorf("the connection does not tell of its end: %d octets, %v", n, err)
		}
		ours.Close()
		if n := v.await(buf, quiet); n != 0 {
			t.Errorf("%d octets of a closed connection", n)
		}
		if diff := cmp.Diff([2]int{}, vain(v)); diff != "" {
			t.Errorf("unexpected polls in vain (-want +got):\n%s", diff)
		}
	})
}

// TestLookoutIsCalledAway proves that a bell ends a lookout, be it rung before or while that lasts, and that this says nothing of
// the master. No octet is lost with it.
func TestLookoutIsCalledAway(t *testing.T) {
	t.Parallel()
	for name, length := range map[string][2]time.Duration{"awake": {time.Hour, 0}, "asleep": {0, doze}, "both": {testPoll, doze}} {
		t.Run(name, func(t *testing.T) {
			pairs(t, func(t *testing.T, ours, theirs net.Conn) {
				v := lookoutOf(ours, length[0], length[1])
				b := newBell()
				b.attach(ours)
				buf := make([]byte, 16)
				go b.ring()
				for !b.waiting() {
					v.await(buf, b.waiting)
				}
				v.awake.vain, v.asleep.vain = 0, 0
				if n := v.await(buf, b.waiting); n != 0 || vain(v) != [2]int{} {
					t.Errorf("unexpected end after the bell was rung: %d octets, %v in vain", n, vain(v))
				}
				b.heard()
				theirs.Write([]byte("kept"))
				ours.SetReadDeadline(time.Time{})
				n, err := ours.Read(buf)
				if diff := cmp.Diff("kept", string(buf[:n])); diff != "" || err != nil {
					t.Errorf("unexpected octets after the bell (-want +got):\n%s%v", diff, err)
				}
			})
		})
	}
}

// TestLookoutLetsTheRuntimeHaveItsTurn proves that a master that is always quick does not keep the processor for ever.
func TestLookoutLetsTheRuntimeHaveItsTurn(t *testing.T) {
	t.Parallel()
	pairs(t, func(t *testing.T, ours, theirs net.Conn) {
		v := lookoutOf(ours, 0, time.Hour)
		v.turns = 0
		theirs.Write(make([]byte, 4*maxTurns))
		one := make([]byte, 1)
		for _, want := range []int{maxTurns, maxTurns} {
			got := 0
			for v.await(one, quiet) > 0 {
				got++
			}
			if got != want {
				t.Errorf("unexpected number of lookouts in a row: want %d, got %d", want, got)
			}
		}
	})
}

// TestLookoutCountsTurnsInARow proves that one in vain, after which the runtime awaits the request, begins a new row.
func TestLookoutCountsTurnsInARow(t *testing.T) {
	t.Parallel()
	ours, theirs := pair(t, "unix", t.TempDir()+"/s")
	v := lookoutOf(ours, 0, testPoll)
	one := make([]byte, 1)
	theirs.Write(make([]byte, maxTurns))
	for range maxTurns - 2 {
		v.await(one, quiet)
	}
	ours.Read(make([]byte, maxTurns)) // all that is left
	if n := v.await(one, quiet); n != 0 || v.turns != 0 {
		t.Errorf("unexpected turns after one in vain: %d, %d octets", v.turns, n)
	}
}

// TestLookoutPhasesBackOffByThemselves proves that a master that is too slow for those who are awake is awaited asleep each time.
func TestLookoutPhasesBackOffByThemselves(t *testing.T) {
	t.Parallel()
	ours, theirs := pair(t, "unix", t.TempDir()+"/s")
	v := lookoutOf(ours, testPoll, time.Hour)
	buf := make([]byte, 16)
	var rests []int
	for rest := 0; len(rests) < 9; rest++ {
		before, resting, sent := v.awake.vain, v.awake.rest > 0, false
		n := v.await(buf, func() bool {
			if !sent && (resting || v.awake.vain > before) { // nobody is awake any more
				sent = true
				theirs.Write([]byte("x"))
			}
			return false
		})
		if n == 0 && v.turns > 0 {
			t.Fatal("a lookout asleep was in vain")
		}
		if v.turns == 0 {
			v.turns = 1 // it counts the processors otherwise
		}
		if !resting {
			rests = append(rests, rest)
			rest = -1
		}
	}
	if diff := cmp.Diff([]int{0, 0, 0, 0, 0, 1, 3, 7, 15}, rests); diff != "" {
		t.Errorf("unexpected answers without a poll awake (-want +got):\n%s", diff)
	}
	if v.asleep.vain != 0 {
		t.Errorf("%d polls asleep in vain", v.asleep.vain)
	}
}

// TestLookoutInVain proves that a master that never asks again at once soon is not awaited at all.
func TestLookoutInVain(t *testing.T) {
	t.Parallel()
	ours, _ := pair(t, "unix", t.TempDir()+"/s")
	v := lookoutOf(ours, testPoll, testPoll)
	for range patientPolls + 1 {
		v.turns = 1
		if n := v.await(make([]byte, 1), quiet); n != 0 {
			t.Errorf("%d octets of nobody", n)
		}
	}
	if diff := cmp.Diff([2]int{patientPolls + 1, patientPolls + 1}, vain(v)); diff != "" {
		t.Errorf("unexpected polls in vain (-want +got):\n%s", diff)
	}
	if v.awake.rest == 0 || v.asleep.rest == 0 {
		t.Errorf("no rest: %d awake, %d asleep", v.awake.rest, v.asleep.rest)
	}
}

// TestLookoutNeedsACPU proves that nobody stays awake where the master would need the CPU, also where there was another one
// before. It is not parallel: others want their CPUs.
func TestLookoutNeedsACPU(t *testing.T) {
	ours, theirs := pair(t, "unix", t.TempDir()+"/s")
	v := newLookout(ours, time.Hour)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for _, tt := range []struct {
		cpus int
		want time.Duration
	}{{1, 0}, {2, time.Hour}, {1, 0}} {
		runtime.GOMAXPROCS(tt.cpus)
		v.turns = 0
		theirs.Write([]byte("x"))
		if n := v.await(make([]byte, 1), quiet); n != 1 {
			t.Errorf("unexpected octets on %d CPUs: want 1, got %d", tt.cpus, n)
		}
		if v.awake.length != tt.want || v.asleep.length != doze {
			t.Errorf("unexpected lookout on %d CPUs: %v awake, %v asleep", tt.cpus, v.awake.length, v.asleep.length)
		}
	}
}

// idleSession is a session on a connection whose other end is silent. Nothing is asked in it yet.
func idleSession(t *testing.T) (c *session, theirs net.Conn) {
	t.Helper()
	ours, theirs := pair(t, "unix", t.TempDir()+"/s")
	tree := testTree()
	s, err := New(Config{Address: "unix:/nowhere", Description: "test", Subtree: subtree, Poll: testPoll},
		func() mib.Tree { return &tree }, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	c = newSession(t.Context(), s, ours)
	t.Cleanup(c.end)
	return c, theirs
}

// TestNobodyIsAwaitedUnasked proves that a master that asks for nothing costs nothing: there is one lookout after an answer, and
// none after that and before.
func TestNobodyIsAwaitedUnasked(t *testing.T) {
	t.Parallel()
	c, _ := idleSession(t)
	for _, step := range []struct {
		answered bool
		want     int // lookouts in vain
	}{{false, 0}, {false, 0}, {true, 1}, {false, 1}, {false, 1}, {true, 2}, {false, 2}} {
		c.conn.SetReadDeadline(time.Time{}) // that of the last step is over, as after a bell
		c.answered = step.answered
		if err := c.read(time.Now()); err != nil {
			t.Fatal(err)
		}
		if got := c.lookout.asleep.vain; got != step.want {
			t.Errorf("unexpected lookouts in vain: want %d, got %d", step.want, got)
		}
	}
}

// TestDribbleIsAwaitedInTheRuntime proves that a request that comes octet by octet has no lookout before it is answered.
func TestDribbleIsAwaitedInTheRuntime(t *testing.T) {
	t.Parallel()
	c, theirs := idleSession(t)
	request := agentxtest.Encode(get("1.1.0"))
	for i, octet := range request {
		theirs.Write([]byte{octet})
		if err := c.read(time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		if err := c.consume(); err != nil {
			t.Fatal(err)
		}
		if got, want := c.answered, i == len(request)-1; got != want {
			t.Fatalf("unexpected answer after %d of %d octets: %t", i+1, len(request), got)
		}
		if c.lookout.turns != 0 || vain(c.lookout) != [2]int{} {
			t.Fatalf("a lookout after %d of %d octets", i+1, len(request))
		}
	}
}

// TestNoLookout proves that who does not want one has none, not even of what is there.
func TestNoLookout(t *testing.T) {
	t.Parallel()
	pairs(t, func(t *testing.T, ours, theirs net.Conn) {
		v := newLookout(ours, 0)
		theirs.Write([]byte("x"))
		for range 2 * maxTurns {
			if n := v.await(make([]byte, 1), quiet); n != 0 {
				t.Fatalf("%d octets", n)
			}
		}
	})
}

// TestLookoutOfAPipe proves that a connection without a descriptor is not awaited.
func TestLookoutOfAPipe(t *testing.T) {
	t.Parallel()
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	v := lookoutOf(a, time.Hour, time.Hour)
	if n := v.await(make([]byte, 1), quiet); n != 0 {
		t.Errorf("%d octets", n)
	}
}

// TestLookoutAllocatesNothing proves it for one that is answered, and for one in vain.
func TestLookoutAllocatesNothing(t *testing.T) {
	ours, theirs := pair(t, "unix", t.TempDir()+"/s")
	v := lookoutOf(ours, testPoll, testPoll)
	buf, one := make([]byte, 16), []byte("x")
	got := testing.AllocsPerRun(1000, func() {
		v.awake.rest, v.asleep.rest = 0, 0
		v.await(buf, quiet)
		theirs.Write(one)
		v.await(buf, quiet)
	})
	if got != 0 {
		t.Errorf("unexpected allocations for two lookouts: %v", got)
	}
}

// TestLookoutFollows proves that a lookout is over after the first phase for a master that walks on another CPU, and both are for one
// that is followed.
func TestLookoutFollows(t *testing.T) {
	t.Parallel()
	ours, theirs := pair(t, "unix", t.TempDir()+"/s")
	v := lookoutOf(ours, time.Hour, 0)
	s := &stage{at: 1}
	v.follower = follower{place: s, cpu: nowhere}
	buf := make([]byte, 1)
	ask := func() int {
		theirs.Write([]byte{1})
		return v.await(buf, quiet)
	}
	for range followAfter {
		if n := ask(); n != 1 {
			t.Fatalf("unexpected octets: want 1, got %d", n)
		}
	}
	expect(t, s, "look", "stay on 1")
	// Awake it would wait for an hour, and asleep for no time.
	if n := v.await(buf, quiet); n != 0 {
		t.Errorf("unexpected octets of a silent master: %d", n)
	}
	expect(t, s, "leave")
	v.turns = 1 // it has counted the processors
	if n := ask(); n != 1 {
		t.Errorf("unexpected octets of one that is not followed any more: want 1, got %d", n)
	}
	v.end()
	expect(t, s, "close")
}

// TestNobodyRestsFollowed proves that a master which rests is not followed, also where the runtime awaits it: its CPU may be taken
// by then.
func TestNobodyRestsFollowed(t *testing.T) {
	t.Parallel()
	c, _ := idleSession(t)
	s := &stage{at: 1}
	c.lookout.follower = follower{place: s, cpu: s.at}
	c.lookout.turns, c.answered = maxTurns, true // it is the runtime's turn
	began := time.Now()
	if err := c.read(began.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	expect(t, s, "leave")
	if c.lookout.asleep.vain != 0 {
		t.Error("it was not the runtime's turn")
	}
}
