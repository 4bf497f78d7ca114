package vmbhyve

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// FuzzConf reads a definition with whatever is in it: the keys and values have nothing in them that vm-bhyve takes away, reading
// what was understood understands the same, disks and networks follow one another, and none is at a place that is not its own.
func FuzzConf(f *testing.F) {
	f.Fuzz(func(t *testing.T, text []byte) {
		conf := ParseConf(text)
		var again strings.Builder
		for key, value := range conf {
			if key == "" || key[0] < 'a' || key[0] > 'z' || strings.ContainsAny(key, "=\"#\n") || strings.ContainsAny(value, "\"#\n") {
				t.Errorf("%q is %q", key, value)
			}
			// A value may end in a space that was quoted.
			again.WriteString(key + "=\"" + value + "\"\n")
		}
		check(t, "second reading", conf, ParseConf([]byte(again.String())))
		config := conf.Config()
		g := Guest{Name: "a", Dir: "/vm/a", Datastore: Datastore{Path: "/vm", Dataset: "z"}}
		for i, d := range config.Disks {
			if d.Number != i || d.Name == "" || d.Type == "" || d.Device == "" {
				t.Errorf("disk %d is %+v", i, d)
			}
			path, volume := g.DiskPath(d), g.DiskVolume(d)
			if volume != "" && path != zvols+volume || d.Device == deviceFile && path != "/vm/a/"+d.Name {
				t.Errorf("disk %+v is at %q, volume %q", d, path, volume)
			}
		}
		for i, n := range config.NICs {
			if n.Number != i || n.Type == "" {
				t.Errorf("network %d is %+v", i, n)
			}
		}
	})
}

// FuzzSystem reads a system.conf with whatever is in it: each datastore has a name and a place of its own, none is both there and
// unread, and a bridge is named as interfaces are.
func FuzzSystem(f *testing.F) {
	f.Fuzz(func(t *testing.T, text []byte) {
		r := freebsd.NewRecording()
		put(r, "/etc/rc.conf", "vm_dir=/vm\n", written)
		r.SetFile("/vm/.config/system.conf", text, freebsd.Stat{Modified: written})
		s, err := ReadSetup(r, mounts)
		if err != nil {
			t.Fatal(err)
		}
		if len(s.Datastores) == 0 || s.Datastores[0] != (Datastore{Name: "default", Path: "/vm"}) {
			t.Fatalf("unexpected datastores %v", s.Datastores)
		}
		names := map[string]bool{}
		for _, d := range s.Datastores {
			if names[d.Name] || !plain(d.Name) || !strings.HasPrefix(d.Path, "/") {
				t.Errorf("unexpected datastore %+v", d)
			}
			names[d.Name] = true
		}
		for _, u := range UnreadOf(s.Trouble...) {
			if names[u.Datastore] || u.Unwrap() == nil || u.Error() == "" {
				t.Errorf("datastore %q is there and is not: %v", u.Datastore, u)
			}
		}
		for name, sw := range s.Switches {
			if sw.Type == standardSwitch && sw.Bridge != "" && (sw.Bridge != "vm-"+name || utf8.RuneCountInString(sw.Bridge) > 15) {
				t.Errorf("switch %q has the bridge %q", name, sw.Bridge)
			}
		}
	})
}

// FuzzLog reads a log with whatever is in it: what it tells agrees with itself, and neither a first line that is cut nor a last one
// that is not finished tells anything.
func FuzzLog(f *testing.F) {
	f.Fuzz(func(t *testing.T, tail []byte) {
		l := ParseLog(tail)
		switch {
		case l.Failed && (!l.Ended || !l.Started.IsZero() || l.Exited):
			t.Errorf("it failed and did not: %+v", l)
		case l.Resuming && l.Started.IsZero(), !l.Began.IsZero() && l.Started.IsZero(), len(l.Args) > 0 && l.Started.IsZero():
			t.Errorf("it was never started: %+v", l)
		case !l.Exited && (l.Status != 0 || !l.ExitedAt.IsZero()), l.Status < 0, l.Status > maxStatus:
			t.Errorf("it ended and did not: %+v", l)
		}
		for _, arg := range l.Args {
			if strings.Contains(arg, ","+fbufPassword) || len(strings.Fields(arg)) != 1 {
				t.Errorf("unexpected argument %q", arg)
			}
		}
		if strings.HasSuffix(string(tail), "\n") || len(tail) == 0 {
			check(t, "log with a line that is not finished", l, ParseLog(append([]byte(tail), "2026-08-20T09:07:53+00:00: stopped"...)))
			check(t, "log after a line that is cut", l, ParseLog(append([]byte("6-08-20T09:07:53+00:00: initialising\n"), tail...)))
		}
	})
}
