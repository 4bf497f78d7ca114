//go:build linux

package bench

import (
	"testing"
	"time"
)

// perVarbinds is of how many varbinds the CPU time is told.
const perVarbinds = 100_000

// A tally has what a peer did in its turns.
type tally struct {
	rates []float64 // varbinds a second
	cpu   []float64 // seconds of the agent for so many varbinds
}

// turns has all peers do the same in turn, round after round. All of them must get as many varbinds each time.
func (b *bench) turns(t *testing.T, peers []peer, ask func(*testing.T, peer) int) []tally {
	t.Helper()
	tallies := make([]tally, len(peers))
	want := ask(t, peers[0])
	if want == 0 {
		t.Fatal("there is nothing to ask for")
	}
	for range b.rounds {
		for i, p := range peers {
			began, cpu, got, times := time.Now(), p.agent.CPU(t), 0, 0
			for time.Since(began) < b.turn {
				got += ask(t, p)
				times++
			}
			if got != times*want {
				t.Fatalf("the %s answered %d times with %d varbinds, want %d each time", p.name, times, got, want)
			}
			took, used := time.Since(began), p.agent.CPU(t)-cpu
			tallies[i].rates = append(tallies[i].rates, float64(got)/took.Seconds())
			tallies[i].cpu = append(tallies[i].cpu, used.Seconds()/float64(got)*perVarbinds)
		}
	}
	return tallies
}
