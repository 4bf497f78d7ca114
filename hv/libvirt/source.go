package libvirt

import (
	"context"
	"os"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/vmond/vmond/hv"
)

// A Source reads one hypervisor through libvirt's daemon. Its methods are those of [hv.Source], [hv.Surveyor],
// [hv.Watcher] and [hv.Closer].
type Source struct {
	target  target
	bounds  bounds
	files   files
	journal *journal // shared by all connections
	opener  *opener  // likewise, but for the backoff: nothing is held up by a login for the surveys that was in vain

	reading, counting, asking, telling, surveying *link

	rolls chan struct{} // holds an element while a request of [Source.roll] is under way

	roster    roster
	processes processes
	tenure    tenure
	busy      busy
	sick      sick
	mute      sick // those whose surveys did not come in time
	agents    agents
	pace      pace
	vigils    vigils

	mu   sync.Mutex
	boot boot // the host's, as it was first read in its present life

	ended  chan struct{} // closed by Close
	ending sync.Once
}

var (
	_ hv.Source   = (*Source)(nil)
	_ hv.Surveyor = (*Source)(nil)
	_ hv.Watcher  = (*Source)(nil)
	_ hv.Closer   = (*Source)(nil)
)

// bounds are how long things may take, whatever the caller's context allows.
type bounds struct {
	open      time.Duration // to connect and open; the daemon may be starting, and reads 10,000 definitions in 10 s
	call      time.Duration // a request about all, or one that reaches no virtual machine's process
	chunk     time.Duration // the statistics of a chunk
	lone      time.Duration // a request that reaches one virtual machine's process
	short     time.Duration // the same, for something that can be left out
	state     time.Duration // all requests about one virtual machine's state, with the opening of their connection
	held      time.Duration // for a job to end that holds a virtual machine, before that counts as one that does not answer
	reason    time.Duration // for libvirt to find the reason why a virtual machine has stopped
	heartbeat time.Duration // between two questions whether the daemon is alive, and for the answer
}

// defaultBounds are generous next to what was measured: 10,000 states take 0.1 s, a chunk 0.5 s to 1.5 s.
func defaultBounds() bounds {
	return bounds{
		open:      30 * time.Second,
		call:      15 * time.Second,
		chunk:     5 * time.Second,
		lone:      3 * time.Second,
		short:     time.Second,
		state:     2 * time.Second,
		held:      500 * time.Millisecond,
		reason:    200 * time.Millisecond,
		heartbeat: 5 * time.Second,
	}
}

// New returns a Source for the hypervisor of that URI (https://libvirt.org/uri.html). It connects to nothing; the only
// error is that of a URI that cannot be used, and names the part that is wrong.
//
// The drivers are those that run in a daemon: qemu, xen, lxc, bhyve, ch, vbox, vz and test. The transports are unix,
// the default, tcp, tls and ssh. Parameter socket names the unix socket to use, mode the kind of daemon (auto, direct,
// legacy), name the URI that the daemon is to open; tls knows pkipath and no_verify, ssh keyfile, known_hosts and
// no_verify.
func New(uri string, log *zap.Logger) (*Source, error) {
	t, err := parseURI(uri, os.Getenv)
	if err != nil {
		return nil, err
	}
	return newSource(t, defaultBounds(), log), nil
}

func newSource(t target, b bounds, log *zap.Logger) *Source {
	s := &Source{
		target: t, bounds: b, files: files{root: "/"}, ended: make(chan struct{}), rolls: make(chan struct{}, 1),
		journal: &journal{log: log.With(zap.String("hypervisor", t.text))},
		roster:  roster{m: map[string]devices{}},
		busy:    busy{marks: map[string]time.Time{}, jobs: map[string]job{}},
		sick:    sick{keys: map[string]bool{}},
		mute:    sick{keys: map[string]bool{}},
		agents:  agents{runs: map[string]deafness{}},
		vigils:  vigils{m: map[*vigil]bool{}},
	}
	s.opener = &opener{target: t, bound: b.open, journal: s.journal, backoff: newBackoff(t)}
	s.reading = newLink("reading", s.opener)
	s.counting = newLink("counting", s.opener)
	s.asking = newLink("jobs", s.opener)
	s.telling = newLink("state", s.opener)
	apart := *s.opener
	apart.backoff = newBackoff(t)
	s.surveying = newLink("surveys", &apart)
	return s
}

// Close closes all connections, and ends what is under way with an error. A second call does nothing.
func (s *Source) Close() error {
	s.ending.Do(func() {
		close(s.ended)
		for _, k := range []*link{s.reading, s.counting, s.asking, s.telling, s.surveying} {
			k.close()
		}
	})
	return nil
}

// String returns the URI, without the password if there is one.
func (s *Source) String() string { return s.target.text }

// loneBound is the bound of a request that reaches one virtual machine's process: so short that ctx leaves time for the
// others.
func (s *Source) loneBound(ctx context.Context) time.Duration { return portion(ctx, s.bounds.lone) }

// shortBound is the bound of a request whose answer can be left out.
func (s *Source) shortBound(ctx context.Context) time.Duration { return portion(ctx, s.bounds.short) }

// portions is into how many parts the time that is left is thought to be divided, so that one request that hangs
// leaves time for the others.
const portions = 4

// portion returns bound, or the part of the time that ctx has left, if that is less.
func portion(ctx context.Context, bound time.Duration) time.Duration {
	deadline, ok := ctx.Deadline()
	if !ok {
		return bound
	}
	return min(bound, time.Until(deadline)/portions)
}
