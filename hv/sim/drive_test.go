package sim

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv"
)

// A driven is a simulation with one virtual machine, and what is told of it.
type driven struct {
	*Source
	t       *testing.T
	key     string
	watched *watcher
}

// drivenVM returns a simulation with a virtual machine "a", persistent and shut down.
func drivenVM(t *testing.T, uri string) *driven {
	t.Helper()
	s := open(t, uri)
	d := &driven{Source: s, t: t}
	d.key = d.must(s.Define(VM{Name: "a"}))
	if err := s.Finish(d.key); err != nil && !strings.Contains(uri, "pace=0s") {
		t.Fatal(err)
	}
	d.watched = &watcher{wake: make(chan struct{}, 1)}
	s.mu.Lock()
	s.watchers = append(s.watchers, d.watched)
	s.mu.Unlock()
	return d
}

// must returns the key, and fails the test on an error.
func (d *driven) must(key string, err error) string {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
	return key
}

// do drives, and adds the state and the events that this leads to, such as "running: resumed/0 started/0".
func (d *driven) do(what string) string {
	d.t.Helper()
	if err := d.drive(what); err != nil {
		d.t.Fatalf("failed to %s: %v", what, err)
	}
	return d.story()
}

func (d *driven) drive(what string) error {
	s, key := d.Source, d.key
	verb, argument, _ := strings.Cut(what, " ")
	switch verb {
	case "start":
		return s.Start(key)
	case "startpaused":
		return s.StartPaused(key)
	case "suspend":
		return s.Suspend(key)
	case "resume":
		return s.Resume(key)
	case "sleep":
		return s.Sleep(key)
	case "wake":
		return s.Wake(key)
	case "save":
		return s.Save(key)
	case "restore":
		return s.Restore(key)
	case "shutdown":
		return s.Shutdown(key)
	case "destroy":
		return s.Destroy(key)
	case "kill":
		return s.Kill(key)
	case "crash":
		return s.Crash(key, map[string]AfterCrash{"preserve": Preserve, "destroy": Destroy, "restart": Restart}[argument])
	case "migrate":
		return s.MigrateOut(key)
	case "immigrate":
		_, err := s.MigrateIn(VM{Key: key})
		return err
	case "define":
		_, err := s.Define(VM{Key: key})
		return err
	case "undefine":
		return s.Undefine(key)
	case "rename":
		return s.Rename(key, argument)
	case "autostart":
		return s.SetAutostart(key, true)
	case "attach":
		return s.AttachDisk(key, hv.Disk{Key: "vdz", Source: hv.SourceRaw, Resource: "/z"})
	case "detach":
		return s.DetachDisk(key, "vdz")
	case "finish":
		return s.Finish(key)
	}
	panic("unknown verb " + verb)
}

// story returns the state and what was told since the last time.
func (d *driven) story() string {
	d.t.Helper()
	words := []string{"gone"}
	if v, ok := states(d.t, d.Source)[d.key]; ok {
		words[0] = v.State.String()
		if v.Active() {
			words[0] += "+"
		}
		if v.Persistent == hv.No {
			words[0] += " transient"
		}
	}
	words[0] += ":"
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, i := range d.watched.queue {
		e := i.event
		word := fmt.Sprintf("%s/%d", e.Kind, e.Detail)
		if e.Name != "a" {
			word += "=" + e.Name
		}
		words = append(words, word)
		id, _ := hv.ParseUUID(d.key) // else none
		if e.Key != d.key || e.UUID != id {
			d.t.Fatalf("event %v has key %q and UUID %v, want %q", e, e.Key, e.UUID, d.key)
		}
	}
	d.watched.queue = nil
	return strings.Join(words, " ")
}

// A plus says that the virtual machine is active.
func TestDrive(t *testing.T) {
	t.Parallel()
	const atOnce, slowly = "sim:///?vms=0&pace=0s", "sim:///?vms=0&pace=1h"
	tests := []struct {
		name string
		uri  string
		does []string // what is done, and the story that it leads to
	}{
		{"start and destroy", atOnce, []string{
			"start", "running+: resumed/0 started/0",
			"destroy", "shutdown: shutdown/2 stopped/1",
		}},
		{"start paused", atOnce, []string{
			"startpaused", "paused+: started/0 suspended/0",
			"resume", "running+: resumed/0",
			"kill", "crashed: stopped/5",
			"startpaused", "paused+: started/0 suspended/0",
		}},
		{"suspend and resume", atOnce, []string{
			"start", "running+: resumed/0 started/0",
			"suspend", "paused+: suspended/0",
			"resume", "running+: resumed/0",
			"suspend", "paused+: suspended/0",
			"destroy", "shutdown: shutdown/2 stopped/1",
		}},
		{"save and start", atOnce, []string{
			"start", "running+: resumed/0 started/0",
			"save", "suspended: suspended/0 busy/0 stopped/4",
			"start", "running+: started/2 resumed/2",
		}},
		{"save and restore, slowly", slowly, []string{
			"start", "running+: resumed/0 started/0",
			"save", "suspending+: suspended/0 busy/0",
			"finish", "suspended: stopped/4",
			"restore", "resuming+: started/2",
			"finish", "running+: resumed/2",
		}},
		{"save while paused", slowly, []string{
			"start", "running+: resumed/0 started/0",
			"suspend", "paused+: suspended/0",
			"save", "suspending+: busy/0",
			"finish", "suspended: stopped/4",
			"restore", "resuming+: started/2",
			"finish", "paused+: suspended/4",
			"resume", "running+: resumed/0",
		}},
		{"shutdown by the guest", slowly, []string{
			"start", "running+: resumed/0 started/0",
			"shutdown", "shuttingdown+: shutdown/1",
			"finish", "shutdown: stopped/0",
		}},
		{"destroy while it shuts down", slowly, []string{
			"start", "running+: resumed/0 started/0",
			"shutdown", "shuttingdown+: shutdown/1",
			"destroy", "shutdown: shutdown/2 stopped/1",
			"start", "running+: resumed/0 started/0",
		}},
		{"the process is killed", atOnce, []string{
			"start", "running+: resumed/0 started/0",
			"kill", "crashed: stopped/5",
			"start", "running+: resumed/0 started/0",
		}},
		{"crash, preserved", atOnce, []string{
			"start", "running+: resumed/0 started/0",
			"crash preserve", "crashed+: crashed/0",
			"destroy", "shutdown: shutdown/2 stopped/1",
			"start", "running+: resumed/0 started/0",
		}},
		{"crash of a transient one, preserved", atOnce, []string{
			"start", "running+: resumed/0 started/0",
			"undefine", "running+ transient: undefined/0",
			"crash preserve", "crashed+ transient: crashed/0",
			"destroy", "gone: shutdown/2 stopped/1",
		}},
		{"crash, destroyed", atOnce, []string{
			"start", "running+: resumed/0 started/0",
			"crash destroy", "crashed: crashed/0 stopped/2",
		}},
		{"crash, restarted", slowly, []string{
			"start", "running+: resumed/0 started/0",
			"crash restart", "crashed+: crashed/0",
			"finish", "running+: resumed/0",
		}},
		{"sleep of the guest", atOnce, []string{
			"start", "running+: resumed/0 started/0",
			"sleep", "paused+: pmsuspended/0",
			"wake", "running+: started/4",
			"suspend", "paused+: suspended/0",
			"resume", "running+: resumed/0",
			"sleep", "paused+: pmsuspended/0",
			"destroy", "shutdown: shutdown/2 stopped/1",
		}},
		{"migration out", slowly, []string{
			"start", "running+: resumed/0 started/0",
			"migrate", "migrating+: busy/0",
			"finish", "shutdown: suspended/1 stopped/3",
		}},
		{"migration out and back", atOnce, []string{
			"start", "running+: resumed/0 started/0",
			"migrate", "shutdown: busy/0 suspended/1 stopped/3",
			"immigrate", "running+: started/1 resumed/1",
		}},
		{"migration out of a transient one", atOnce, []string{
			"start", "running+: resumed/0 started/0",
			"undefine", "running+ transient: undefined/0",
			"migrate", "gone: busy/0 suspended/1 stopped/3",
		}},
		{"crash during migration", slowly, []string{
			"start", "running+: resumed/0 started/0",
			"migrate", "migrating+: busy/0",
			"crash preserve", "crashed+: crashed/0",
		}},
		{"undefine", atOnce, []string{"undefine", "gone: undefined/0"}},
		{"undefine while saved", atOnce, []string{
			"start", "running+: resumed/0 started/0",
			"save", "suspended: suspended/0 busy/0 stopped/4",
			"undefine", "gone: undefined/0",
		}},
		{"undefine while running, and define again", atOnce, []string{
			"start", "running+: resumed/0 started/0",
			"undefine", "running+ transient: undefined/0",
			"define", "running+: defined/0",
			"destroy", "shutdown: shutdown/2 stopped/1",
		}},
		{"transient", atOnce, []string{
			"start", "running+: resumed/0 started/0",
			"undefine", "running+ transient: undefined/0",
			"destroy", "gone: shutdown/2 stopped/1",
		}},
		{"crash of a transient one", atOnce, []string{
			"start", "running+: resumed/0 started/0",
			"undefine", "running+ transient: undefined/0",
			"crash destroy", "gone: crashed/0 stopped/2",
		}},
		{"define again", atOnce, []string{"define", "shutdown: defined/1"}},
		{"rename", atOnce, []string{"rename b", "shutdown: undefined/1 defined/2=b"}},
		{"autostart", atOnce, []string{"autostart", "shutdown:"}},
		{"devices while running", atOnce, []string{
			"start", "running+: resumed/0 started/0",
			"attach", "running+: changed/0",
			"detach", "running+: changed/0",
		}},
		{"devices while shut down", atOnce, []string{
			"attach", "shutdown:",
			"detach", "shutdown:",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := drivenVM(t, tt.uri)
			var got []string
			for i := 0; i < len(tt.does); i += 2 {
				got = append(got, tt.does[i], d.do(tt.does[i]))
			}
			if diff := cmp.Diff(tt.does, got); diff != "" {
				t.Fatalf("unexpected story (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDriveRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		before []string
		what   string
		want   string
	}{
		{"start twice", []string{"start"}, "start", `virtual machine "a" is running: cannot start it`},
		{"start one paused that runs", []string{"start"}, "startpaused", "is running: cannot start it"},
		{"start one paused that is preserved", []string{"start", "crash preserve"}, "startpaused", "is active: cannot start it"},
		{"start one paused that is saved", []string{"start", "save"}, "startpaused", "is suspended: cannot start it"},
		{"start one that is preserved", []string{"start", "crash preserve"}, "start", "is active: cannot start it"},
		{"suspend one that is off", nil, "suspend", "is shutdown: cannot pause it"},
		{"resume one that runs", []string{"start"}, "resume", "is running: cannot resume it"},
		{"resume one that sleeps", []string{"start", "sleep"}, "resume", "is asleep: cannot resume it"},
		{"wake one that is paused", []string{"start", "suspend"}, "wake", "is paused, not asleep: cannot wake it"},
		{"sleep while paused", []string{"start", "suspend"}, "sleep", "is paused: cannot put to sleep it"},
		{"save one that is off", nil, "save", "is shutdown: cannot save it"},
		{"save a transient one", []string{"start", "undefine"}, "save", "is transient or asleep: cannot save it"},
		{"save one that sleeps", []string{"start", "sleep"}, "save", "is transient or asleep: cannot save it"},
		{"restore one that was not saved", nil, "restore", "is shutdown: cannot restore it"},
		{"shut down one that is paused", []string{"start", "suspend"}, "shutdown", "is paused: cannot shut down it"},
		{"destroy one that is off", nil, "destroy", "is not active: cannot destroy it"},
		{"destroy one that is saved", []string{"start", "save"}, "destroy", "is not active: cannot destroy it"},
		{"kill one that is off", nil, "kill", "is not active: cannot kill it"},
		{"crash one that is paused", []string{"start", "suspend"}, "crash preserve", "is paused: its guest cannot crash"},
		{"migrate one that is off", nil, "migrate", "is shutdown: cannot migrate it"},
		{"take one that runs", []string{"start"}, "immigrate", "is running: cannot take it"},
		{"undefine a transient one", []string{"start", "undefine"}, "undefine", "is transient: cannot undefine it"},
		{"rename one that runs", []string{"start"}, "rename b", "is running: cannot rename it"},
		{"rename one that is preserved", []string{"start", "crash preserve"}, "rename b", `cannot be renamed to "b"`},
		{"rename to nothing", nil, "rename ", `cannot be renamed to ""`},
		{"rename to the same", nil, "rename a", `cannot be renamed to "a"`},
		{"autostart of a transient one", []string{"start", "undefine"}, "autostart", "is transient: cannot set autostart"},
		{"attach twice", []string{"attach"}, "attach", `device "vdz" is attached already`},
		{"detach what is not there", nil, "detach", `device "vdz" is not attached`},
		{"finish nothing", nil, "finish", "is shutdown: there is nothing to finish"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := drivenVM(t, "sim:///?vms=0&pace=0s")
			for _, what := range tt.before {
				d.do(what)
			}
			before := d.story()
			err := d.drive(tt.what)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("unexpected error %v, want one with %q", err, tt.want)
			}
			if diff := cmp.Diff(before, d.story()); diff != "" {
				t.Fatalf("unexpected change by what was refused (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDriveNobody(t *testing.T) {
	t.Parallel()
	d := drivenVM(t, "sim:///?vms=0&pace=0s")
	d.do("undefine")
	for _, what := range []string{
		"start", "startpaused", "suspend", "resume", "sleep", "wake", "save", "restore", "shutdown", "destroy", "kill", "crash preserve",
		"migrate", "undefine", "rename b", "autostart", "attach", "detach", "finish",
	} {
		if err := d.drive(what); !errors.Is(err, hv.ErrGone) {
			t.Errorf("%s: unexpected error %v, want hv.ErrGone", what, err)
		}
	}
}

// While it is busy nothing but its end can be asked of it.
func TestDriveBusy(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		busy []string
	}{
		{"suspending", []string{"start", "save"}},
		{"resuming", []string{"start", "save", "finish", "start"}},
		{"shuttingdown", []string{"start", "shutdown"}},
		{"migrating", []string{"start", "migrate"}},
		{"crashed", []string{"start", "crash restart"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := drivenVM(t, "sim:///?vms=0&pace=1h")
			for _, what := range tt.busy {
				d.do(what)
			}
			if got := d.story(); got != tt.name+"+:" {
				t.Fatalf("unexpected story %q", got)
			}
			for _, what := range []string{
				"start", "startpaused", "suspend", "resume", "save", "restore", "shutdown", "migrate", "attach", "rename b",
			} {
				if err := d.drive(what); err == nil {
					t.Errorf("%s: unexpected success", what)
				}
			}
			if got := d.story(); got != tt.name+"+:" {
				t.Fatalf("unexpected story %q after what was refused", got)
			}
			d.do("destroy")
			if got := d.do("start"); got != "running+: resumed/0 started/0" {
				t.Fatalf("unexpected story %q of the next run", got)
			}
		})
	}
}
