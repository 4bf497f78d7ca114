package soak

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vmond/vmond/hv/sim"
	"github.com/vmond/vmond/test/lab"
)

const (
	// vms is how many virtual machines there are, churn how many changes a second.
	vms   = 10_000
	churn = 100
	life  = "soak"
	// pace is how long a state such as suspending lasts, and longestChange is more than a change takes: there is no more than
	// one such state in it.
	pace          = 200 * time.Millisecond
	longestChange = 2 * pace
	// longestWindow is for how long changes are gathered for a notification of several virtual machines.
	longestWindow = 2 * time.Second
	// settle is how long anything may take that has no figure of its own, on a busy machine.
	settle = 2 * time.Minute
	// pollInterval is the time between two looks at a condition.
	pollInterval = 200 * time.Millisecond
)

// A rig is all that a soak needs: a manager, an snmpd, a vmond on a simulated hypervisor, and what goes on around them.
type rig struct {
	t      *testing.T
	uri    string
	calm   time.Time // when the last change begins
	dir    string
	sink   *sink
	snmpd  *lab.Snmpd
	vmond  *lab.Vmond
	outage atomic.Int64 // odd while snmpd is away, and never again what it was
	pulse  pulse

	dropped uint64 // notifications, before the story began

	mu       sync.Mutex
	work     map[string]int // how often each load has done what it does
	mistakes []string
	more     int // mistakes beyond these
}

// startRig starts it. The churn ends so long after now.
func startRig(t *testing.T, long time.Duration) *rig {
	t.Helper()
	r := &rig{t: t, dir: lab.ShortDir(t), sink: startSink(t), work: map[string]int{}}
	state := filepath.Join(r.dir, "state")
	if err := os.Mkdir(state, 0o700); err != nil {
		t.Fatal(err)
	}
	writePast(t, filepath.Join(state, "vmond.db"), life, churn)
	r.snmpd = lab.StartSnmpd(t, r.sink.line())
	t.Cleanup(func() { _ = r.snmpd.Stop() }) // the last one, which need not be the first

	began := time.Now()
	r.calm = began.Add(long)
	r.uri = simulation(began, long)
	r.configure(0)
	t.Cleanup(r.watchClock())
	r.vmond = lab.StartVmond(t, r.uri, r.snmpd.AgentX, "--config", r.config(), "--state-dir", state, "--log-level", "info",
		"--log-format", "json")
	r.await("the virtual machines are served", func() error {
		h, err := r.vmond.TryHealth()
		if err == nil && (!h.Master.Registered || h.Hypervisor.VMs < vms*99/100) {
			err = fmt.Errorf("registered: %t, virtual machines: %d", h.Master.Registered, h.Hypervisor.VMs)
		}
		return err
	})
	return r
}

// watchClock begins to feel the machine's pulse. The function that it returns ends that.
func (r *rig) watchClock() (end func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { r.pulse.run(ctx) })
	return func() { cancel(); wg.Wait() }
}

// simulation returns the URI of a hypervisor that was started a past ago, churns for so long from now on, and then no more.
func simulation(now time.Time, long time.Duration) string {
	age := past + pastStep
	return "sim:///?" + url.Values{
		"vms": {strconv.Itoa(vms)}, "churn": {strconv.Itoa(churn)}, "pace": {pace.String()}, "life": {life},
		"started": {now.Add(-age).Format(time.RFC3339Nano)}, "calm": {(age + long).String()},
	}.Encode()
}

// truth returns the same hypervisor, to be asked what is true.
func (r *rig) truth() (*sim.Source, error) { return sim.New(r.uri) }

func (r *rig) config() string { return filepath.Join(r.dir, "vmond.toml") }

// configure writes one of several configurations: they differ in what counts from a HUP on.
func (r *rig) configure(n int) {
	const several = int(longestWindow / time.Second)
	text := fmt.Sprintf("[hypervisor]\nstates = \"2s\"\nstatistics = \"%ds\"\ndefinitions = \"30s\"\n"+
		"[notifications]\nper_vm = true\nbulk = true\nwindow = \"%ds\"\n", 5+n%several, 1+n%several)
	// At once: vmond may be reading because of the HUP before.
	next := r.config() + ".next"
	if err := errors.Join(os.WriteFile(next, []byte(text), 0o600), os.Rename(next, r.config())); err != nil {
		r.mistake("write the configuration: %v", err)
	}
}

// await waits until cond returns nil. It ends the test if that never happens, and so belongs to the test's own goroutine.
func (r *rig) await(what string, cond func() error) {
	r.t.Helper()
	if err := until(r.t.Context(), cond); err != nil {
		r.t.Fatalf("waited until %s: %v", what, err)
	}
}

// until polls cond until it returns nil. Its error is cond's last one at the end of the time, or nil if ctx is done first:
// then nobody wants to know any more.
func until(ctx context.Context, cond func() error) error {
	end := time.Now().Add(settle)
	for {
		err := cond()
		if err == nil || !pause(ctx, pollInterval) {
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("not within %v: %w", settle, err)
		}
	}
}

// mistake notes that something is wrong, from any goroutine.
func (r *rig) mistake(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.mistakes) == maxExamples {
		r.more++
		return
	}
	r.mistakes = append(r.mistakes, fmt.Sprintf(format, args...))
}

// errAway is the error of what was done while snmpd was away. It is none.
var errAway = errors.New("snmpd is away")

// attempt does something, and counts it or notes its error.
func (r *rig) attempt(ctx context.Context, what string, do func() error) {
	stood, err := r.pulse.steady(ctx, do)
	switch {
	case err == nil:
		r.did(what)
	case !stood && ctx.Err() == nil && !errors.Is(err, errAway):
		r.mistake("%s: %v", what, err)
	}
}

// did counts what a load has done.
func (r *rig) did(what string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.work[what]++
}

// drained returns nil once all that was to be told is told: no notification waits, and the sink has all that snmpd took.
func (r *rig) drained() error {
	h, err := r.vmond.TryHealth()
	if err != nil {
		return err
	}
	if n := h.Notifications; n.Waiting > 0 || r.sink.count() < n.Accepted {
		return fmt.Errorf("%d wait, %d were accepted and %d received", n.Waiting, n.Accepted, r.sink.count())
	}
	return nil
}
