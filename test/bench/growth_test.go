//go:build linux

package bench

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vmond/vmond/test/served"
)

// grow measures the same work with ever more virtual machines.
func (b *bench) grow(t *testing.T) {
	for _, vms := range b.size.growth {
		p := point{vms: vms}
		whole := false
		b.part(t, fmt.Sprintf("%d VMs", vms), func(t *testing.T) {
			next := b.part(t, "next", func(*testing.T) { p.next = b.nextOf(vms) })
			walk := b.part(t, "walk", func(t *testing.T) { p.walk = b.walkOf(t, vms) })
			events := b.part(t, "collector", func(t *testing.T) { p.refresh, p.event = b.collectorOf(t, vms) })
			whole = next && walk && events
		})
		if whole {
			b.growth = append(b.growth, p)
		}
	}
}

// nextOf returns how many nanoseconds of a CPU a Next takes in process.
func (b *bench) nextOf(vms int) float64 {
	w := newWalker(vms)
	var rounds []float64
	for range b.rounds {
		rounds = append(rounds, stepsFor(b.turn, w.walk).cpu)
	}
	return median(rounds)
}

// walkOf returns how many microseconds a varbind takes of a walk of one column through snmpd.
func (b *bench) walkOf(t *testing.T, vms int) float64 {
	p := startVmond(t, vms)
	var rounds []float64
	for range b.rounds {
		rounds = append(rounds, p.walkColumn(t, b.turn))
	}
	return median(rounds)
}

// walkColumn walks through a column until so long has passed, from its beginning again where it comes to the end, and returns how
// many microseconds each varbind took. Where there are many virtual machines it does not come to the end.
func (p peer) walkColumn(t *testing.T, turn time.Duration) float64 {
	t.Helper()
	client := p.snmpd.Client(t)
	defer client.Conn.Close()
	first, inside := served.Name.String(), "."+served.Name.String()+"."
	began, got := time.Now(), 0
	for name := first; got == 0 || time.Since(began) < turn; {
		answer, err := client.GetBulk([]string{name}, 0, columnRows)
		if err != nil {
			t.Fatal(err)
		}
		name = first
		for _, vb := range answer.Variables {
			if !strings.HasPrefix(vb.Name, inside) {
				name = first
				break
			}
			name = vb.Name
			got++
		}
	}
	return microseconds(time.Since(began)) / float64(got)
}

// columnRows is how many rows a walk asks for at once.
const columnRows = 50

// collectorOf returns how many microseconds the collector needs for an answer that has the states of all virtual machines, of which
// one has changed, and for an event that tells of one, where a thousand come in a second.
func (b *bench) collectorOf(t *testing.T, vms int) (refresh, event float64) {
	p := newPlant(t, vms)
	var refreshes, events []float64
	for range b.rounds {
		events = append(events, p.happenFor(t, b.turn, pace).median)
		refreshes = append(refreshes, p.answerFor(t, b.turn))
	}
	return median(refreshes), median(events)
}

// answerFor has answer after answer taken up until so long has passed, and returns the median of what they took, in microseconds.
func (p *plant) answerFor(t *testing.T, turn time.Duration) float64 {
	t.Helper()
	p.answers <- slices.Clone(p.list) // which knows what became of the events
	var times []float64
	for began := time.Now(); len(times) == 0 || time.Since(began) < turn; {
		times = append(times, microseconds(p.answer(t)))
	}
	return median(times)
}
