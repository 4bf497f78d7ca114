package main

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"

	"github.com/vmond/vmond/cmd/internal/config"
	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/libvirt"
)

func TestOpenHypervisor(t *testing.T) {
	t.Parallel()
	id := []uint32{1, 3, 6, 1, 4, 1, 2312}
	tests := []struct {
		name, uri, want string
		id              []uint32
	}{
		{"simulated", "sim:///?vms=2", "sim:///?vms=2", nil},
		{"simulated under another name", "sim:///?vms=2", "sim:///?vms=2", id},
		{"libvirt", "qemu:///system", "qemu:///system", nil},
		{"libvirt under another name", "test:///default", "test:///default", id},
		{"password", "qemu+tcp://me:secret@host/system", "qemu+tcp://me:xxxxx@host/system", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h, err := openHypervisor(config.Hypervisor{URI: tt.uri, ObjectID: tt.id}, zap.NewNop())
			if err != nil {
				t.Fatalf("failed to open: %v", err)
			}
			defer h.close()
			if h.uri != tt.want {
				t.Errorf("unexpected URI %q", h.uri)
			}
			if _, ok := h.source.(hv.Watcher); !ok {
				t.Errorf("%T does not watch", h.source)
			}
		})
	}
}

// TestObjectID proves that the configured name is told, and that otherwise that of the driver stays.
func TestObjectID(t *testing.T) {
	t.Parallel()
	id := []uint32{1, 3, 6, 1, 4, 1, 2312}
	for _, want := range [][]uint32{nil, id} {
		h, err := openHypervisor(config.Hypervisor{URI: "sim:///", ObjectID: want}, zap.NewNop())
		if err != nil {
			t.Fatal(err)
		}
		defer h.close()
		host, err := h.source.Host(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(host.ObjectID, want) || host.Software == "" {
			t.Errorf("unexpected host %+v, want object identifier %v", host, want)
		}
	}
}

func TestBadURI(t *testing.T) {
	t.Parallel()
	for _, uri := range []string{"qemx:///system", "qemu+carrier-pigeon://host/system", "sim:///?vms=-1", "sim://host/", "bhyve"} {
		_, err := openHypervisor(config.Hypervisor{URI: uri}, zap.NewNop())
		var ue usageError
		if !errors.As(err, &ue) || !strings.Contains(err.Error(), uri) {
			t.Errorf("%s: unexpected error %v", uri, err)
		}
	}
}

// TestAuto proves that auto is libvirt where this machine has one, and an error that says what was looked for
// where it has not.
func TestAuto(t *testing.T) {
	t.Parallel()
	h, err := openHypervisor(config.Hypervisor{URI: config.Auto}, zap.NewNop())
	if uri, ok := libvirt.Local(); ok {
		if err != nil || h.uri != uri {
			t.Fatalf("unexpected hypervisor %q, %v; want %q", h.uri, err, uri)
		}
		h.close()
		return
	}
	var ue usageError
	if err == nil || errors.As(err, &ue) {
		t.Fatalf("unexpected error %v", err)
	}
	if diff := cmp.Diff(noHypervisor(libvirt.LookedFor()).Error(), err.Error()); diff != "" {
		t.Errorf("unexpected error (-want +got):\n%s", diff)
	}
}

func TestNoHypervisor(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		sockets []string
		want    string
	}{
		{"nothing to look at", nil, "no hypervisor was found on this machine: start libvirt, or name one with --hypervisor or hypervisor.uri"},
		{"sockets", []string{"/a", "/b"}, "no hypervisor was found on this machine: start libvirt, or name one with --hypervisor " +
			"or hypervisor.uri; looked for /a, /b"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, noHypervisor(tt.sockets).Error()); diff != "" {
				t.Errorf("unexpected error (-want +got):\n%s", diff)
			}
		})
	}
}
