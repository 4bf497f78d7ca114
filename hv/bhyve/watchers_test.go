package bhyve

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

func TestWatchOf(t *testing.T) {
	t.Parallel()
	const script = "/usr/local/cbsd/share/bhyverun.sh"
	tests := []struct {
		name string
		args []string
		want watch
	}{
		{"nothing", nil, watch{}},
		{"a shell", []string{"/bin/sh"}, watch{}},
		{"vm-bhyve", []string{"/bin/sh", "/usr/local/sbin/vm", "_run", "web"}, watch{by: fromVMBhyve, vm: "web"}},
		{"vm-bhyve with options", []string{"/bin/sh", "/usr/local/sbin/vm", "_run", "-tf", "web", "cd.iso"}, watch{by: fromVMBhyve, vm: "web"}},
		{"vm-bhyve without a name", []string{"/bin/sh", "/usr/local/sbin/vm", "_run", "-t"}, watch{}},
		{"another command of vm-bhyve", []string{"/bin/sh", "/usr/local/sbin/vm", "start", "web"}, watch{}},
		{"another program", []string{"/bin/sh", "/usr/local/sbin/other", "_run", "web"}, watch{}},
		{
			"CBSD", []string{"/bin/sh", script, "-c", "/usr/jails/jails-system/deb/bhyve.conf", "-e", "1", "-l", "/tmp/log"},
			watch{by: fromCBSD, vm: "deb"},
		},
		{"CBSD with another script", []string{"/bin/sh", "/root/run", "-c", "/cbsd//jails-system/deb//bhyve.conf"}, watch{by: fromCBSD, vm: "deb"}},
		{"CBSD with another file", []string{"/bin/sh", script, "-c", "/usr/jails/jails-system/deb/other.conf"}, watch{}},
		{"a file elsewhere", []string{"/bin/sh", script, "-c", "/root/deb/bhyve.conf"}, watch{}},
		{"no file", []string{"/bin/sh", script, "-c"}, watch{}},
		{"what runs it", []string{"sh", "-c", script + " -c /usr/jails/jails-system/deb/bhyve.conf -e 1"}, watch{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := watchOf(tt.args); got != tt.want {
				t.Errorf("unexpected watch %+v, want %+v", got, tt.want)
			}
		})
	}
}

// The shells are asked once for all virtual machines that are marked as running.
func TestWatchesAsked(t *testing.T) {
	t.Parallel()
	const shells, first = 20, 1000
	m := newMachine()
	m.vmbhyve()
	var names []string
	for i := range shells {
		name := fmt.Sprintf("vm%d", i)
		names = append(names, name)
		m.define("/vm", name, "")
		m.lock("/vm/"+name, "hv1")
		m.runs(freebsd.Process{PID: first + i, Parent: 1, Name: "sh"}, "/bin/sh", "/usr/local/sbin/vm", "_run", name)
	}
	m.SetDir("/vm", append(names, ".config")...)
	s, _ := scouting(t, m)
	got, err := s.gather(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range got.guests {
		if !g.watcher {
			t.Errorf("%s has no watcher", g.key)
		}
	}
	asked := map[string]int{}
	want := map[string]int{}
	for i := range shells {
		about := fmt.Sprint(argsVariable, " ", first+i)
		asked[about], want[about] = m.times(about), 1
	}
	if diff := cmp.Diff(want, asked); diff != "" {
		t.Errorf("unexpected questions (-want +got):\n%s", diff)
	}
}
