package main

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/cmd/internal/config"
	"github.com/vmond/vmond/cmd/internal/control"
	"github.com/vmond/vmond/cmd/internal/librenms"
	"github.com/vmond/vmond/hv"
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
		{"not just now", failing(hv.Some(59 * time.Second)), ""},
		{"not any more", failing(hv.Some(time.Minute)), "the hypervisor was last read 1m00s ago: connection refused"},
		{"silent", asked(hv.Some(72*time.Second), 4*time.Second, 0), "the hypervisor was last read 1m12s ago: no answer for 4s"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, untellable(tt.h)); diff != "" {
				t.Errorf("unexpected text (-want +got):\n%s", diff)
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
