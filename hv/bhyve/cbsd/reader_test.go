package cbsd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

const database = "/usr/jails/var/db/local.sqlite"

func TestGuests(t *testing.T) {
	t.Parallel()
	h := host(t)
	got, err := NewReader(h).Guests(t.Context(), setup)
	check(t, "virtual machines", wantGuests(), got)
	check(t, "error", nil, err)
	check(t, "programs", []string{"db jails"}, h.took())
	check(t, "questions without an answer", []string(nil), h.Missing())
}

func TestGuestsNone(t *testing.T) {
	t.Parallel()
	h := host(t)
	h.SetProgram(queryGuests(setup).Argv, []byte("||||||\n"), nil)
	got, err := NewReader(h).Guests(t.Context(), setup)
	if err != nil || got == nil || len(got) > 0 {
		t.Errorf("unexpected virtual machines %v, error %v", got, err)
	}
	check(t, "programs", []string{"db jails"}, h.took())
}

func TestGuestsOddRows(t *testing.T) {
	t.Parallel()
	h := host(t)
	h.SetProgram(queryGuests(setup).Argv, append([]byte("bad|1|2\na'b|0|0|0|0|0|0\n"), text(t, "answers/jails")...), nil)
	got, err := NewReader(h).Guests(t.Context(), setup)
	check(t, "virtual machines", wantGuests(), got)
	if err == nil || errors.Is(err, ErrUnread) || len(strings.Split(err.Error(), "\n")) != 2 {
		t.Errorf("unexpected error %v", err)
	}
}

// TestGuestsFromList has the database not readable: bls is asked instead, but not each time.
func TestGuestsFromList(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*asked)
		// runs is what is run at each look that asks bls.
		runs []string
	}{
		{"no sqlcli", func(h *asked) { h.SetProgram(queryGuests(setup).Argv, nil, fs.ErrNotExist) }, []string{"db jails", "bls"}},
		{"sqlcli may not be run", func(h *asked) { h.SetProgram(queryGuests(setup).Argv, nil, fs.ErrPermission) }, []string{"db jails", "bls"}},
		{"the database may not be read", func(h *asked) { h.SetProgram(queryGuests(setup).Argv, nil, nil) }, []string{"db jails", "bls"}},
		{"no database", func(h *asked) { h.Remove(database) }, []string{"bls"}},
		{"the database may not be looked at", func(h *asked) { h.SetError(fs.ErrPermission, "stat", database) }, []string{"bls"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := host(t)
			tt.change(h)
			r := NewReader(h)
			look := func(want []Guest, runs []string) {
				t.Helper()
				got, err := r.Guests(t.Context(), setup)
				check(t, "virtual machines", want, got)
				check(t, "programs", runs, h.took())
				if err == nil || errors.Is(err, ErrUnread) || !strings.Contains(err.Error(), "bls tells less") {
					t.Errorf("unexpected error %v", err)
				}
			}
			quiet := tt.runs[:len(tt.runs)-1]
			look(wantListed(), tt.runs)
			h.SetProgram(list().Argv, []byte("a 0 Off 0 1 1024 linux p 0 0\n"), nil)
			look(wantListed(), quiet)
			h.Advance(listPause - 1)
			look(wantListed(), quiet)
			h.Advance(1)
			a := []Guest{{
				Name: "a", Dir: "/usr/jails/jails-system/a", Data: "/usr/jails/jails-data/a-data",
				Row: &Config{CPUs: 1, Memory: 1 << 30, OSType: "linux", OSProfile: "p"},
			}}
			look(a, tt.runs)

			h.SetStat(database, freebsd.Stat{Modified: written})
			answer(t, h.Recording, queryGuests(setup), "jails")
			got, err := r.Guests(t.Context(), setup)
			check(t, "virtual machines", wantGuests(), got)
			check(t, "error", nil, err)
		})
	}
}

func TestGuestsFromListOddRows(t *testing.T) {
	t.Parallel()
	h := host(t)
	h.SetProgram(queryGuests(setup).Argv, nil, fs.ErrNotExist)
	h.SetProgram(list().Argv, append([]byte("bad\n"), text(t, "bls/bls.collector.txt")...), nil)
	r := NewReader(h)
	for range 2 {
		got, err := r.Guests(t.Context(), setup)
		check(t, "virtual machines", wantListed(), got)
		if err == nil || errors.Is(err, ErrUnread) || !strings.Contains(err.Error(), "makes no sense") {
			t.Errorf("unexpected error %v", err)
		}
	}
}

func TestGuestsUnread(t *testing.T) {
	t.Parallel()
	h := host(t)
	h.SetProgram(queryGuests(setup).Argv, nil, fs.ErrNotExist)
	h.SetProgram(list().Argv, nil, context.DeadlineExceeded)
	r := NewReader(h)
	// Each time that it fails it is left alone for longer, up to a limit.
	for i, pause := range []time.Duration{time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 8 * time.Minute} {
		for _, runs := range [][]string{{"db jails", "bls"}, {"db jails"}, {"db jails"}} {
			got, err := r.Guests(t.Context(), setup)
			if got != nil || !errors.Is(err, ErrUnread) || !errors.Is(err, fs.ErrNotExist) || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("unexpected virtual machines %v, error %v", got, err)
			}
			check(t, fmt.Sprint("programs at failure ", i), runs, h.took())
			if len(runs) == 1 {
				h.Advance(pause / 2)
			}
		}
	}
	h.SetProgram(list().Argv, text(t, "bls/bls.collector.txt"), nil)
	for range 2 {
		got, _ := r.Guests(t.Context(), setup)
		check(t, "virtual machines", wantListed(), got)
		check(t, "programs", []string{"db jails", "bls"}, h.took())
		h.Advance(listPause)
	}

	h = host(t)
	h.SetError(fs.ErrPermission, "clock")
	if got, err := NewReader(h).Guests(t.Context(), setup); got != nil || !errors.Is(err, ErrUnread) {
		t.Errorf("unexpected virtual machines %v, error %v without a clock", got, err)
	}
}

// TestGuestsBusy has the database be busy for once after it could be read: bls would tell less, and so it is not asked at once.
func TestGuestsBusy(t *testing.T) {
	t.Parallel()
	h := host(t)
	r := NewReader(h)
	look := func(wantErr error, runs ...string) []Guest {
		t.Helper()
		got, err := r.Guests(t.Context(), setup)
		if wantErr != nil && !errors.Is(err, wantErr) || wantErr == nil && err != nil {
			t.Errorf("unexpected error %v, want %v", err, wantErr)
		}
		check(t, "programs", runs, h.took())
		return got
	}
	for range 3 {
		answer(t, h.Recording, queryGuests(setup), "jails")
		check(t, "virtual machines", wantGuests(), look(nil, "db jails"))
		h.SetProgram(queryGuests(setup).Argv, []byte("debian1|75699|1|1|0|2026-08-20 09:07:55|/usr/jails\n"), nil)
		for range patience - 1 {
			check(t, "virtual machines", []Guest(nil), look(ErrUnread, "db jails"))
		}
	}
	check(t, "virtual machines", wantListed(), look(errIncomplete, "db jails", "bls"))
	check(t, "virtual machines", wantListed(), look(errIncomplete, "db jails"))

	answer(t, h.Recording, queryGuests(setup), "jails")
	check(t, "virtual machines", wantGuests(), look(nil, "db jails"))
	h.SetProgram(queryGuests(setup).Argv, nil, fs.ErrPermission)
	check(t, "virtual machines", wantListed(), look(fs.ErrPermission, "db jails"))
}

// TestGuestsFromListData proves that disks are where the database had them while bls stands in for it, which does not
// tell: CBSD may have been told another directory than the usual one.
func TestGuestsFromListData(t *testing.T) {
	t.Parallel()
	data := func(guests []Guest) map[string]string {
		byName := map[string]string{}
		for _, g := range guests {
			byName[g.Name] = g.Data
		}
		return byName
	}
	const own = "/usr/jails/jails-data/"
	atFirst := map[string]string{"debian1": own + "debian1-data", "fbsd1": own + "fbsd1-data", "win2k": own + "win2k-data"}
	moved := map[string]string{"debian1": "/tank/d", "fbsd1": "", "win2k": own + "win2k-data"}
	tests := []struct {
		name, jails string
		want        map[string]string
	}{
		{"never read", "", atFirst},
		{"read", "debian1|0|0|0|0|0|/tank/d\nfbsd1|0|0|0|0|0|0\n||||||\n", moved},
		{"without virtual machines", "||||||\n", atFirst},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := host(t)
			r := NewReader(h)
			if tt.jails != "" {
				h.SetProgram(queryGuests(setup).Argv, []byte(tt.jails), nil)
				if _, err := r.Guests(t.Context(), setup); err != nil {
					t.Fatal(err)
				}
			}
			h.SetProgram(queryGuests(setup).Argv, nil, fs.ErrPermission)
			for range 2 {
				guests, _ := r.Guests(t.Context(), setup)
				check(t, "directories", tt.want, data(guests))
			}
		})
	}
}

func TestGuestsShareNothing(t *testing.T) {
	t.Parallel()
	h := host(t)
	h.SetProgram(queryGuests(setup).Argv, nil, fs.ErrNotExist)
	r := NewReader(h)
	first, _ := r.Guests(t.Context(), setup)
	first[0].Name = "changed"
	second, _ := r.Guests(t.Context(), setup)
	check(t, "virtual machines", wantListed(), second)
}

func TestGuestsForgets(t *testing.T) {
	t.Parallel()
	h := host(t)
	r := NewReader(h)
	for _, g := range wantGuests() {
		if _, err := r.Config(t.Context(), g); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.Guests(t.Context(), setup); err != nil || len(r.configs) != 3 {
		t.Fatalf("%d are remembered, error %v", len(r.configs), err)
	}
	h.SetProgram(queryGuests(setup).Argv, []byte("fbsd1|0|0|0|0|0|0\n||||||\n"), nil)
	if _, err := r.Guests(t.Context(), setup); err != nil || len(r.configs) != 1 {
		t.Fatalf("%d are remembered, error %v", len(r.configs), err)
	}
}

func TestSaved(t *testing.T) {
	t.Parallel()
	const (
		dir   = "/usr/jails/jails-system/fbsd1/checkpoints/"
		off   = "fbsd1|0|0|0|0|2026-08-22 12:00:00|/d\n||||||\n"
		never = "fbsd1|0|0|0|0|(strftime('%s','now'))|/d\n||||||\n"
	)
	ended := time.Date(2026, 8, 22, 12, 0, 0, 0, zone)
	list := strings.Fields(string(text(t, "ls_checkpoints.txt")))
	put := func(at time.Time, names ...string) func(*asked) {
		return func(h *asked) {
			for _, name := range names {
				h.SetFile(dir+name, nil, freebsd.Stat{Modified: at})
			}
		}
	}
	since := func(answer string) func(*asked) {
		return func(h *asked) {
			put(ended, list...)(h)
			h.SetProgram(querySince(Guest{Dir: setup.dir("fbsd1")}).Argv, []byte(answer), nil)
		}
	}
	tests := []struct {
		name, row string
		change    func(*asked)
		want      bool
		odd       bool
	}{
		{"no checkpoints", off, func(*asked) {}, false, false},
		{"saved as it ended", off, put(ended.Add(-3*time.Second), list...), true, false},
		{"saved since, on another clock", off, put(ended.Add(time.Second), list...), true, false},
		{"saved at the longest before", off, put(ended.Add(-stopping), list...), true, false},
		{"saved long before", off, put(ended.Add(-stopping-1), list...), false, false},
		{"saved under another name", off, put(ended, "before-update.ckp"), true, false},
		{"one of two", off, func(h *asked) {
			put(ended.Add(-time.Hour), "a.ckp")(h)
			put(ended, "b.ckp")(h)
		}, true, false},
		{"a large one that took its time", off, func(h *asked) {
			put(ended.Add(-time.Hour), "a.ckp")(h)
			put(ended.Add(-time.Second), "a.ckp.kern", "a.ckp.meta")(h)
		}, true, false},
		{"not a whole one", off, put(ended, "checkpoint.ckp.kern", "checkpoint.ckp.meta", ".ckp", "notes"), false, false},
		{"running", strings.Replace(off, "|0|0|0|0|", "|42|1|0|0|", 1), put(ended, list...), false, false},
		{"stopping", strings.Replace(off, "|0|0|0|0|", "|42|3|0|Stopping_VM|", 1), put(ended, list...), false, false},
		{"elsewhere", strings.Replace(off, "|0|0|0|0|", "|0|2|0|0|", 1), put(ended, list...), false, false},
		{"time in its own table", never, since("1|" + "1787396403" + "\n|\n"), true, false},
		{"later time in its own table", never, since("1|" + "1787396500" + "\n|\n"), false, false},
		{"no time anywhere", never, since("1|0\n|\n"), false, false},
		{"no row", never, since("|\n"), false, false},
		{"its own table cannot be read", never, since(""), false, true},
		{"no table of its own", never, func(h *asked) {
			put(ended, list...)(h)
			h.Remove("/usr/jails/jails-system/fbsd1/local.sqlite")
		}, false, true},
		{"the checkpoints cannot be listed", off, func(h *asked) {
			put(ended, list...)(h)
			h.SetError(fs.ErrPermission, "list", strings.TrimSuffix(dir, "/"))
		}, false, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := host(t)
			h.SetProgram(queryGuests(setup).Argv, []byte(tt.row), nil)
			tt.change(h)
			r := NewReader(h)
			for range 2 {
				got, err := r.Guests(t.Context(), setup)
				if len(got) != 1 || got[0].Saved != tt.want {
					t.Errorf("unexpected virtual machines %+v, want saved: %t", got, tt.want)
				}
				if (err != nil) != tt.odd || errors.Is(err, ErrUnread) {
					t.Errorf("unexpected error %v", err)
				}
			}
			runs := strings.Join(h.took(), ",")
			if !tt.odd && strings.Count(runs, "fbsd1 since") > 1 {
				t.Errorf("its own table was read twice: %v", runs)
			}
		})
	}
}

// TestReaderAtOnce has several look at once, for the race detector.
func TestReaderAtOnce(t *testing.T) {
	t.Parallel()
	h := host(t)
	r := NewReader(h)
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			guests, err := r.Guests(t.Context(), setup)
			check(t, "virtual machines", wantGuests(), guests)
			check(t, "error", nil, err)
			for _, g := range guests {
				config, err := r.Config(t.Context(), g)
				check(t, "configuration", wantConfigs()[g.Name], config)
				check(t, "error", nil, err)
			}
			if code, ok, err := r.LastExit("win2k"); code != 4 || !ok || err != nil {
				t.Errorf("LastExit = %d, %t, %v", code, ok, err)
			}
		})
	}
	wait.Wait()
}
