package bhyve

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.uber.org/zap"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/bhyve/cbsd"
	"github.com/vmond/vmond/hv/bhyve/freebsd"
	"github.com/vmond/vmond/hv/bhyve/vmbhyve"
)

// TestSnapshotsOf proves that a snapshot of several volumes is one, that what they use is summed, and that of others nothing counts.
func TestSnapshotsOf(t *testing.T) {
	t.Parallel()
	used := map[string]int64{
		"zroot/vm/web@daily": 1, "zroot/vm/web/disk0@daily": 10, "zroot/vm/web/disk0@weekly": 100, "zroot/vm/web2@daily": 1000,
		"zroot/vm@daily": 10000, "tank/web@first": 100000, "zroot/vm/web": 1000000,
	}
	tests := []struct {
		name     string
		datasets []string
		used     map[string]int64
		known    bool
		n        int
		size     int64
		ok       bool
	}{
		{"a dataset", []string{"zroot/vm/web"}, used, true, 2, 111, true},
		{"one within another", []string{"zroot/vm/web", "zroot/vm/web/disk0"}, used, true, 2, 111, true},
		{"a volume", []string{"zroot/vm/web/disk0"}, used, true, 2, 110, true},
		{"volumes of two pools", []string{"zroot/vm/web/disk0", "tank/web"}, used, true, 3, 100110, true},
		{"none of it", []string{"zroot/vm/db"}, used, true, 0, 0, true},
		{"no dataset", nil, used, true, 0, 0, false},
		{"not known", []string{"zroot/vm/web"}, nil, false, 0, 0, false},
		{"more than there can be", []string{"a"}, map[string]int64{"a@1": math.MaxInt64, "a@2": 1}, true, 0, 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := &environment{snapshots: func() (map[string]int64, bool) { return tt.used, tt.known }}
			n, size, ok := e.snapshotsOf(tt.datasets)
			if n != tt.n || size != tt.size || ok != tt.ok {
				t.Errorf("%d snapshots of %d octets, %t; want %d of %d, %t", n, size, ok, tt.n, tt.size, tt.ok)
			}
		})
	}
}

// TestDatasetsOf proves which datasets are a virtual machine's alone.
func TestDatasetsOf(t *testing.T) {
	t.Parallel()
	e := &environment{stat: func(path string) (freebsd.Stat, error) {
		switch path {
		case "/jails/dsk1.vhd":
			return freebsd.Stat{Path: "/dev/zvol/zroot/jails/dsk1.vhd"}, nil
		case "/jails/dsk2.vhd":
			return freebsd.Stat{Path: path}, nil
		}
		return freebsd.Stat{}, fs.ErrNotExist
	}}
	on := func(dataset string) *guest {
		return &guest{vm: &vmbhyve.Guest{Name: "web", Datastore: vmbhyve.Datastore{Dataset: dataset}}}
	}
	drives := func(paths ...string) makeup {
		var m makeup
		for _, path := range paths {
			m.drives = append(m.drives, drive{path: path})
		}
		return m
	}
	tests := []struct {
		name string
		g    *guest
		m    makeup
		want []string
	}{
		{"a volume of vm-bhyve", on("zroot/vm"), drives("/dev/zvol/zroot/vm/web/disk0"), []string{"zroot/vm/web", "zroot/vm/web/disk0"}},
		{"a datastore that is no dataset", on(""), drives("/vm/web/disk0.img"), nil},
		{"a volume behind a link", &guest{}, drives("/jails/dsk1.vhd", "/jails/dsk2.vhd"), []string{"zroot/jails/dsk1.vhd"}},
		{"what is not there", &guest{}, drives("/jails/dsk3.vhd", "disk", "/dev/da0", ""), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, e.datasetsOf(tt.g, tt.m), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("unexpected datasets (-want +got):\n%s", diff)
			}
		})
	}
}

// TestSurveys proves what is told of virtual machines of CBSD and of one that was started by hand, and that each is asked only what it may
// have.
func TestSurveys(t *testing.T) {
	t.Parallel()
	const tables = "/usr/jails/jails-system/debian1/local.sqlite"
	const columns = "ip4_addr,bhyve_vnc_tcp_bind,vnc_port,fbuf"
	const settings = "(SELECT " + columns + " FROM settings ORDER BY created DESC LIMIT 1)"
	list := []string{"/sbin/zfs", "list", "-Hp", "-t", "snapshot", "-o", "name,used"}
	addressed := hv.Survey{Addresses: []netip.Addr{netip.MustParseAddr("10.0.0.11"), netip.MustParseAddr("10.0.0.12")}}
	kept := hv.Survey{Snapshots: hv.Some(2), SnapshotsSize: hv.Some[int64](30)}
	tests := []struct {
		name string
		do   func(*machine)
		want map[string]hv.Survey
	}{
		{"all", func(*machine) {}, map[string]hv.Survey{"cbsd:debian1": addressed, "bhyve:plain": kept}},
		{"the database is busy", func(m *machine) {
			m.SetProgram(question(tables, columns, settings), nil, nil)
		}, map[string]hv.Survey{"cbsd:debian1": {}, "bhyve:plain": kept}},
		{"zfs fails", func(m *machine) {
			m.SetProgram(list, []byte("zroot/plain@a\t10\n"), errors.New("exit status 1"))
		}, map[string]hv.Survey{"cbsd:debian1": addressed, "bhyve:plain": {}}},
		{"one ends", func(m *machine) { m.ends(102) }, map[string]hv.Survey{"cbsd:debian1": addressed}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := newMachine()
			m.cbsd()
			m.list("debian1 0 0")
			m.answers(tables, columns, settings, "10.0.0.11/24,10.0.0.12|127.0.0.1|0|1\n")
			m.runs(freebsd.Process{PID: 102, Parent: 1, Name: "bhyve"}, "bhyve", "-s", "3,nvme,/dev/zvol/zroot/plain", "plain")
			m.SetProgram(list, []byte("zroot/plain@a\t10\nzroot/plain@b\t20\nzroot/home@a\t40\n"), nil)
			tt.do(m)
			s := newSource(m, "bhyve:///", zap.NewNop())
			t.Cleanup(func() { s.Close() })
			got := map[string]hv.Survey{}
			err := s.Surveys(t.Context(), []string{"cbsd:debian1", "bhyve:plain"}, func(key string, survey hv.Survey, err error) {
				if errors.Is(err, hv.ErrGone) {
					return
				}
				if err != nil {
					t.Error(err)
				}
				if survey.Run.IsZero() {
					t.Errorf("%s: no run", key)
				}
				survey.Run = hv.Opt[int64]{}
				got[key] = survey
			})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got, cmpopts.EquateComparable(netip.Addr{}), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("unexpected surveys (-want +got):\n%s", diff)
			}
		})
	}
}

// TestSurveysOnce proves that all snapshots are listed at once, and not at all where nobody has a dataset.
func TestSurveysOnce(t *testing.T) {
	t.Parallel()
	for volume, want := range map[string]int{"/dev/zvol/zroot/a": 1, "/images/a": 0} {
		m := newMachine()
		keys := []string{}
		for pid := 100; pid < 103; pid++ {
			name := fmt.Sprint("vm", pid)
			keys = append(keys, "bhyve:"+name)
			m.runs(freebsd.Process{PID: pid, Parent: 1, Name: "bhyve"}, "bhyve", "-s", "3,nvme,"+volume, name)
		}
		s := newSource(m, "bhyve:///", zap.NewNop())
		t.Cleanup(func() { s.Close() })
		if err := s.Surveys(t.Context(), keys, func(string, hv.Survey, error) {}); err != nil {
			t.Fatal(err)
		}
		if got := m.times("/sbin/zfs"); got != want {
			t.Errorf("%s: zfs was run %d times, want %d", volume, got, want)
		}
	}
}

// A held is a machine that keeps one question waiting: how a virtual machine of CBSD is reached.
type held struct {
	*machine
	asked, release chan struct{}
}

func (h held) Run(ctx context.Context, c freebsd.Command) ([]byte, error) {
	if strings.Contains(c.Argv[len(c.Argv)-1], "vnc_port") {
		h.asked <- struct{}{}
		<-h.release
	}
	return h.machine.Run(ctx, c)
}

// TestSurveysHang proves that a survey that hangs keeps no definition waiting.
func TestSurveysHang(t *testing.T) {
	t.Parallel()
	const long = time.Hour // so that only what is kept waiting is late
	m := newMachine()
	m.cbsd()
	m.list("deb 0 0")
	h := held{machine: m, asked: make(chan struct{}), release: make(chan struct{})}
	s := newSource(h, "bhyve:///", zap.NewNop())
	t.Cleanup(func() { s.Close() })
	s.inventory.written, s.inventory.reaches = newPatience[makeup](s.life, long), newPatience[cbsd.Reach](s.life, long)
	keys := []string{"cbsd:deb"}
	var surveys sync.WaitGroup
	surveys.Go(func() {
		if err := s.Surveys(t.Context(), keys, func(string, hv.Survey, error) {}); err != nil {
			t.Error(err)
		}
	})
	<-h.asked
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	told := false
	err := s.Definitions(ctx, keys, func(_ string, d hv.Definition, err error) { told = err == nil && d.CurCPUs == hv.Some(1) })
	if err != nil || !told {
		t.Errorf("the definition is told: %t, %v", told, err)
	}
	close(h.release)
	surveys.Wait()
}

// TestSurveysClosed proves that a source that is closed tells nothing.
func TestSurveysClosed(t *testing.T) {
	t.Parallel()
	m := makeUp(t)
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	if err := m.Surveys(t.Context(), nil, func(string, hv.Survey, error) {}); !errors.Is(err, errClosed) {
		t.Errorf("Surveys = %v", err)
	}
}
