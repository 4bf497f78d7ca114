package collector

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"

	"github.com/vmond/vmond/hv"
)

// A step is an event, with the answer that a question about the state would get right after it.
type step struct {
	kind   hv.EventKind
	detail int
	answer hv.OperState // StateUnknown: the virtual machine is gone
}

// TestLifecycle has a row for each operation whose events were recorded from libvirt, with QEMU and with its test
// driver, and for others that its documentation tells of.
func TestLifecycle(t *testing.T) {
	t.Parallel()
	const (
		run, paused, susp, shut = hv.StateRunning, hv.StatePaused, hv.StateSuspended, hv.StateShutdown
		gone                    = hv.StateUnknown
	)
	saved := off("vm")
	saved.State, saved.Admin = hv.StateSuspended, hv.AdminSuspended
	crashed := off("vm")
	crashed.State = hv.StateCrashed
	transient := running("vm", 1)
	transient.Persistent = hv.No
	stopped := running("vm", 1)
	stopped.State, stopped.Admin = hv.StatePaused, hv.AdminPaused
	tests := []struct {
		name  string
		vm    *fakeVM // at first; nil: there is none
		steps []step
		want  []string
	}{
		{"start, the boot told last", new(off("vm")), []step{{hv.Resumed, 0, run}, {hv.Changed, 0, run}}, []string{"shutdown running"}},
		{"start, without a resume", new(off("vm")), []step{{hv.Started, 0, run}}, []string{"shutdown running"}},
		{"start of a transient one", nil, []step{{hv.Started, 0, run}}, []string{"- running"}},
		{"start, paused", new(off("vm")), []step{{hv.Changed, 0, paused}, {hv.Suspended, 0, paused}}, []string{"shutdown paused"}},
		{"suspend", new(running("vm", 1)), []step{{hv.Suspended, 0, paused}}, []string{"running paused"}},
		{"suspend, asked too late", new(running("vm", 1)), []step{{hv.Suspended, 0, run}}, []string{"running paused"}},
		{"suspend, and gone when asked", new(running("vm", 1)), []step{{hv.Suspended, 0, gone}}, []string{"running paused"}},
		{"I/O error", new(running("vm", 1)), []step{{hv.Suspended, 2, paused}}, []string{"running paused"}},
		{"watchdog", new(running("vm", 1)), []step{{hv.Suspended, 3, paused}}, []string{"running paused"}},
		{"resume", &stopped, []step{{hv.Resumed, 0, run}}, []string{"paused running"}},
		{"managed save", new(running("vm", 1)),
			[]step{{hv.Suspended, 0, hv.StateSuspending}, {hv.Busy, 0, hv.StateSuspending}, {hv.Busy, 0, susp}, {hv.Stopped, 4, susp}},
			[]string{"running suspending", "suspending suspended"}},
		{"managed save, asked too late", new(running("vm", 1)), []step{{hv.Suspended, 0, susp}, {hv.Stopped, 4, susp}},
			[]string{"running suspending", "suspending suspended"}},
		{"managed save of a paused one", &stopped, []step{{hv.Busy, 0, hv.StateSuspending}, {hv.Stopped, 4, susp}},
			[]string{"paused suspending", "suspending suspended"}},
		{"managed save of a paused one, asked too late", &stopped, []step{{hv.Busy, 0, susp}, {hv.Stopped, 4, susp}},
			[]string{"paused suspending", "suspending suspended"}},
		{"managed save of the test driver", new(running("vm", 1)), []step{{hv.Stopped, 4, susp}}, []string{"running suspended"}},
		{"save of a transient one", &transient, []step{{hv.Suspended, 0, hv.StateSuspending}, {hv.Stopped, 4, gone}},
			[]string{"running suspending", "suspending suspended", "suspended -"}},
		{"save that failed", new(running("vm", 1)), []step{{hv.Suspended, 0, hv.StateSuspending}, {hv.Resumed, 0, run}},
			[]string{"running suspending", "suspending running"}},
		{"restore", &saved, []step{{hv.Started, 2, hv.StateResuming}, {hv.Resumed, 2, run}},
			[]string{"suspended resuming", "resuming running"}},
		{"restore of a paused one", &saved, []step{{hv.Started, 2, hv.StateResuming}, {hv.Suspended, 4, paused}},
			[]string{"suspended resuming", "resuming paused"}},
		{"ACPI shutdown", new(running("vm", 1)), []step{{hv.Shutdown, 1, hv.StateShuttingDown}, {hv.Stopped, 0, shut}},
			[]string{"running shuttingdown", "shuttingdown shutdown"}},
		{"ACPI shutdown of a transient one", &transient, []step{{hv.Shutdown, 1, hv.StateShuttingDown}, {hv.Stopped, 0, gone}},
			[]string{"running shuttingdown", "shuttingdown shutdown", "shutdown -"}},
		{"destroy", new(running("vm", 1)), []step{{hv.Shutdown, 2, shut}, {hv.Stopped, 1, shut}},
			[]string{"running shuttingdown", "shuttingdown shutdown"}},
		{"a shutdown that is told when it is over", new(off("vm")), []step{{hv.Shutdown, 2, shut}, {hv.Stopped, 1, shut}}, nil},
		{"destroy of the test driver", &transient, []step{{hv.Stopped, 1, gone}}, []string{"running shutdown", "shutdown -"}},
		{"reboot", new(running("vm", 1)), []step{{hv.Changed, 0, run}, {hv.Changed, 0, run}}, nil},
		{"the process is killed", new(running("vm", 1)), []step{{hv.Stopped, 5, hv.StateCrashed}}, []string{"running crashed"}},
		{"the process of a transient one is killed", &transient, []step{{hv.Stopped, 5, gone}},
			[]string{"running crashed", "crashed -"}},
		{"an arrival that is called off", nil, []step{{hv.Started, 1, hv.StateMigrating}, {hv.Stopped, 5, gone}},
			[]string{"- shutdown", "shutdown migrating", "migrating shutdown", "shutdown -"}},
		{"an arrival that crashes", new(off("vm")), []step{{hv.Started, 1, hv.StateMigrating}, {hv.Stopped, 5, hv.StateCrashed}},
			[]string{"shutdown migrating", "migrating crashed"}},
		{"a restore that failed", &saved, []step{{hv.Started, 2, hv.StateResuming}, {hv.Stopped, 5, susp}},
			[]string{"suspended resuming", "resuming suspended"}},
		{"a start that failed", new(off("vm")), []step{{hv.Stopped, 5, shut}}, nil},
		{"a start that failed, and no answer", new(off("vm")), []step{{hv.Stopped, 5, gone}}, nil},
		{"a start that failed after a crash", &crashed, []step{{hv.Stopped, 5, shut}}, []string{"crashed shutdown"}},
		{"panic, preserved", new(running("vm", 1)), []step{{hv.Crashed, 0, hv.StateCrashed}}, []string{"running crashed"}},
		{"panic, destroyed", new(running("vm", 1)), []step{{hv.Crashed, 0, hv.StateCrashed}, {hv.Stopped, 2, hv.StateCrashed}},
			[]string{"running crashed"}},
		{"panic, its stop told first", new(running("vm", 1)), []step{{hv.Suspended, 0, hv.StateCrashed}, {hv.Crashed, 0, hv.StateCrashed}},
			[]string{"running crashed"}},
		{"panic, told long after its stop", new(running("vm", 1)), []step{{hv.Suspended, 0, paused}, {hv.Crashed, 0, hv.StateCrashed}},
			[]string{"running paused", "paused crashed"}},
		{"panic, restarted", new(running("vm", 1)), []step{{hv.Crashed, 0, hv.StateCrashed}, {hv.Changed, 0, run}, {hv.Resumed, 0, run}},
			[]string{"running crashed", "crashed running"}},
		{"panic, a crash kernel takes over", new(running("vm", 1)), []step{{hv.Crashed, 1, run}}, nil},
		{"the guest sleeps and is woken", new(running("vm", 1)), []step{{hv.PMSuspended, 0, paused}, {hv.Started, 4, run}},
			[]string{"running paused", "paused running"}},
		{"the guest sleeps on disk", new(running("vm", 1)), []step{{hv.PMSuspended, 1, hv.StateShuttingDown}, {hv.Stopped, 0, shut}},
			[]string{"running shuttingdown", "shuttingdown shutdown"}},
		{"migration to elsewhere", new(running("vm", 1)),
			[]step{{hv.Busy, 0, hv.StateMigrating}, {hv.Busy, 0, hv.StateMigrating}, {hv.Suspended, 1, hv.StateMigrating}, {hv.Stopped, 3, shut}},
			[]string{"running migrating", "migrating shutdown"}},
		{"migration to elsewhere, with no word before its end", &transient, []step{{hv.Suspended, 1, hv.StateMigrating}, {hv.Stopped, 3, gone}},
			[]string{"running migrating", "migrating shutdown", "shutdown -"}},
		{"migration to elsewhere of a persistent one that is undefined", new(running("vm", 1)),
			[]step{{hv.Busy, 0, hv.StateMigrating}, {hv.Suspended, 1, hv.StateMigrating}, {hv.Undefined, 0, hv.StateMigrating}, {hv.Stopped, 3, gone}},
			[]string{"running migrating", "migrating shutdown", "shutdown -"}},
		{"migration that failed", new(running("vm", 1)), []step{{hv.Busy, 0, hv.StateMigrating}, {hv.Resumed, 1, run}},
			[]string{"running migrating", "migrating running"}},
		{"paused and resumed during a migration", new(running("vm", 1)),
			[]step{{hv.Busy, 0, hv.StateMigrating}, {hv.Suspended, 0, hv.StateMigrating}, {hv.Resumed, 0, hv.StateMigrating}, {hv.Resumed, 1, run}},
			[]string{"running migrating", "migrating running"}},
		{"migration to elsewhere, post-copy", new(running("vm", 1)), []step{{hv.Suspended, 7, hv.StateMigrating}, {hv.Stopped, 3, shut}},
			[]string{"running migrating", "migrating shutdown"}},
		{"migration to here", nil, []step{{hv.Started, 1, hv.StateMigrating}, {hv.Defined, 0, hv.StateMigrating}, {hv.Resumed, 1, run}},
			[]string{"- shutdown", "shutdown migrating", "migrating running"}},
		{"migration to here of one that is defined", new(off("vm")), []step{{hv.Started, 1, hv.StateMigrating}, {hv.Resumed, 1, run}},
			[]string{"shutdown migrating", "migrating running"}},
		{"migration to here, post-copy", nil, []step{{hv.Started, 1, hv.StateMigrating}, {hv.Resumed, 3, hv.StateMigrating}, {hv.Resumed, 1, run}},
			[]string{"- shutdown", "shutdown migrating", "migrating running"}},
		{"define", nil, []step{{hv.Defined, 0, shut}}, []string{"- preparing", "preparing shutdown"}},
		{"define anew", new(off("vm")), []step{{hv.Defined, 1, shut}}, nil},
		{"rename", new(off("vm")), []step{{hv.Undefined, 1, shut}, {hv.Defined, 2, shut}}, nil},
		{"destroyed while it is renamed", new(running("vm", 1)), []step{{hv.Undefined, 1, run}, {hv.Stopped, 1, shut}, {hv.Defined, 2, shut}},
			[]string{"running shutdown"}},
		{"undefine", new(off("vm")), []step{{hv.Undefined, 0, gone}}, []string{"shutdown -"}},
		{"undefine of a saved one", &saved, []step{{hv.Undefined, 0, gone}}, []string{"suspended -"}},
		{"undefine while it runs, then destroy", new(running("vm", 1)), []step{{hv.Undefined, 0, run}, {hv.Stopped, 1, gone}},
			[]string{"running shutdown", "shutdown -"}},
		{"define while it runs, then destroy", &transient, []step{{hv.Defined, 0, run}, {hv.Stopped, 1, shut}},
			[]string{"running shutdown"}},
		{"revert to a snapshot of a running one", new(off("vm")), []step{{hv.Started, 3, run}}, []string{"shutdown running"}},
		{"revert to a snapshot of a paused one", new(off("vm")), []step{{hv.Started, 3, paused}, {hv.Suspended, 5, paused}},
			[]string{"shutdown paused"}},
		{"revert to a snapshot of one that is off", new(running("vm", 1)), []step{{hv.Stopped, 6, shut}}, []string{"running shutdown"}},
		{"revert of a transient one to a snapshot", &transient,
			[]step{{hv.Stopped, 6, shut}, {hv.Started, 3, run}, {hv.Resumed, 2, run}}, []string{"running shutdown", "shutdown running"}},
		{"a reboot of a transient one in a new process", &transient, []step{{hv.Stopped, 7, shut}, {hv.Started, 5, run}},
			[]string{"running shutdown", "shutdown running"}},
		{"the end of one that is not known", nil, []step{{hv.Shutdown, 2, gone}, {hv.Stopped, 1, gone}, {hv.Undefined, 0, gone}, {hv.Busy, 0, gone}}, nil},
		{"an event of a newer libvirt", new(running("vm", 1)), []step{{hv.EventKind(99), 0, run}}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := newFake(running("neighbour", 77))
				if tt.vm != nil {
					f.vms["vm"] = *tt.vm
				}
				c, changes := follow(t, watchedFake{f}, nil)
				f.set(func() { f.hang["states"] = true }) // what is told, events tell
				pass(2 * testIntervals.States)
				for _, s := range tt.steps {
					f.set(func() { f.become("vm", s.answer) })
					f.events <- hv.Event{Kind: s.kind, Detail: s.detail, Key: "vm", Name: "name of vm"}
					synctest.Wait()
				}
				if diff := cmp.Diff(tt.want, changes.steps("name of vm")); diff != "" {
					t.Errorf("unexpected changes (-want +got):\n%s", diff)
				}
				if got := changes.steps("name of neighbour"); got != nil {
					t.Errorf("unexpected changes of a neighbour: %q", got)
				}
				changes.check(t, c)
			})
		})
	}
}

// become puts a virtual machine in a state, as an answer tells it, or takes it away.
func (f *fake) become(key string, s hv.OperState) {
	if s == hv.StateUnknown {
		delete(f.vms, key)
		return
	}
	vm, ok := f.vms[key]
	if !ok {
		vm = running(key, 1)
	}
	vm.State = s
	f.vms[key] = vm
}

// TestTell has each kind and detail of an event, of a virtual machine that runs and of one that is off.
func TestTell(t *testing.T) {
	t.Parallel()
	text := func(e hv.Event, was hv.OperState, active bool) string {
		told := tell(e, was, active)
		s := told.state.String()
		for _, f := range []struct {
			set  bool
			word string
		}{{told.open, "open"}, {told.starts, "starts"}, {told.stops, "stops"}, {told.again, "again"}, {told.gone, "gone"}} {
			if f.set {
				s += " " + f.word
			}
		}
		return s
	}
	var got []string
	for k := hv.Connected; k <= hv.Busy+1; k++ {
		for detail := 0; ; detail++ {
			e := hv.Event{Kind: k, Detail: detail}
			up, down := text(e, hv.StateRunning, true), text(e, hv.StateShutdown, false)
			line := e.Cause() + ": " + up
			if down != up {
				line += "; off: " + down
			}
			got = append(got, line)
			if e.Cause() == k.String() {
				break // that was a detail of a newer libvirt
			}
		}
	}
	want := []string{
		"connected: unknown",
		"defined (added): unknown",
		"defined (updated): unknown",
		"defined (renamed): unknown",
		"defined (from snapshot): unknown",
		"defined: unknown",
		"undefined (removed): unknown; off: unknown gone",
		"undefined (renamed): unknown",
		"undefined: unknown; off: unknown gone",
		"started (booted): running starts",
		"started (migrated): migrating starts",
		"started (restored): resuming starts",
		"started (from snapshot): running open starts",
		"started (wakeup): running starts",
		"started (recreated): running starts",
		"started: running starts",
		"suspended (paused): paused open starts",
		"suspended (migrated): migrating starts",
		"suspended (I/O error): paused starts",
		"suspended (watchdog): paused starts",
		"suspended (restored): paused starts",
		"suspended (from snapshot): paused starts",
		"suspended (API error): paused starts",
		"suspended (post-copy): migrating starts",
		"suspended (post-copy failed): migrating starts",
		"suspended: paused starts",
		"resumed (unpaused): running starts",
		"resumed (migrated): running starts",
		"resumed (from snapshot): running starts",
		"resumed (post-copy): migrating starts",
		"resumed (post-copy failed): migrating starts",
		"resumed: running starts",
		"stopped (shutdown): shutdown stops",
		"stopped (destroyed): shutdown stops",
		"stopped (crashed): crashed stops",
		"stopped (migrated): shutdown stops",
		"stopped (saved): suspended stops",
		"stopped (failed): crashed open stops; off: unknown open stops",
		"stopped (from snapshot): shutdown stops again",
		"stopped (recreated): shutdown stops again",
		"stopped: shutdown stops",
		"shutdown (finished): shuttingdown; off: unknown",
		"shutdown (guest): shuttingdown; off: unknown",
		"shutdown (host): shuttingdown; off: unknown",
		"shutdown: shuttingdown; off: unknown",
		"pmsuspended (memory): paused starts",
		"pmsuspended (disk): paused open starts",
		"pmsuspended: paused starts",
		"crashed (panicked): crashed starts",
		"crashed (crashloaded): unknown open",
		"crashed: unknown open",
		"changed: unknown",
		"busy: unknown open",
		"EventKind(12): unknown",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("unexpected tales (-want +got):\n%s", diff)
	}
}

// TestTellAProcessThatFailed proves that only one that was seen to run can have crashed.
func TestTellAProcessThatFailed(t *testing.T) {
	t.Parallel()
	want := map[hv.OperState]hv.OperState{
		hv.StateShutdown: hv.StateUnknown, hv.StateSuspended: hv.StateUnknown, hv.StateCrashed: hv.StateUnknown,
		hv.StateMigrating: hv.StateShutdown, hv.StateResuming: hv.StateShutdown,
		hv.StateRunning: hv.StateCrashed, hv.StatePaused: hv.StateCrashed, hv.StateSuspending: hv.StateCrashed,
		hv.StateShuttingDown: hv.StateCrashed,
	}
	for was, state := range want {
		got := tell(hv.Event{Kind: hv.Stopped, Detail: hv.StoppedFailed}, was, true)
		if diff := cmp.Diff(tale{state: state, open: true, stops: true}, got, cmp.AllowUnexported(tale{})); diff != "" {
			t.Errorf("unexpected tale of one that was %v (-want +got):\n%s", was, diff)
		}
	}
}

// TestPathAndFarewell has each state that one can come from, and to, and in which it can vanish.
func TestPathAndFarewell(t *testing.T) {
	t.Parallel()
	text := func(states []hv.OperState) string { return strings.Trim(fmt.Sprint(states), "[]") }
	var none hv.Opt[hv.OperState]
	for to := hv.StateOther; to <= hv.StateCrashed; to++ {
		want := to.String()
		switch to {
		case hv.StateShutdown:
			want = "preparing shutdown"
		case hv.StateMigrating:
			want = "shutdown migrating"
		}
		if got := text(path(none, to)); got != want {
			t.Errorf("unexpected path of a new one to %v: want %q, got %q", to, want, got)
		}
		for from := hv.StateUnknown; from <= hv.StateCrashed; from++ {
			want := to.String()
			if from == to {
				want = ""
			}
			if got := text(path(hv.Some(from), to)); got != want {
				t.Errorf("unexpected path from %v to %v: want %q, got %q", from, to, want, got)
			}
		}
	}
	want := map[hv.OperState]string{
		hv.StateRunning: "shutdown", hv.StatePaused: "shutdown", hv.StateSuspending: "shutdown", hv.StateResuming: "shutdown",
		hv.StateMigrating: "shutdown", hv.StateShuttingDown: "shutdown",
	}
	for was := hv.StateUnknown; was <= hv.StateCrashed; was++ {
		if got := text(farewell(was)); got != want[was] {
			t.Errorf("unexpected farewell of one that is %v: want %q, got %q", was, want[was], got)
		}
	}
}

// TestSettle proves that an answer which does not fit the event changes nothing of what that told.
func TestSettle(t *testing.T) {
	t.Parallel()
	kinds := []hv.Event{
		{Kind: hv.Started, Detail: hv.StartedFromSnapshot}, {Kind: hv.Suspended}, {Kind: hv.Resumed},
		{Kind: hv.Stopped, Detail: hv.StoppedFailed}, {Kind: hv.PMSuspended, Detail: hv.PMSuspendedDisk},
		{Kind: hv.Crashed, Detail: hv.CrashedCrashloaded}, {Kind: hv.Busy},
	}
	var got []string
	for _, e := range kinds {
		t := tell(e, hv.StateMigrating, true)
		for s := hv.StateUnknown; s <= hv.StateCrashed; s++ {
			if told := settle(e, t, s); told != t.state {
				got = append(got, fmt.Sprintf("%v: %v, but %v when asked: %v", e.Cause(), t.state, s, told))
			}
		}
	}
	want := []string{
		"started (from snapshot): running, but paused when asked: paused",
		"suspended (paused): paused, but suspending when asked: suspending",
		"suspended (paused): paused, but suspended when asked: suspending",
		"suspended (paused): paused, but migrating when asked: migrating",
		"suspended (paused): paused, but crashed when asked: crashed",
		"resumed (unpaused): running, but migrating when asked: migrating",
		"stopped (failed): shutdown, but suspended when asked: suspended",
		"stopped (failed): shutdown, but crashed when asked: crashed",
		"pmsuspended (disk): paused, but running when asked: running",
		"pmsuspended (disk): paused, but shuttingdown when asked: shuttingdown",
		"crashed (crashloaded): unknown, but crashed when asked: crashed",
		"busy: unknown, but suspending when asked: suspending",
		"busy: unknown, but suspended when asked: suspending",
		"busy: unknown, but resuming when asked: resuming",
		"busy: unknown, but migrating when asked: migrating",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("unexpected states (-want +got):\n%s", diff)
	}
}

func TestAdminOf(t *testing.T) {
	t.Parallel()
	tests := []struct {
		kind   hv.EventKind
		state  hv.OperState
		active bool
		want   hv.AdminState
	}{
		{hv.Resumed, hv.StateRunning, true, hv.AdminRunning},
		{hv.Started, hv.StatePreparing, true, hv.AdminRunning},
		{hv.Started, hv.StateResuming, true, hv.AdminRunning},
		{hv.Started, hv.StateMigrating, true, hv.AdminRunning},
		{hv.Suspended, hv.StatePaused, true, hv.AdminPaused},
		{hv.PMSuspended, hv.StatePaused, true, hv.AdminRunning},
		{hv.Suspended, hv.StateSuspending, true, hv.AdminSuspended},
		{hv.Stopped, hv.StateSuspended, false, hv.AdminSuspended},
		{hv.Shutdown, hv.StateShuttingDown, true, hv.AdminShutdown},
		{hv.Stopped, hv.StateShutdown, false, hv.AdminShutdown},
		{hv.Crashed, hv.StateCrashed, true, hv.AdminRunning},
		{hv.Stopped, hv.StateCrashed, false, hv.AdminShutdown},
		{hv.Busy, hv.StateOther, true, hv.AdminUnknown},
	}
	for _, tt := range tests {
		if got := adminOf(tt.kind, tt.state, tt.active); got != tt.want {
			t.Errorf("unexpected state of %v, %v: want %v, got %v", tt.kind, tt.state, tt.want, got)
		}
	}
}

// A diary is what a follower was told.
type diary struct {
	mu      sync.Mutex
	changes []Change
	wrong   []string // what was told before a snapshot had it
}

// follow runs a collector that a diary follows.
func follow(t *testing.T, src hv.Source, store *Store) (*Collector, *diary) {
	t.Helper()
	c, d := New(src, store, testIntervals, zap.NewNop()), &diary{}
	c.Follow(func(changes []Change) { d.write(c, changes) })
	start(t, c)
	pass(watchGrace)
	return c, d
}

// write takes down what is told. The snapshot has the last of each virtual machine.
func (d *diary) write(c *Collector, changes []Change) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.changes = append(d.changes, changes...)
	last := map[int32]Change{}
	for _, ch := range changes {
		last[ch.Index] = ch
	}
	for _, ch := range last {
		shown := hv.Opt[hv.OperState]{}
		if vm := c.Latest().VM(ch.Index); vm != nil {
			shown = hv.Some(vm.State)
		}
		if shown != ch.To {
			d.wrong = append(d.wrong, fmt.Sprintf("%+v while the snapshot shows %v", ch, shown))
		}
	}
}

// all returns the changes so far.
func (d *diary) all() []Change {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.changes
}

// steps returns the changes of a virtual machine.
func (d *diary) steps(name string) []string {
	var steps []string
	for _, ch := range d.all() {
		if ch.Name == name {
			steps = append(steps, ch.step())
		}
	}
	return steps
}

// step returns the change in two words, with a dash for no state.
func (ch Change) step() string {
	text := func(s hv.Opt[hv.OperState]) string {
		if state, ok := s.Get(); ok {
			return state.String()
		}
		return "-"
	}
	return text(ch.From) + " " + text(ch.To)
}

// check proves what holds for all changes.
func (d *diary) check(t *testing.T, c *Collector) {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.wrong != nil {
		t.Errorf("told too early: %q", d.wrong)
	}
	last := map[int32]hv.Opt[hv.OperState]{}
	for i, ch := range d.changes {
		if ch.Number != uint64(i)+1 {
			t.Errorf("unexpected number %d of change %d", ch.Number, i+1)
		}
		if was, ok := last[ch.Index]; ok && was != ch.From {
			t.Errorf("change %d is from %v, and the one before was to %v", ch.Number, ch.From, was)
		}
		if ch.From == ch.To {
			t.Errorf("change %d changes nothing", ch.Number)
		}
		if ch.At.IsZero() || time.Since(ch.At) < 0 || ch.Cause == "" || ch.Index < 1 || ch.Name == "" {
			t.Errorf("change %d lacks something: %+v", ch.Number, ch)
		}
		last[ch.Index] = ch.To
	}
	for vm := range c.Latest().VMs() {
		if to, ok := last[vm.Index]; ok && to != hv.Some(vm.State) {
			t.Errorf("%q is %v, and its last change was to %v", vm.Name, vm.State, to)
		}
	}
}
