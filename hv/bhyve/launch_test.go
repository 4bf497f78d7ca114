package bhyve

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

func TestCommandOf(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, line string
		want       string // the words, or "" for none
	}{
		{"itself", "bhyve -c 2 -m 1G guest", "-c 2 -m 1G guest"},
		{"by its path", "/usr/sbin/bhyve -c 2 guest", "-c 2 guest"},
		{"beneath CBSD's lockf", "/usr/bin/lockf -s -t0 /usr/jails/tmp/bhyveload.guest.lock env LIB9P_LOGGING=/x /usr/bin/nice -n 0 /usr/sbin/bhyve -c 2 guest", "-c 2 guest"},
		{"beneath sudo", "sudo bhyve -c 2 guest", "-c 2 guest"},
		{"another's", "sudo bhyve -c 2 other", ""},
		{"no name at the end", "sudo bhyve -c guest", ""},
		{"no bhyve", "sudo sleep 5 guest", ""},
		{"a title", "bhyve: guest", ""},
		{"a script of that name", "/bin/sh /usr/local/etc/rc.d/bhyve start guest", ""},
		{"a file of that name", "lockf -s /var/run/bhyve /usr/sbin/bhyve -c 2 guest", "-c 2 guest"},
		{"an option that bhyve has not", "bhyve -! 1 -c 2 guest", ""},
		{"without options", "bhyve guest", "guest"},
		{"after the end of the options", "bhyve -c 2 -- guest", "-c 2 -- guest"},
		{"bhyve's own tools", "bhyvectl --vm=guest --destroy guest", ""},
	}
	for _, tt := range tests {
		if got := strings.Join(commandOf(strings.Fields(tt.line), "guest"), " "); got != tt.want {
			t.Errorf("%s: commandOf = %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestLaunches proves that what a process was started with is known for as long as it runs once it was seen, and no longer.
func TestLaunches(t *testing.T) {
	t.Parallel()
	rec := freebsd.NewRecording()
	rec.SetError(fs.ErrPermission, "sysctl", argsVariable, "77")
	l := newLaunches()
	process := func(pid, parent int) *freebsd.Process { return &freebsd.Process{PID: pid, Parent: parent} }
	young := func(pid int, args ...string) *guest {
		return &guest{key: "bhyve:guest", name: "guest", process: process(pid, 1), args: args}
	}
	titled := func(pid, parent int) *guest {
		return &guest{key: "bhyve:guest", name: "guest", process: process(pid, parent), args: []string{"bhyve: guest"}, titled: true}
	}
	steps := []struct {
		name  string
		g     *guest
		parse []string // the words of the parent, if it has any
		cpus  int      // 0 if nothing is known
	}{
		{"no process", &guest{key: "bhyve:guest", name: "guest"}, nil, 0},
		{"seen too late", titled(1, 1), nil, 0},
		{"not asked again", titled(1, 1), nil, 0},
		{"seen in time", young(2, "bhyve", "-c", "3", "guest"), nil, 3},
		{"remembered", titled(2, 1), nil, 3},
		{"another process", titled(3, 1), nil, 0},
		{"seen in time, but not what it is", young(4, "bhyve"), nil, 0},
		{"seen again in time", young(4, "bhyve", "-c", "5", "guest"), nil, 5},
		{"its parent may not be asked", titled(5, 77), nil, 0},
		{"its parent is a script of that name", titled(7, 88), []string{"/bin/sh", "/usr/local/etc/rc.d/bhyve", "start", "guest"}, 0},
		{"its parent is a script that knows the name alone", titled(8, 88), []string{"/bin/sh", "/root/bhyve", "guest"}, 0},
		{"seen in time, without options", young(9, "bhyve", "guest"), nil, 1},
		{"its parent knows", titled(6, 88), []string{"sudo", "bhyve", "-c", "7", "guest"}, 7},
		{"its parent ended", titled(6, 88), []string{}, 7},
	}
	for _, step := range steps {
		if step.parse != nil {
			rec.SetSysctl(argsOctets(step.parse...), argsVariable, 88)
		}
		got := 0
		if o := l.options(rec, &standing{guest: *step.g, run: 7}); o != nil {
			got = o.cpus().Or(-1)
		}
		if got != step.cpus {
			t.Errorf("%s: %d CPUs, want %d", step.name, got, step.cpus)
		}
	}
	l.keep(map[string]standing{"bhyve:guest": {guest: *titled(6, 88)}})
	if len(l.of) != 1 {
		t.Errorf("%d are remembered, want the one that runs", len(l.of))
	}
	l.keep(map[string]standing{"bhyve:guest": {guest: guest{key: "bhyve:guest"}}})
	if diff := cmp.Diff(0, len(l.of)); diff != "" {
		t.Errorf("unexpected number that is remembered (-want +got):\n%s", diff)
	}
}
