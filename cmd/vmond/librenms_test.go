package main

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/cmd/internal/config"
	"github.com/vmond/vmond/cmd/internal/control"
	"github.com/vmond/vmond/cmd/internal/librenms"
	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/test/nms"
)

// TestUntellable proves that what the hypervisor did not tell is no gap before it is old.
func TestUntellable(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		h    control.Hypervisor
		want string
	}{
		{"nothing yet", control.Hypervisor{}, "vmond has no complete reading of its hypervisor yet"},
		{
			"never", failing(hv.Opt[time.Duration]{}),
			"vmond has no complete reading of its hypervisor yet: the hypervisor cannot be read: connection refused",
		},
		{"well", control.Hypervisor{Age: hv.Some(3 * time.Second)}, ""},
		{"well, with a long interval", control.Hypervisor{Age: hv.Some(9 * time.Minute)}, ""},
		{"not just now", failing(hv.Some(3 * time.Minute)), ""},
		{"not any more", failing(hv.Some(3*time.Minute + time.Second)), "the hypervisor was last read 3m01s ago: connection refused"},
		{"silent", asked(hv.Some(192*time.Second), 4*time.Second, 0), "the hypervisor was last read 3m12s ago: no answer for 4s"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, untellable(tt.h, 3*time.Minute)); diff != "" {
				t.Errorf("unexpected text (-want +got):\n%s", diff)
			}
		})
	}
}

// TestFailWithFiles proves that files that are written tell of a configuration that is bad, as standard output does, and that
// nothing is told without them.
func TestFailWithFiles(t *testing.T) {
	t.Parallel()
	bad := &config.Error{File: "/etc/vmond/vmond.toml", Line: 3, Err: errors.New("is bad")}
	tests := []struct {
		name         string
		write, quiet bool
		failure      error
		told         bool
		exit         int
	}{
		{"a bad configuration", false, false, bad, false, exitUsage},
		{"a bad configuration, with files", true, false, bad, true, exitUsage},
		{"a bad configuration, with files alone", true, true, bad, false, exitUsage},
		{"a bad URI, with files", true, false, usageError{errors.New("is bad")}, true, exitUsage},
		{"no vmond", false, false, errors.New("is bad"), true, exitFailed},
		{"no vmond, with files alone", true, true, errors.New("is bad"), false, exitFailed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			base := filepath.Join(t.TempDir(), "hv.json")
			m := hvMonitor{compress: true, write: tt.write, quiet: tt.quiet, base: base}
			var out strings.Builder
			err := m.fail(&out, tt.failure)
			if code := exitCode(workError{error: err}); code != tt.exit || !strings.Contains(err.Error(), "is bad") {
				t.Errorf("unexpected error %v with exit code %d", err, code)
			}
			outputs := []string{out.String()}
			if !tt.told {
				outputs = nil
				if out.String() != "" {
					t.Errorf("unexpected output %q", out.String())
				}
			}
			files, err := filepath.Glob(filepath.Join(filepath.Dir(base), "*"))
			if err != nil || (len(files) == 2) != tt.write {
				t.Errorf("unexpected files %q, %v", files, err)
			}
			for _, f := range files {
				outputs = append(outputs, readText(t, f))
			}
			for _, text := range outputs {
				if f := nms.CheckFailed(t, []byte(text)); f.Code != librenms.CodeLoad || !strings.HasSuffix(f.Text, "is bad") {
					t.Errorf("unexpected error %+v", f)
				}
			}
		})
	}
}

// TestLimits proves that neither short nor long intervals make a document old before its time.
func TestLimits(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		c    config.Hypervisor
		want librenms.Limits
	}{
		{"default", config.Default().Hypervisor, librenms.Limits{States: time.Minute, Statistics: 10 * time.Minute}},
		{
			"seldom", config.Hypervisor{States: 10 * time.Minute, Statistics: time.Hour},
			librenms.Limits{States: 30 * time.Minute, Statistics: 3 * time.Hour},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, limits(tt.c)); diff != "" {
				t.Errorf("unexpected limits (-want +got):\n%s", diff)
			}
		})
	}
}

func TestMonitorName(t *testing.T) {
	t.Parallel()
	for uri, want := range map[string]string{
		"bhyve:///": "CBSD", "bhyve:///?recorded=/x": "CBSD", "bhyve:///system": "libvirt", "qemu:///system": "libvirt", "": "libvirt",
	} {
		if got := monitorName(uri); got != want {
			t.Errorf("%s: unexpected name %q", uri, got)
		}
	}
}
