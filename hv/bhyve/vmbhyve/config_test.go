package vmbhyve

import (
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

func TestReaderConfig(t *testing.T) {
	t.Parallel()
	r := host(t)
	a := &asked{System: r, reads: map[string]int{}}
	reader := NewReader(a)
	guests, err := reader.Guests(setup)
	if err != nil {
		t.Fatal(err)
	}
	a.took()
	want := map[string]Config{"web01": web01, "db01": db01, "win01": win01}
	for range 2 {
		for _, g := range guests {
			got, err := reader.Config(g)
			if err != nil {
				t.Fatal(err)
			}
			check(t, "definition of "+g.Name, want[g.Name], got)
		}
	}
	for path, n := range a.reads {
		if n != 1 {
			t.Errorf("%q was read %d times", path, n)
		}
	}
	if _, err := reader.Guests(setup); err != nil {
		t.Fatal(err)
	}
	a.took()
	if _, err := reader.Config(guests[0]); err != nil {
		t.Fatal(err)
	}
	check(t, "reads", []string(nil), a.took())

	got, err := NewReader(r).Config(guests[1])
	check(t, "error of a reader that has seen nothing", nil, err)
	check(t, "its definition", web01, got)
}

func TestReaderConfigHalfWritten(t *testing.T) {
	t.Parallel()
	const whole = "cpu=2\nmemory=4G\n"
	four, two := Config{CPUs: "2", Memory: "4G"}, Config{CPUs: "2"}
	big := Config{CPUs: "4", Memory: "16G"}
	// A step is what is in the file, since when, when that is seen, and what is made of it. missing is what has not been written of it.
	type step struct {
		content     string
		since, seen int
		missing     int64
		want        Config
		defined     time.Time
	}
	none := time.Time{}
	tests := []struct {
		name  string
		steps []step
	}{
		{"whole", []step{{whole, 10, 10, 0, four, second(10)}, {"cpu=2\n", 11, 11, 0, two, second(11)}}},
		{"half, then whole", []step{{"cpu=2\nmemory=4", 10, 10, 0, two, none}, {whole, 11, 11, 0, four, second(11)}}},
		{"half of a new one", []step{
			{whole, 10, 20, 0, four, second(10)}, {"cpu=4\nmemory=1", 30, 30, 0, four, second(10)},
			{"cpu=4\nmemory=16G\n", 31, 31, 0, big, second(31)},
		}},
		{"empty for a moment", []step{
			{whole, 10, 20, 0, four, second(10)}, {"", 30, 30, 0, four, second(10)}, {"cpu=4\nmemory=16G\n", 31, 31, 0, big, second(31)},
		}},
		{"empty for good", []step{
			{whole, 10, 20, 0, four, second(10)}, {"", 30, 34, 0, four, second(10)}, {"", 30, 35, 0, Config{}, second(30)},
		}},
		{"an editor that leaves out the last end", []step{
			{whole, 10, 20, 0, four, second(10)}, {"cpu=4\nmemory=16G", 30, 34, 0, four, second(10)},
			{"cpu=4\nmemory=16G", 30, 35, 0, big, second(30)}, {"cpu=4\nmemory=16G", 30, 60, 0, big, second(30)},
		}},
		{"one that has been like that", []step{{"cpu=4\nmemory=16G", 10, 60, 0, big, second(10)}}},
		{"half, longer, whole", []step{
			{whole, 10, 20, 0, four, second(10)}, {"cpu", 30, 30, 0, four, second(10)}, {"cpu=4\nmem", 33, 34, 0, four, second(10)},
			{"cpu=4\nmemory=16G\n", 34, 34, 0, big, second(34)},
		}},
		{"written between looking and reading", []step{
			{whole, 10, 20, 0, four, second(10)}, {"cpu=4\n", 30, 30, 11, four, second(10)}, {"cpu=4\n", 30, 60, 11, four, second(10)},
			{"cpu=4\nmemory=16G\n", 61, 61, 0, big, second(61)},
		}},
		{"written by a clock that is ahead", []step{{"cpu=4\nmemory=16G", 50, 10, 0, big, second(50)}}},
		{"written by a clock that is ahead a little", []step{{"cpu=2\nmemory=16G", 14, 10, 0, two, none}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := freebsd.NewRecording()
			store := Datastore{Name: "default", Path: "/vm"}
			g := Guest{Datastore: store, Name: "a", Dir: "/vm/a"}
			reader, other := NewReader(r), NewReader(r)
			for _, s := range tt.steps {
				r.SetFile("/vm/a/a.conf", []byte(s.content), freebsd.Stat{
					Size: int64(len(s.content)) + s.missing, Modified: second(s.since),
				})
				r.SetClock(freebsd.Clock{Now: second(s.seen)})
				guests, err := reader.Guests(Setup{Datastores: []Datastore{store}})
				if err != nil || len(guests) != 1 {
					t.Fatalf("unexpected virtual machines %v, error %v", guests, err)
				}
				check(t, "time", s.defined, guests[0].Defined)
				for _, reader := range []*Reader{reader, other} {
					got, err := reader.Config(g)
					if err != nil {
						t.Fatal(err)
					}
					check(t, "definition", s.want, got)
				}
			}
		})
	}
	t.Run("without a clock", func(t *testing.T) {
		t.Parallel()
		r := freebsd.NewRecording()
		put(r, "/vm/a/a.conf", "cpu=2\nmemory=1", second(0))
		got, err := NewReader(r).Config(Guest{Datastore: Datastore{Path: "/vm"}, Name: "a", Dir: "/vm/a"})
		check(t, "definition", two, got)
		check(t, "error", nil, err)
	})
}

func TestReaderConfigFails(t *testing.T) {
	t.Parallel()
	const conf = "/zroot/vm/db01/db01.conf"
	tests := []struct {
		name   string
		change func(*freebsd.Recording)
		want   string
	}{
		{"gone", func(r *freebsd.Recording) { r.Remove(conf) }, "no answer"},
		{"not readable", func(r *freebsd.Recording) {
			put(r, conf, "new\n", second(1))
			r.SetError(fs.ErrPermission, "read", conf)
		}, "permission denied"},
		{"not there to look at", func(r *freebsd.Recording) { r.SetError(fs.ErrPermission, "stat", conf) }, "permission denied"},
		{"datastore gone", func(r *freebsd.Recording) { r.SetError(fs.ErrNotExist, "stat", "/zroot/vm") }, "file does not exist"},
		{"elsewhere", func(r *freebsd.Recording) { r.SetStat(conf, freebsd.Stat{Path: "/etc/passwd"}) }, "leads out of the datastore"},
		{"no file", func(r *freebsd.Recording) { r.SetStat(conf, freebsd.Stat{Mode: fs.ModeNamedPipe}) }, "not a regular file"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := host(t)
			reader := NewReader(r)
			guests, err := reader.Guests(setup)
			if err != nil {
				t.Fatal(err)
			}
			tt.change(r)
			got, err := reader.Config(guests[0])
			check(t, "definition", Config{}, got)
			if err == nil || !strings.Contains(err.Error(), `"db01"`) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("unexpected error %v", err)
			}
		})
	}
}
