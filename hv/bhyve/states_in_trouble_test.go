package bhyve

import (
	"io/fs"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// While a manager cannot be read its virtual machines are in the state that they were in, unless their process tells otherwise.
func TestStatesInTrouble(t *testing.T) {
	t.Parallel()
	names := []string{"crashed", "off", "saved", "started", "ends", "runs", "abroad"}
	breaks := map[string]func(m *machine) (mend func()){
		"a datastore hangs": func(m *machine) func() { return m.hang("/vm") },
		"a datastore may not be read": func(m *machine) func() {
			m.SetError(fs.ErrPermission, "list", "/vm")
			return func() { m.SetDir("/vm", append([]string{".config"}, names...)...) }
		},
	}
	breaks["the directories of the virtual machines may not be read"] = func(m *machine) func() {
		for _, name := range names {
			m.SetError(fs.ErrPermission, "list", "/vm/"+name)
		}
		return func() {
			for _, name := range names {
				files := []string{name + ".conf", "run.lock"}
				switch name {
				case "off", "ends":
					files = files[:1]
				case "saved":
					files[1] = "saved.save"
				}
				m.SetDir("/vm/"+name, files...)
			}
		}
	}
	for name, breaks := range breaks {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				m := newMachine()
				m.vmbhyve()
				m.SetDir("/vm", ".config")
				for _, name := range names {
					m.define("/vm", name, "")
				}
				m.lock("/vm/crashed", "hv1")
				m.lock("/vm/abroad", "hv2")
				m.write("/vm/saved/saved.save", "")
				for pid, name := range map[int]string{100: "ends", 200: "runs"} {
					m.lock("/vm/"+name, "hv1")
					m.runs(freebsd.Process{PID: pid, Parent: 1, Name: "sh"}, "/bin/sh", "/usr/local/sbin/vm", "_run", name)
					m.bhyve(pid+1, pid, name)
				}
				m.Advance(time.Hour)
				s := sourceOf(t, m)
				states := func() map[string]hv.OperState {
					byName := map[string]hv.OperState{}
					for _, vm := range summaries(t, s) {
						byName[vm.Name] = vm.State
					}
					return byName
				}
				before := map[string]hv.OperState{
					"crashed": hv.StateCrashed, "off": hv.StateShutdown, "saved": hv.StateSuspended, "started": hv.StateShutdown,
					"ends": hv.StateRunning, "runs": hv.StateRunning, "abroad": hv.StateShutdown,
				}
				if diff := cmp.Diff(before, states()); diff != "" {
					t.Errorf("unexpected states (-want +got):\n%s", diff)
				}
				mend := breaks(m)
				if diff := cmp.Diff(before, states()); diff != "" {
					t.Errorf("unexpected states in trouble (-want +got):\n%s", diff)
				}
				m.ends(100)
				m.ends(101)
				m.node("runs")
				m.runs(freebsd.Process{PID: 300, Parent: 1, Name: "sh"}, "/bin/sh", "/usr/local/sbin/vm", "_run", "started")
				m.bhyve(301, 300, "started")
				time.Sleep(time.Minute)
				m.Advance(time.Minute)
				states()
				time.Sleep(time.Minute)
				m.Advance(time.Minute)
				meanwhile := map[string]hv.OperState{
					"crashed": hv.StateCrashed, "off": hv.StateShutdown, "saved": hv.StateSuspended, "started": hv.StateRunning,
					"ends": hv.StateShutdown, "runs": hv.StateRunning, "abroad": hv.StateShutdown,
				}
				if diff := cmp.Diff(meanwhile, states()); diff != "" {
					t.Errorf("unexpected states meanwhile (-want +got):\n%s", diff)
				}
				mend()
				m.Remove("/vm/ends/run.lock")
				m.lock("/vm/started", "hv1")
				if diff := cmp.Diff(meanwhile, states()); diff != "" {
					t.Errorf("unexpected states after it (-want +got):\n%s", diff)
				}
			})
		})
	}
}
