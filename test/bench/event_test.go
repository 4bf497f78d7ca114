//go:build linux

package bench

import (
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/vmond/vmond/hv"
)

const (
	// eventGoal is how many microseconds an event may take until it is published, and memoryGoal how many KiB of memory.
	eventGoal, memoryGoal = 100, 128
	// kibi is the octets of a KiB.
	kibi = 1 << 10
	// slowest says which events are told as the slowest: those of which so many in 100 are faster.
	slowest = 99
	// mostEvents is how many there are in one turn at most.
	mostEvents = 1 << 18
	// pace is how long after one event the next one comes, where they do not come without pause.
	pace = time.Millisecond
)

// events measures changes of single virtual machines of a farm, from the event's arrival to the snapshot that has it.
func (b *bench) events(t *testing.T) {
	p := newPlant(t, b.farm)
	work := fmt.Sprintf("event to published snapshot, %s VMs, 1,000 events/s", number(float64(b.farm)))
	took := figure{work: work, unit: "µs", goal: atMost(eventGoal)}
	slow := figure{work: "", unit: "µs of one of the slowest in 100"}
	made := figure{work: "", unit: "KiB allocated", goal: atMost(memoryGoal)}
	used := figure{work: "", unit: "µs of CPU, with the event's making"}
	burst := figure{work: "the same, events without pause", unit: "µs", goal: atMost(eventGoal)}
	burstUsed := figure{work: "", unit: used.unit}
	for range b.rounds {
		e := p.happenFor(t, b.turn, pace)
		took.ours = append(took.ours, e.median)
		slow.ours = append(slow.ours, e.slow)
		made.ours = append(made.ours, e.allocated)
		used.ours = append(used.ours, e.cpu)
		e = p.happenFor(t, b.turn, 0)
		burst.ours = append(burst.ours, e.median)
		burstUsed.ours = append(burstUsed.ours, e.cpu)
	}
	b.figures = append(b.figures, took, slow, made, used, burst, burstUsed)
}

// Happenings are what events cost: microseconds until they are published and of this process' CPU time, and KiB for each of them.
type happenings struct{ median, slow, cpu, allocated float64 }

// happenFor has event after event come, at that pace or none, until so long has passed. What the collector writes to disk meanwhile
// counts.
func (p *plant) happenFor(t *testing.T, turn, pace time.Duration) happenings {
	t.Helper()
	times := make([]float64, 0, mostEvents)
	beat := newBeat(t, pace)
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	used := usedCPU()
	for began := time.Now(); len(times) == 0 || time.Since(began) < turn && len(times) < mostEvents; {
		<-beat
		times = append(times, microseconds(p.happen(t)))
	}
	used = usedCPU() - used
	runtime.ReadMemStats(&after)
	slices.Sort(times)
	return happenings{
		median: median(times), slow: times[len(times)*slowest/100], cpu: microseconds(used) / float64(len(times)),
		allocated: float64(after.TotalAlloc-before.TotalAlloc) / kibi / float64(len(times)),
	}
}

// newBeat returns a channel that has something at that pace, and always where there is none, until the test ends.
func newBeat(t *testing.T, pace time.Duration) <-chan time.Time {
	t.Helper()
	if pace == 0 {
		always := make(chan time.Time)
		close(always)
		return always
	}
	ticker := time.NewTicker(pace)
	t.Cleanup(ticker.Stop)
	return ticker.C
}

// happen has one virtual machine change its state, and returns how long after the event's arrival that was published.
func (p *plant) happen(t *testing.T) time.Duration {
	t.Helper()
	e, vm := p.turnOver()
	p.limit.Reset(settle)
	select {
	case p.happens <- e:
	case <-p.limit.C:
		t.Fatalf("the collector awaits no event after %v", settle)
	}
	return p.await(t, vm)
}

// answer has one virtual machine change its state, and all states read. It returns how long after the answer's arrival that
// was published.
func (p *plant) answer(t *testing.T) time.Duration {
	t.Helper()
	_, vm := p.turnOver()
	p.limit.Reset(settle)
	select {
	case p.answers <- p.list:
	case <-p.limit.C:
		t.Fatalf("the collector asks for no states after %v", settle)
	}
	return p.await(t, vm)
}

// await waits until the change of vm, and nothing else, is published.
func (p *plant) await(t *testing.T, vm *hv.Summary) time.Duration {
	t.Helper()
	var got publication
	p.limit.Reset(settle)
	select {
	case got = <-p.published:
	case <-p.limit.C:
		t.Fatalf("no change of %q is published after %v", vm.Name, settle)
	}
	took := got.at.Sub(*p.told.Load())
	if len(got.changes) != 1 || got.changes[0].UUID != vm.UUID || got.changes[0].To != hv.Some(vm.State) {
		t.Fatalf("unexpected changes, want that %q is %v: %v", vm.Name, vm.State, got.changes)
	}
	if s := p.collector.Latest().VM(got.changes[0].Index).State; s != vm.State {
		t.Fatalf("unexpected state of %q in the snapshot: want %v, got %v", vm.Name, vm.State, s)
	}
	return took
}

// microseconds returns d as so many of them.
func microseconds(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }
