package soak

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vmond/vmond/test/lab"
)

var soakTime = flag.Duration("soak", shortest, "how long the virtual machines churn, at least 20s")

const (
	// shortest is just enough for everything to be at work once.
	shortest = 20 * time.Second
	// prelude is what starting may take, and the storm after it.
	prelude = 40 * time.Second
	// longestWarmUp is how long it takes until all is as large as it gets, and longestStorm how long vmond stands still
	// before that.
	longestWarmUp = 4 * time.Minute
	longestStorm  = 20 * time.Second
	// warmUpShare and stormShare are the parts of a shorter time: one of so many.
	warmUpShare = 3
	stormShare  = 10
	// sampleGap is the time between two samples, and fewestSamples how many there are in a short time. No load comes again after
	// a multiple of that, nor of what is between the samples of whole minutes: what it opens would be in all samples for a while,
	// and then in none.
	sampleGap     = 1900 * time.Millisecond
	fewestSamples = 61
)

// TestSoak proves that what vmond needs does not grow while 10,000 virtual machines churn and everything is at work, and that
// all it says is right when they have come to rest.
func TestSoak(t *testing.T) {
	long := *soakTime
	if long < shortest {
		t.Fatalf("-soak %v is too short, %v is the least", long, shortest)
	}
	limit := memoryMax(t)
	lab.UsePlain(t)
	r := startRig(t, prelude+long)
	r.storm(min(longestStorm, long/stormShare))

	ctx, cancel := context.WithDeadline(t.Context(), r.calm)
	defer cancel()
	loaded := make(chan struct{})
	go func() {
		defer close(loaded)
		r.load(ctx, long)
	}()
	samples := r.sample(ctx, min(sampleGap, long/fewestSamples))
	<-loaded

	var table strings.Builder
	writeTable(&table, samples)
	warmUp := min(longestWarmUp, long/warmUpShare)
	t.Logf("samples:\n%swork: %v\nthe machine stood still %d times", &table, r.work, r.pulse.stops.Load())
	for _, figure := range measure(after(samples, warmUp)) {
		t.Log(figure)
	}
	r.check()
	for _, wrong := range judge(samples, warmUp, limit) {
		t.Error(wrong)
	}
	for _, mistake := range r.mistakes {
		t.Error(mistake)
	}
	if r.more > 0 {
		t.Errorf("and %d mistakes more", r.more)
	}
}

// storm has vmond stand still while the virtual machines do not, so that all that happened meanwhile comes at once, as all
// virtual machines did when vmond found that nobody had told of them: whatever keeps the size that it once needed has its
// largest before it is looked at. The story begins after it.
func (r *rig) storm(long time.Duration) {
	r.t.Helper()
	r.await("the first storm is told", r.drained)
	r.vmond.Signal(syscall.SIGSTOP)
	pause(r.t.Context(), long)
	r.vmond.Signal(syscall.SIGCONT)
	r.await("the second storm is told", r.drained)
	r.dropped = r.vmond.Health(r.t).Notifications.Dropped
	r.sink.forget()
}

// sample takes samples until ctx is done.
func (r *rig) sample(ctx context.Context, gap time.Duration) []sample {
	var all []sample
	began := time.Now()
	for pause(ctx, gap) {
		r.attempt(ctx, "samples", func() error {
			s, err := r.look(began)
			if err == nil {
				all = append(all, s)
			}
			return err
		})
	}
	return all
}

// look takes one sample.
func (r *rig) look(began time.Time) (sample, error) {
	h, err := r.vmond.TryHealth()
	if err != nil {
		return sample{}, err
	}
	f, err := r.vmond.TryFootprint()
	if err != nil {
		return sample{}, err
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", r.vmond.PID()))
	if err != nil {
		return sample{}, err
	}
	m, err := parseMemory(string(status))
	return sample{
		at: time.Since(began), descriptors: f.Descriptors, goroutines: f.Goroutines, memory: m, heap: h.HeapLive,
		vms: h.Hypervisor.VMs, waiting: h.Notifications.Waiting, accepted: h.Notifications.Accepted,
	}, err
}

// memoryMax returns how many bytes the unit lets vmond have (MemoryMax=, systemd.resource-control(5)).
func memoryMax(t *testing.T) int64 {
	t.Helper()
	const unit = "../../cmd/vmond/dist/vmond.service"
	text, err := os.ReadFile(unit)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), "MemoryMax="); ok {
			n, err := strconv.ParseInt(strings.TrimSuffix(value, "M"), 10, 64)
			if err != nil || !strings.HasSuffix(value, "M") {
				t.Fatalf("%s has MemoryMax=%s, which is no number of mebibytes", unit, value)
			}
			return n * mebi
		}
	}
	t.Fatalf("%s has no MemoryMax", unit)
	return 0
}
