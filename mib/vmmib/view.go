package vmmib

import (
	"math"
	"slices"
	"sync"
	"time"
	"weak"

	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/mib"
)

// DefaultProcessorBase is the hrDeviceIndex that net-snmp gives to CPU 0: device type 3 in the upper 16 bits.
const DefaultProcessorBase = 3 << 16

// Options are what may differ between systems. The zero Options are those of a host with net-snmp.
type Options struct {
	// ProcessorBase is the hrDeviceIndex of CPU 0 in the host's hrProcessorTable (HOST-RESOURCES-MIB), from 1; those of
	// the other CPUs follow. 0 means [DefaultProcessorBase].
	ProcessorBase int32
	// Now is the clock that the uptimes are counted by. Nil means time.Now.
	Now func() time.Time
	// Look is called for each statistic that somebody looks at, by several goroutines. It may be nil.
	Look func()
	// Switches are the notification switches. With them the Tree is a mib.Setter; nil says that no notification is sent.
	Switches *Switches
}

// A View shows the latest snapshot as VM-MIB.
type View struct {
	latest  func() *collector.Snapshot
	options Options
	module  *mib.Module[moment]

	mu sync.Mutex
	// last is what was asked for last. It does not hold it: the snapshot that somebody looked at once would be kept beside all
	// later ones until somebody looks again, and with it a second state of each virtual machine.
	last weak.Pointer[shown]
}

// A shown is the Tree over one snapshot.
type shown struct {
	mib.Tree
	snapshot *collector.Snapshot
	whole    mib.Tree // this, or what it is a part of
}

// New returns a View of what latest returns, which is never nil. It panics if the ProcessorBase is negative.
func New(latest func() *collector.Snapshot, opts Options) *View {
	if opts.ProcessorBase < 0 {
		panic("vmmib: negative processor base")
	}
	if opts.ProcessorBase == 0 {
		opts.ProcessorBase = DefaultProcessorBase
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Look == nil {
		opts.Look = func() {}
	}
	return &View{latest: latest, options: opts, module: module()}
}

// Root returns the name of vmMIB, below which everything is.
func Root() mib.OID { return slices.Clone(rootOID) }

// Tree returns VM-MIB over the latest snapshot: the same Tree for as long as the snapshot is the same and somebody has it. Only
// its uptimes and switches move. It may be called from several goroutines.
func (v *View) Tree() mib.Tree {
	v.mu.Lock()
	defer v.mu.Unlock()
	// Asking inside the lock makes sure that nobody puts an older snapshot back.
	latest := v.latest()
	if s := v.last.Value(); s != nil && s.snapshot == latest {
		return s.whole
	}
	s := v.show(latest)
	v.last = weak.Make(s)
	return s.whole
}

// show returns the Tree over a snapshot.
func (v *View) show(latest *collector.Snapshot) *shown {
	bare := shown{Tree: v.module.Over(moment{latest, &v.options}), snapshot: latest}
	if v.options.Switches == nil {
		bare.whole = &bare
		return &bare
	}
	t := &settableTree{bare, v.options.Switches}
	t.whole = t
	return &t.shown
}

// A moment is what a Tree is over.
type moment struct {
	*collector.Snapshot
	options *Options
}

// module describes VM-MIB in the order of the MIB.
func module() *mib.Module[moment] {
	return mib.NewModule(slices.Concat(
		hypervisorScalars(),
		[]mib.Object[moment]{vmTable(), cpuTable(), affinityTable(), storageTable(), networkTable()},
		switchScalars(),
	)...)
}

// seekVM returns the first virtual machine whose index is at least from and which has that part, or nil.
func seekVM(s *collector.Snapshot, from uint32, part collector.Part) *collector.VM {
	if from > math.MaxInt32 {
		return nil
	}
	return s.Seek(int32(from), part)
}
