package bhyve

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"

	"github.com/vmond/vmond/hv"
)

const (
	// recordedJails is CBSD's list of what there is on the recorded host.
	recordedJails = "/usr/jails/var/db/local.sqlite"
	// fbsdTables are those of one virtual machine on it, which does not run.
	fbsdTables = "/usr/jails/jails-system/fbsd1/local.sqlite"
	fbsdVM     = "cbsd:fbsd1"
)

// TestInventoryCBSD proves what is told of a virtual machine of CBSD whose tables cannot be read: how many CPUs and how much memory it has
// if its list tells that, and else nothing, which is no error.
func TestInventoryCBSD(t *testing.T) {
	t.Parallel()
	type short struct {
		CPUs, Disks, NICs int
		Memory            int64
		OSType            string
	}
	whole := short{1, 1, 1, 1 << 30, "freebsd FreeBSD-x64-14.3"}
	part := whole
	part.Disks, part.NICs = 0, 0
	tests := []struct {
		name   string
		hidden []string
		want   short
	}{
		{"all can be read", nil, whole},
		{"its tables cannot", []string{fbsdTables}, short{}},
		{"nothing but the list of bls can", []string{fbsdTables, recordedJails}, part},
		{"the list of bls and its tables can", []string{recordedJails}, whole},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			host := loadHost(t, filepath.Join("testdata", "hosts", "cbsd"))
			for _, file := range tt.hidden {
				host.SetError(fs.ErrPermission, "stat", file)
			}
			s := newSource(host, "bhyve:///", zap.NewNop())
			defer s.Close()
			d, err := answerAbout(t, fbsdVM, s.Definitions)
			if err != nil {
				t.Error(err)
			}
			got := short{len(d.CPUs), len(d.Disks), len(d.NICs), d.CurMem.Or(0), d.OSType}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("unexpected definition (-want +got):\n%s", diff)
			}
			stats, err := answerAbout(t, fbsdVM, s.Statistics)
			if err != nil || len(stats.Disks) != tt.want.Disks {
				t.Errorf("%d disks have statistics, %v", len(stats.Disks), err)
			}
		})
	}
}

// TestInventoryCBSDOddRows proves that a row of CBSD's that makes no sense takes nothing else away and is told once,
// and that tables that cannot be read do not pass for ones without rows.
func TestInventoryCBSDOddRows(t *testing.T) {
	t.Parallel()
	const (
		disks, nics = "dsk_controller,dsk_path,dsk_ro", "nic_order,nic_driver,nic_hwaddr,nic_parent"
		tables      = "/usr/jails/jails-system/deb/local.sqlite"
		fromDisks   = "bhyvedsk WHERE jname='deb'"
		fromNICs    = "bhyvenic WHERE jname='deb'"
		oneDisk     = "virtio-blk|dsk1.vhd|0\n"
		oneNIC      = "0|vtnet|58:9c:fc:00:00:01|auto\n"
	)
	type made struct {
		OSType      string
		CPUs        int
		Memory      int64
		Disks, NICs int
		Failed      bool
	}
	whole := made{OSType: "linux x", CPUs: 1, Memory: 1 << 30, Disks: 1, NICs: 1}
	tests := []struct {
		name        string
		disks, nics string
		then        func(m *machine)
		want        made
		logs        int
	}{
		{"none", oneDisk, oneNIC, nil, whole, 0},
		{"a disk without a path", oneDisk + "virtio-blk|0|0\n", oneNIC, nil, whole, 1},
		{"a disk with a value too many", "virtio-blk|a|b|0\n" + oneDisk, oneNIC, nil, whole, 1},
		{"a network interface without a place", oneDisk, oneNIC + "x|vtnet|0|auto\n", nil, whole, 1},
		{"a row of each", "virtio-blk|0|0\n" + oneDisk, oneNIC + "x|vtnet|0|auto\n", nil, whole, 1},
		{"its settings cannot be read later", oneDisk + "virtio-blk|0|0\n", oneNIC, func(m *machine) {
			m.SetProgram(settingsOf("deb"), nil, errors.New("database is locked"))
		}, made{Failed: true}, 1},
		{"its disks cannot be read later", oneDisk, oneNIC + "x|vtnet|0|auto\n", func(m *machine) {
			m.SetProgram(question(tables, disks, fromDisks), nil, errors.New("database is locked"))
		}, made{Failed: true}, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := newMachine()
			m.cbsd()
			m.list("deb 0 0")
			m.answers(tables, disks, fromDisks, tt.disks)
			m.answers(tables, nics, fromNICs, tt.nics)
			log, logs := observed()
			s := newSource(m, "bhyve:///", log)
			defer s.Close()
			if _, err := s.States(t.Context()); err != nil {
				t.Fatal(err)
			}
			look := func(want made) {
				d, err := answerAbout(t, "cbsd:deb", s.Definitions)
				got := made{d.OSType, len(d.CPUs), d.CurMem.Or(0), len(d.Disks), len(d.NICs), err != nil}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("unexpected definition (-want +got):\n%s", diff)
				}
			}
			look(whole)
			look(whole)
			if tt.then != nil {
				tt.then(m)
				touched(m, "deb")
			}
			look(tt.want)
			lines := toldOf(logs)
			lines = slices.DeleteFunc(lines, func(l told) bool { return !strings.HasPrefix(l.Source, "tables of ") })
			if len(lines) != tt.logs {
				t.Errorf("unexpected log %+v", lines)
			}
		})
	}
}

// TestInventoryForgets proves that nothing is kept of virtual machines that are no more.
func TestInventoryForgets(t *testing.T) {
	t.Parallel()
	host := loadHost(t, filepath.Join("testdata", "hosts", "all"))
	s := newSource(host, "bhyve:///", zap.NewNop())
	defer s.Close()
	summaries, err := s.States(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, vm := range summaries {
		keys = append(keys, vm.Key)
	}
	for _, read := range []func(context.Context) error{
		func(ctx context.Context) error {
			return s.Definitions(ctx, keys, func(string, hv.Definition, error) {})
		},
		func(ctx context.Context) error { return s.Statistics(ctx, keys, func(string, hv.Statistics, error) {}) },
	} {
		if err := read(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	v := s.inventory
	if len(v.found) != len(keys) || len(v.told) == 0 || len(v.readers) == 0 || len(v.launches.of) == 0 || len(s.starts.of) == 0 {
		t.Fatalf("%d are found of %d, %d told, %d readers, %d launches, %d starts",
			len(v.found), len(keys), len(v.told), len(v.readers), len(v.launches.of), len(s.starts.of))
	}
	v.keep(nil)
	s.starts.keep(nil)
	if n := len(v.found) + len(v.told) + len(v.readers) + len(v.launches.of) + len(s.starts.of); n != 0 {
		t.Errorf("%d things are kept of nobody", n)
	}
}
