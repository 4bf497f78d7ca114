package bhyve

import (
	"context"
	"io/fs"
	"path/filepath"
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
