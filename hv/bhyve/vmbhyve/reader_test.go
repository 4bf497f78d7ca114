package vmbhyve

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// setup is that of the host.
var setup = Setup{Datastores: []Datastore{home}}

// The virtual machines of the host, as they are found.
func wantGuests(t testing.TB) []Guest {
	t.Helper()
	return []Guest{
		{
			Datastore: home, Name: "db01", Dir: "/zroot/vm/db01", Defined: written,
			Log: ParseLog([]byte(text(t, "testdata/host/zroot/vm/db01/vm-bhyve.log"))),
		},
		{
			Datastore: home, Name: "web01", Dir: "/zroot/vm/web01", Defined: written, Lock: "hv1.example.net", Locked: written,
			Log: ParseLog([]byte(text(t, "testdata/host/zroot/vm/web01/vm-bhyve.log"))),
		},
		{
			Datastore: home, Name: "win01", Dir: "/zroot/vm/win01", Defined: written,
			Log: ParseLog([]byte(text(t, "testdata/host/zroot/vm/win01/vm-bhyve.log"))),
		},
	}
}

func TestGuests(t *testing.T) {
	t.Parallel()
	const db01 = "/zroot/vm/db01/"
	later := written.Add(time.Hour)
	tests := []struct {
		name   string
		change func(*freebsd.Recording)
		// want is how db01 is changed, or that it is gone if it is nil.
		want func(*Guest)
	}{
		{"nothing", func(*freebsd.Recording) {}, func(*Guest) {}},
		{"locked by this host", func(r *freebsd.Recording) {
			put(r, db01+"run.lock", text(t, "testdata/variants/win01.run.lock.own-host"), later)
		}, func(g *Guest) { g.Lock, g.Locked = "hv1.example.net", later }},
		{"locked by another host", func(r *freebsd.Recording) {
			put(r, db01+"run.lock", text(t, "testdata/variants/win01.run.lock.other-host"), later)
		}, func(g *Guest) { g.Lock, g.Locked = "hv2.example.net", later }},
		{"a lock of two lines", func(r *freebsd.Recording) { put(r, db01+"run.lock", "a\nb\n", later) },
			func(g *Guest) { g.Lock, g.Locked = "a", later }},
		{"a lock that is not written yet", func(r *freebsd.Recording) { put(r, db01+"run.lock", "", written.Add(time.Minute)) },
			func(*Guest) {}},
		{"a lock that there was no room for", func(r *freebsd.Recording) { put(r, db01+"run.lock", "", written) },
			func(g *Guest) { g.Lock, g.Locked = "", written }},
		{"suspended", func(r *freebsd.Recording) {
			for _, name := range strings.Fields(text(t, "testdata/variants/ls_db01.suspended.txt")) {
				if !strings.HasSuffix(name, ".conf") {
					put(r, db01+name, "", later)
				}
			}
			put(r, db01+"vm-bhyve.log", text(t, "testdata/variants/db01.vm-bhyve.log.suspended"), later)
		}, func(g *Guest) {
			g.Saved, g.Log.Status = true, 0
		}},
		{"suspending", func(r *freebsd.Recording) {
			for _, name := range strings.Fields(text(t, "testdata/variants/ls_db01.suspending.txt")) {
				if !strings.HasSuffix(name, ".conf") && name != "vm-bhyve.log" {
					put(r, db01+name, "hv1.example.net\n", later)
				}
			}
		}, func(g *Guest) {
			g.Saved, g.Suspending, g.Lock, g.Locked = true, true, "hv1.example.net", later
		}},
		{"a lock and a log that go while they are looked at", func(r *freebsd.Recording) {
			r.Remove(db01 + "vm-bhyve.log")
			r.SetDir("/zroot/vm/db01", "db01.conf", "run.lock", "vm-bhyve.log")
		}, func(g *Guest) { g.Log = Log{} }},
		{"a lock that goes before it is read", func(r *freebsd.Recording) {
			r.SetStat(db01+"run.lock", freebsd.Stat{Size: 16, Modified: later})
			r.SetError(fs.ErrNotExist, "read", db01+"run.lock")
		}, func(*Guest) {}},
		{"a definition that goes while it is looked at", func(r *freebsd.Recording) {
			r.Remove(db01 + "db01.conf")
			r.SetDir("/zroot/vm/db01", "db01.conf")
		}, nil},
		{"another's saved state", func(r *freebsd.Recording) { put(r, db01+"web01.save", "", later) }, func(*Guest) {}},
		{"no log", func(r *freebsd.Recording) { r.Remove(db01 + "vm-bhyve.log") }, func(g *Guest) { g.Log = Log{} }},
		{"a long log", func(r *freebsd.Recording) {
			put(r, db01+"vm-bhyve.log", strings.Repeat("2026-08-01T00:00:00+00:00: initialising\n", 10000)+
				"2026-08-02T00:00:00+00:00: starting bhyve (run 1)\n", later)
		}, func(g *Guest) { g.Log = Log{Initialised: second(0), Started: second(24 * 60 * 60)} }},
		{"defined anew", func(r *freebsd.Recording) { put(r, db01+"db01.conf", "cpu=1\n", later) },
			func(g *Guest) { g.Defined = later }},
		{"no definition", func(r *freebsd.Recording) { r.Remove(db01 + "db01.conf") }, nil},
		{"a definition of another name", func(r *freebsd.Recording) {
			r.Remove(db01 + "db01.conf")
			put(r, db01+"db02.conf", "cpu=1\n", later)
		}, nil},
		{"a definition that is a directory", func(r *freebsd.Recording) {
			r.SetFile(db01+"db01.conf", nil, freebsd.Stat{Mode: fs.ModeDir | 0o755})
		}, nil},
		{"a definition that would block", func(r *freebsd.Recording) {
			r.SetFile(db01+"db01.conf", nil, freebsd.Stat{Mode: fs.ModeNamedPipe | 0o644})
		}, nil},
		{"taken away", func(r *freebsd.Recording) { r.Remove("/zroot/vm/db01") }, nil},
		{"other things in the datastore", func(r *freebsd.Recording) {
			put(r, "/zroot/vm/vm-bhyve.log", "", later)
			put(r, "/zroot/vm/.templates/default.conf", "", later)
			put(r, "/zroot/vm/.config/.config.conf", "", later)
			put(r, "/zroot/vm/images/a.zfs", "", later)
		}, func(*Guest) {}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := host(t)
			tt.change(r)
			want := wantGuests(t)
			if tt.want == nil {
				want = want[1:]
			} else {
				tt.want(&want[0])
			}
			got, err := NewReader(r).Guests(setup)
			if err != nil {
				t.Fatal(err)
			}
			check(t, "virtual machines", want, got)

			r = host(t)
			reader := NewReader(r)
			if _, err := reader.Guests(setup); err != nil {
				t.Fatal(err)
			}
			tt.change(r)
			if got, err = reader.Guests(setup); err != nil {
				t.Fatal(err)
			}
			check(t, "virtual machines after the change", want, got)
		})
	}
}

func TestGuestsNames(t *testing.T) {
	t.Parallel()
	names := []string{" ", "%2e%2e", "-rf", "a b", "a\nb", "a'b", `a"b`, "a$b", "a*", "a\\b", "conf", "\xff", "ö"}
	r := freebsd.NewRecording()
	for _, name := range names {
		put(r, "/vm/"+name+"/"+name+".conf", "cpu=1\n", written)
	}
	slices.Sort(names)
	got, err := NewReader(r).Guests(Setup{Datastores: []Datastore{{Name: "default", Path: "/vm"}}})
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, g := range got {
		found = append(found, g.Name)
		check(t, "directory", "/vm/"+g.Name, g.Dir)
	}
	check(t, "names", names, found)
}

// A listing is a host whose directories have other names in them.
type listing struct {
	System
	dir   string
	names []string
}

func (l listing) ReadDir(path string) ([]string, error) {
	if path == l.dir {
		return l.names, nil
	}
	return l.System.ReadDir(path)
}

func TestGuestsStayInside(t *testing.T) {
	t.Parallel()
	t.Run("names that lead elsewhere", func(t *testing.T) {
		t.Parallel()
		r := freebsd.NewRecording()
		put(r, "/vm/a/a.conf", "cpu=1\n", written)
		put(r, "/etc/etc.conf", "cpu=1\n", written)
		put(r, "/vm/...conf", "cpu=1\n", written)
		names := []string{"", ".", "..", "../etc", "../vm/a", "/etc", "a", "a/", "a\x00"}
		got, err := NewReader(listing{r, "/vm", names}).Guests(Setup{Datastores: []Datastore{{Name: "default", Path: "/vm"}}})
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != 1 || got[0].Name != "a" {
			t.Errorf("unexpected virtual machines %v", got)
		}
	})
	links := []struct {
		name, link, target string
		want               bool
		lost               string
	}{
		{"a definition elsewhere", "/zroot/vm/db01/db01.conf", "/etc/db01.conf", false, ""},
		{"a definition beside the datastore", "/zroot/vm/db01/db01.conf", "/zroot/vm2/db01/db01.conf", false, ""},
		{"a directory elsewhere in the datastore", "/zroot/vm/db01/db01.conf", "/zroot/vm/.old/db01/db01.conf", true, ""},
		{"a log elsewhere", "/zroot/vm/db01/vm-bhyve.log", "/var/log/messages", true, "log"},
		{"a lock elsewhere", "/zroot/vm/db01/run.lock", "/etc/master.passwd", true, "lock"},
	}
	for _, tt := range links {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := host(t)
			r.SetFile(tt.link, []byte("secret\n"), freebsd.Stat{Path: tt.target, Modified: written})
			want := wantGuests(t)
			if tt.lost == "log" {
				want[0].Log = Log{}
			}
			if !tt.want {
				want = want[1:]
			}
			got, err := NewReader(r).Guests(setup)
			check(t, "virtual machines", want, got)
			if wantErr := !tt.want || tt.lost != ""; (err != nil) != wantErr {
				t.Errorf("unexpected error %v, want one: %t", err, wantErr)
			}
			if err != nil && (!strings.Contains(err.Error(), `"db01"`) || len(UnreadOf(err)) > 0) {
				t.Errorf("unexpected error %v", err)
			}
		})
	}
	t.Run("a datastore behind a link", func(t *testing.T) {
		t.Parallel()
		r := freebsd.NewRecording()
		r.SetStat("/vm", freebsd.Stat{Path: "/tank/vm", Mode: fs.ModeDir | 0o755})
		r.SetFile("/vm/a/a.conf", []byte("cpu=1\n"), freebsd.Stat{Path: "/tank/vm/a/a.conf", Modified: written})
		got, err := NewReader(r).Guests(Setup{Datastores: []Datastore{{Name: "default", Path: "/vm"}}})
		if err != nil || len(got) != 1 {
			t.Errorf("unexpected virtual machines %v, error %v", got, err)
		}
	})
}

func TestGuestsReadsNothingTwice(t *testing.T) {
	t.Parallel()
	r := host(t)
	a := &asked{System: r, reads: map[string]int{}}
	reader := NewReader(a)
	look := func(change string, want ...string) {
		t.Helper()
		if _, err := reader.Guests(setup); err != nil {
			t.Fatal(err)
		}
		check(t, "reads after "+change, want, a.took())
	}
	const web01 = "/zroot/vm/web01/"
	look("nothing", "/zroot/vm/db01/db01.conf", "/zroot/vm/db01/vm-bhyve.log", web01+"run.lock", web01+"vm-bhyve.log", web01+"web01.conf",
		"/zroot/vm/win01/vm-bhyve.log", "/zroot/vm/win01/win01.conf")
	look("the first look")
	put(r, web01+"vm-bhyve.log", text(t, "testdata/host"+web01+"vm-bhyve.log")+"2026-08-21T03:00:10+00:00: restarting\n", written)
	look("a longer log", web01+"vm-bhyve.log")
	put(r, web01+"vm-bhyve.log", text(t, "testdata/host"+web01+"vm-bhyve.log")+"2026-08-21T03:00:10+00:00: restarting\n", written.Add(1))
	look("a log of another time", web01+"vm-bhyve.log")
	put(r, web01+"web01.conf", "cpu=1\n", written)
	look("another definition", web01+"web01.conf")
	put(r, web01+"run.lock", "hv1.example.net\n", written.Add(1))
	look("another lock", web01+"run.lock")
	put(r, web01+"run.lock", "", written.Add(time.Minute))
	look("a lock that is not written yet", web01+"run.lock")
	look("the same", web01+"run.lock")
	r.Advance(writing)
	look("a lock that nobody writes", web01+"run.lock")
	look("the same again")
	r.Remove(web01 + "run.lock")
	look("no lock")
	put(r, web01+"run.lock", "hv1.example.net\n", written.Add(1))
	look("the lock again", web01+"run.lock")
	r.Remove("/zroot/vm/web01")
	look("no virtual machine")
	for dir := range reader.seen {
		if dir == "/zroot/vm/web01" {
			t.Error("what is gone is remembered")
		}
	}
}

func TestGuestsKeepsWhatItCannotRead(t *testing.T) {
	t.Parallel()
	const db01 = "/zroot/vm/db01"
	tests := []struct {
		name   string
		change func(*freebsd.Recording)
		// sound says that nothing of what may have changed was kept.
		sound bool
	}{
		{"its directory", func(r *freebsd.Recording) {
			r.SetError(fs.ErrPermission, "list", db01)
			r.SetStat(db01, freebsd.Stat{Mode: fs.ModeDir | 0o700})
		}, false},
		{"its directory, nor look at it", func(r *freebsd.Recording) {
			r.SetError(fs.ErrPermission, "list", db01)
			r.SetError(fs.ErrPermission, "stat", db01)
		}, false},
		{"its log", func(r *freebsd.Recording) {
			put(r, db01+"/vm-bhyve.log", "new\n", written.Add(1))
			r.SetError(fs.ErrPermission, "tail", db01+"/vm-bhyve.log")
		}, false},
		{"the state of its log", func(r *freebsd.Recording) { r.SetError(fs.ErrPermission, "stat", db01+"/vm-bhyve.log") }, false},
		{"its definition's state", func(r *freebsd.Recording) { r.SetError(fs.ErrPermission, "stat", db01+"/db01.conf") }, true},
		{"its lock", func(r *freebsd.Recording) {
			put(r, db01+"/run.lock", "new\n", written.Add(1))
			r.SetError(fs.ErrPermission, "read", db01+"/run.lock")
		}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := host(t)
			reader := NewReader(r)
			if _, err := reader.Guests(setup); err != nil {
				t.Fatal(err)
			}
			tt.change(r)
			got, err := reader.Guests(setup)
			want := wantGuests(t)
			want[0].Stale = !tt.sound
			check(t, "virtual machines", want, got)
			if err == nil || !strings.Contains(err.Error(), `"db01"`) || len(UnreadOf(err)) > 0 {
				t.Errorf("unexpected error %v", err)
			}
			if len(texts(err)) != 1 || errors.Is(err, ErrHidden) {
				t.Errorf("unexpected errors %v", texts(err))
			}
		})
	}
	t.Run("a directory, from the first", func(t *testing.T) {
		t.Parallel()
		r := host(t)
		r.SetError(fs.ErrPermission, "list", db01)
		reader := NewReader(r)
		got, err := reader.Guests(setup)
		check(t, "virtual machines", wantGuests(t)[1:], got)
		check(t, "error", []string{
			`failed to read virtual machine "db01" of datastore "default": its directory cannot be listed: permission denied`,
		}, texts(err))
		if !errors.Is(err, ErrHidden) || !errors.Is(err, fs.ErrPermission) || len(UnreadOf(err)) > 0 {
			t.Errorf("unexpected error %v", err)
		}
	})
	t.Run("its definition, of which Config tells", func(t *testing.T) {
		t.Parallel()
		r := host(t)
		reader := NewReader(r)
		if _, err := reader.Guests(setup); err != nil {
			t.Fatal(err)
		}
		put(r, db01+"/db01.conf", "cpu=9\n", written.Add(1))
		r.SetError(fs.ErrPermission, "read", db01+"/db01.conf")
		got, err := reader.Guests(setup)
		check(t, "virtual machines", wantGuests(t), got)
		check(t, "error", nil, err)
		if _, err := reader.Config(got[0]); !errors.Is(err, fs.ErrPermission) {
			t.Errorf("unexpected error %v", err)
		}
	})
	t.Run("a file that cannot be listed", func(t *testing.T) {
		t.Parallel()
		r := host(t)
		put(r, "/zroot/vm/notes.txt", "", written)
		r.SetError(fs.ErrInvalid, "list", "/zroot/vm/notes.txt")
		got, err := NewReader(r).Guests(setup)
		check(t, "virtual machines", wantGuests(t), got)
		check(t, "error", nil, err)
	})
}

// TestGuestsUnmounted has what is mounted on the datastore go, and come back.
func TestGuestsUnmounted(t *testing.T) {
	t.Parallel()
	r := host(t)
	reader := NewReader(r)
	if _, err := reader.Guests(setup); err != nil {
		t.Fatal(err)
	}
	r.Remove("/zroot/vm")
	r.SetDir("/zroot/vm")
	got, err := reader.Guests(setup)
	check(t, "virtual machines", []Guest(nil), got)
	if unread := UnreadOf(err); len(unread) != 1 || unread[0].Datastore != "default" {
		t.Errorf("unexpected error %v", err)
	}
	if len(reader.seen) != 3 {
		t.Errorf("%d are remembered", len(reader.seen))
	}
	put(r, "/zroot/vm/.config/system.conf", "", written)
	got, err = reader.Guests(setup)
	check(t, "virtual machines of an empty datastore", []Guest(nil), got)
	check(t, "error", nil, err)

	// Another datastore, and one that never had it, may be empty.
	for _, name := range []string{"default", "tank"} {
		tank := Setup{Datastores: []Datastore{{Name: name, Path: "/tank"}}}
		put(r, "/tank/a/a.conf", "cpu=1\n", written)
		if name == "tank" {
			put(r, "/tank/.config/x", "", written)
		}
		reader := NewReader(r)
		if got, err := reader.Guests(tank); err != nil || len(got) != 1 {
			t.Errorf("unexpected virtual machines %v, error %v", got, err)
		}
		r.Remove("/tank")
		r.SetDir("/tank")
		if got, err := reader.Guests(tank); err != nil || len(got) > 0 {
			t.Errorf("unexpected virtual machines %v, error %v", got, err)
		}
	}
}

func TestGuestsOfDatastores(t *testing.T) {
	t.Parallel()
	tank := Datastore{Name: "tank", Path: "/tank/vm"}
	r := host(t)
	put(r, "/tank/vm/db01/db01.conf", "cpu=1\n", written)
	reader := NewReader(r)
	both := Setup{Datastores: []Datastore{home, tank}}
	got, err := reader.Guests(both)
	if err != nil {
		t.Fatal(err)
	}
	of := append(wantGuests(t), Guest{Datastore: tank, Name: "db01", Dir: "/tank/vm/db01", Defined: written})
	check(t, "virtual machines", of, got)

	for _, kind := range []string{"list", "stat"} {
		r.SetError(fs.ErrPermission, kind, "/zroot/vm")
		got, err = reader.Guests(both)
		check(t, "virtual machines of the other", of[3:], got)
		unread := UnreadOf(err)
		if len(unread) != 1 || unread[0].Datastore != "default" {
			t.Fatalf("unexpected error %v", err)
		}
		check(t, "text", `failed to read datastore "default": permission denied`, err.Error())
	}
	if len(reader.seen) != len(of) {
		t.Error("what cannot be read is forgotten")
	}

	_, err = reader.Guests(Setup{Datastores: []Datastore{home, {Name: "gone", Path: "/gone"}}})
	var names []string
	for _, u := range UnreadOf(err) {
		names = append(names, u.Datastore)
	}
	check(t, "datastores", []string{"default", "gone"}, names)
	if len(reader.seen) != len(of)-1 {
		t.Error("what was in a datastore that is no more is not forgotten, or more is")
	}

	trouble := Setup{Trouble: []error{&Unread{Err: fs.ErrPermission}}}
	if _, err := reader.Guests(trouble); err != nil || len(reader.seen) != len(of)-1 {
		t.Errorf("%d are remembered, error %v", len(reader.seen), err)
	}
	if _, err := reader.Guests(Setup{}); err != nil || len(reader.seen) != 0 {
		t.Errorf("%d are remembered, error %v", len(reader.seen), err)
	}
}

// TestReaderAtOnce has several look at once, for the race detector.
func TestReaderAtOnce(t *testing.T) {
	t.Parallel()
	r := host(t)
	reader := NewReader(r)
	var wait sync.WaitGroup
	for i := range 4 {
		wait.Go(func() {
			put(r, "/zroot/vm/db01/db01.conf", "cpu=1\n", second(i))
			guests, err := reader.Guests(setup)
			if err != nil || len(guests) != 3 {
				t.Errorf("unexpected virtual machines %v, error %v", guests, err)
			}
			for _, g := range guests {
				if _, err := reader.Config(g); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
}
