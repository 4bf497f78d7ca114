package bhyve

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// What is recorded of a host tells the same as the host, and so does what is recorded of that.
func TestRecord(t *testing.T) {
	t.Parallel()
	for _, name := range recordedHosts(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				want := accountOf(t, loadHost(t, filepath.Join(hostsDir, name)))
				uri := "bhyve:///?recorded=" + filepath.Join(hostsDir, name)
				for _, take := range []string{"first", "second"} {
					dir := filepath.Join(t.TempDir(), "recorded")
					if err := Record(t.Context(), uri, dir, quiet()); err != nil {
						t.Fatal(err)
					}
					uri = "bhyve:///?recorded=" + dir
					if diff := cmp.Diff(want, accountOf(t, loadHost(t, dir)), ofGuests()); diff != "" {
						t.Errorf("unexpected account of the %s recording (-want +got):\n%s", take, diff)
					}
				}
			})
		})
	}
}

// What a host cannot tell is recorded as that.
func TestRecordTrouble(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := full()
		programs(m)
		m.SetError(os.ErrPermission, "list", "/tank")
		m.SetError(os.ErrPermission, "exit", "101")
		m.SetError(os.ErrNotExist, "devices")
		want, order := inspected(t, m)
		recorder := freebsd.NewRecorder(m)
		if err := askAll(t.Context(), recorder, "bhyve:///", quiet()); err != nil {
			t.Fatal(err)
		}
		got, again := inspected(t, recorder.Recording())
		for _, source := range []string{"zfs", "kstat.zfs"} { // of no virtual machine here
			delete(want, source)
			delete(got, source)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("unexpected findings (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(order, again); diff != "" {
			t.Errorf("unexpected order (-want +got):\n%s", diff)
		}
	})
}

func TestRecordFails(t *testing.T) {
	t.Parallel()
	over, cancel := context.WithCancel(t.Context())
	cancel()
	taken := filepath.Join(t.TempDir(), "taken")
	if err := os.WriteFile(taken, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	host := "bhyve:///?recorded=" + filepath.Join(hostsDir, "plain")
	tests := []struct {
		name     string
		ctx      context.Context
		uri, dir string
		want     error
	}{
		{name: "no URI of bhyve's", ctx: t.Context(), uri: "sim:///", dir: t.TempDir()},
		{name: "no such host", ctx: t.Context(), uri: "bhyve:///?recorded=" + taken + "/x", dir: t.TempDir()},
		{name: "no time", ctx: over, uri: host, dir: t.TempDir(), want: context.Canceled},
		{name: "a file is in the way", ctx: t.Context(), uri: host, dir: taken},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := Record(tt.ctx, tt.uri, tt.dir, quiet())
			if err == nil || tt.want != nil && !errors.Is(err, tt.want) {
				t.Errorf("unexpected error %v", err)
			}
		})
	}
}
