package librenms

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
	"weak"

	"go.uber.org/zap"

	"github.com/vmond/vmond/collector"
)

const (
	// restShare is how many times as long as a rendering took the next one waits at least, so that rendering takes a tenth of
	// the time at most.
	restShare = 9

	// What the document says while there is nothing to render.
	notYet     = "vmond has not read its hypervisor yet"
	notRunning = "vmond is not running"
	notKept    = "vmond does not keep this file any more"
	tooOld     = "the states of the virtual machines were last read too long ago"
)

// A Source is what a [Keeper] renders: a [collector.Collector].
type Source interface {
	Latest() *collector.Snapshot
	// LookCloser notes that somebody looks at all that the document tells.
	LookCloser()
	// Ready returns a channel that is closed once there is a snapshot worth rendering.
	Ready() <-chan struct{}
}

// Options say when a [Keeper] renders.
type Options struct {
	// Every is the time from one rendering to the next while somebody looks at the document, Unread that while nobody has
	// looked at it for as long as Attention.
	Every, Unread, Attention time.Duration
	// Limits are those of [New].
	Limits Limits
	// File is the base that [WriteFiles] is given after each rendering: as long as there is one, the document counts as looked
	// at. It is empty for none.
	File string
}

// A Keeper has the compressed document ready at any time: it renders it in the background, since that of thousands of virtual
// machines takes longer than an SNMP request should wait. Make one with [NewKeeper].
type Keeper struct {
	src     Source
	word    string // the hypervisor's
	log     *zap.Logger
	options atomic.Pointer[Options]
	changed chan struct{} // has an element if the options are others than the loop knows
	looked  atomic.Bool   // since the last rendering
	looks   chan struct{} // has an element for the first look since then
	latest  atomic.Pointer[rendering]
	old     func() []byte // what is told in place of what has become too old
	ready   chan struct{}
	file    *outlet

	// What follows belongs to the loop.
	lookedAt time.Time     // when the last look was heard of, or was to be expected
	began    time.Time     // when the last rendering began, or had nothing to do; zero if none has
	took     time.Duration // how long the last one took that had
	short    bool          // the log was told that something is left out
	moved    bool          // the files are others than those of the last rendering
}

// A rendering is the document of one snapshot. It is never changed. It does not hold the snapshot: that would be kept beside
// all later ones until the next rendering, and with it a second state of each virtual machine.
type rendering struct {
	compressed []byte
	without    omission                         // of compressed
	good       bool                             // it is no error
	of         weak.Pointer[collector.Snapshot] // zero before the first
	at         time.Time
}

// NewKeeper returns a Keeper of src that does nothing before Run. It has a document from the start: that there is none yet. The
// word for the hypervisor is [Libvirt] or [CBSD].
func NewKeeper(src Source, word string, o Options, log *zap.Logger) *Keeper {
	k := &Keeper{
		src: src, word: word, log: log,
		changed: make(chan struct{}, 1),
		looks:   make(chan struct{}, 1),
		ready:   make(chan struct{}),
		file:    &outlet{path: o.File, log: log},
	}
	close(k.ready)
	k.old = sync.OnceValue(func() []byte { return k.failed(tooOld).Compressed(MaxCompressed) })
	k.options.Store(&o)
	k.latest.Store(&rendering{compressed: k.failed(notYet).Compressed(MaxCompressed)})
	return k
}

// String names the task.
func (k *Keeper) String() string { return "librenms" }

// Ready returns a closed channel: there is a document from the start.
func (k *Keeper) Ready() <-chan struct{} { return k.ready }

// Configure changes the options. It may be called at any time, from any goroutine.
func (k *Keeper) Configure(o Options) {
	k.options.Store(&o)
	signal(k.changed)
}

// Run renders until ctx is done. The files say then that nobody keeps them any more.
func (k *Keeper) Run(ctx context.Context) error {
	k.file.tell(k.failed(notYet))
	defer func() { k.file.tell(k.failed(notRunning)) }()
	waiting := k.src.Ready()
	for {
		var due <-chan time.Time
		if waiting == nil {
			due = time.After(time.Until(k.due(time.Now())))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-waiting:
			waiting = nil
			k.lookedAt = time.Now() // whoever looked before a restart goes on, and the first has no counters yet
		case <-k.looks:
			k.lookedAt = time.Now()
		case <-k.changed:
			k.move(k.options.Load().File)
		case <-due:
			k.render(time.Now())
		}
	}
}

// look notes that somebody looks at the document. It is called from any goroutine, for each time.
func (k *Keeper) look() {
	k.src.LookCloser()
	if k.looked.Load() || k.looked.Swap(true) {
		return
	}
	signal(k.looks)
}

// due returns when the next rendering is.
func (k *Keeper) due(now time.Time) time.Time {
	if k.began.IsZero() {
		return now
	}
	o := k.options.Load()
	every := max(o.Every, o.Unread)
	if o.File != "" || now.Sub(k.lookedAt) < o.Attention {
		every = o.Every
	}
	return k.began.Add(max(every, k.took+restShare*k.took))
}

// render makes the document of the latest snapshot, if that would be another one.
func (k *Keeper) render(now time.Time) {
	o := k.options.Load()
	if o.File != "" {
		k.src.LookCloser()
	}
	k.looked.Store(false)
	k.began = now
	s := k.src.Latest()
	if last := k.latest.Load(); last.of.Value() == s && !aged(s, o.Limits, last.at, now) && !k.moved {
		return
	}
	k.moved = false
	d := New(s, o.Limits)
	compressed, without := d.shortened(MaxCompressed)
	k.latest.Store(&rendering{compressed: compressed, without: without, good: d.code == 0, of: weak.Make(s), at: now})
	k.file.write(d, compressed)
	k.took = time.Since(now)
	if d.code == 0 {
		k.say(without)
	}
}

// say logs that something is left out of the document, or that nothing is any more.
func (k *Keeper) say(without omission) {
	short := without != (omission{})
	if short == k.short {
		return
	}
	k.short = short
	if !short {
		k.log.Info("document is whole again")
		return
	}
	k.log.Warn("document is shortened, as SNMP carries no more of it", zap.Int("octets", MaxCompressed),
		zap.Int("interfaces", without.ifs), zap.Int("disks", without.disks), zap.Int("vms", without.vms))
}

// told returns the compressed document as it may be told now: an error if the states have become too old since it was rendered.
func (k *Keeper) told() []byte {
	r, l := k.latest.Load(), k.options.Load().Limits
	if r.good && l.tooOld(k.src.Latest(), time.Now()) {
		return k.old()
	}
	return r.compressed
}

// aged reports whether the states of a snapshot have become too old to be told between two moments.
func aged(s *collector.Snapshot, l Limits, then, now time.Time) bool {
	return !l.tooOld(s, then) && l.tooOld(s, now)
}

// move has the files be others from now on. Of those that there were, nobody keeps care.
func (k *Keeper) move(path string) {
	if path == k.file.path {
		return
	}
	k.file.tell(k.failed(notKept))
	k.file.move(path)
	k.began, k.moved = time.Time{}, true
}

// failed returns a document that tells nothing but why.
func (k *Keeper) failed(why string) *Document {
	return Failed(CodeRun, k.word, why)
}

// signal has a channel of one element have it.
func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
