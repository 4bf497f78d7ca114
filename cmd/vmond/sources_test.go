package main

import (
	"errors"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"

	"github.com/vmond/vmond/cmd/internal/config"
	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/bhyve"
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
	for _, uri := range []string{
		"qemx:///system", "qemu+carrier-pigeon://host/system", "sim:///?vms=-1", "sim://host/", "bhyve", "bhyve://", "bhyve:///?recorded=",
		"bhyve:///?recorded=/nowhere/at/all&recorded=/", "bhyve:///?record=/tmp",
	} {
		_, err := openHypervisor(config.Hypervisor{URI: uri}, zap.NewNop())
		var ue usageError
		if !errors.As(err, &ue) || !strings.Contains(err.Error(), uri) {
			t.Errorf("%s: unexpected error %v", uri, err)
		}
	}
}

// TestIsNativeBhyve proves that the URIs of libvirt's own driver for bhyve are left to libvirt.
func TestIsNativeBhyve(t *testing.T) {
	t.Parallel()
	for uri, want := range map[string]bool{
		"bhyve:///": true, "bhyve:///?recorded=/tmp/x": true, "bhyve://": true,
		"bhyve:///system": false, "bhyve:///session?socket=/x": false, "bhyve+ssh://host/system": false, "bhyve://host/system": false,
		"qemu:///system": false, "sim:///": false, "%": false,
	} {
		if got := isNativeBhyve(uri); got != want {
			t.Errorf("%s: got %t", uri, got)
		}
	}
	h, err := openHypervisor(config.Hypervisor{URI: "bhyve:///system"}, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	defer h.close()
	if _, ok := h.source.(*libvirt.Source); !ok {
		t.Errorf("unexpected source %T", h.source)
	}
}

// TestAutoChooses proves that libvirt goes before bhyve, and what is looked for where.
func TestAutoChooses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		libvirt string
		bhyve   bool
		want    string
		ok      bool
	}{
		{"libvirt", "qemu:///system", false, "qemu:///system", true},
		{"both", "bhyve:///system", true, "bhyve:///system", true},
		{"bhyve", "", true, "bhyve:///", true},
		{"neither", "", false, "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			uri, ok := auto(func() (string, bool) { return tt.libvirt, tt.libvirt != "" }, func() bool { return tt.bhyve })
			if ok != tt.ok || ok && uri != tt.want {
				t.Errorf("unexpected hypervisor %q, %t", uri, ok)
			}
		})
	}
	linux, freebsd := lookedFor("linux"), lookedFor("freebsd")
	if diff := cmp.Diff(libvirt.LookedFor(), linux); diff != "" {
		t.Errorf("unexpected places on Linux (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(append(linux, bhyve.LookedFor()), freebsd); diff != "" {
		t.Errorf("unexpected places on FreeBSD (-want +got):\n%s", diff)
	}
}

// TestAuto proves that auto is the hypervisor of this machine, and an error that says what was looked for where it has none.
func TestAuto(t *testing.T) {
	t.Parallel()
	h, err := openHypervisor(config.Hypervisor{URI: config.Auto}, zap.NewNop())
	if uri, ok := auto(libvirt.Local, bhyve.Present); ok {
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
	if diff := cmp.Diff(noHypervisor(runtime.GOOS, lookedFor(runtime.GOOS)).Error(), err.Error()); diff != "" {
		t.Errorf("unexpected error (-want +got):\n%s", diff)
	}
}

func TestNoHypervisor(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, goos string
		looked     []string
		want       string
	}{
		{
			"nothing to look at", "linux", nil,
			"no hypervisor was found on this machine: start libvirt, or name one with --hypervisor or hypervisor.uri",
		},
		{
			"sockets", "linux", []string{"/a", "/b"},
			"no hypervisor was found on this machine: start libvirt, or name one with --hypervisor or hypervisor.uri; looked for /a, /b",
		},
		{
			"FreeBSD", "freebsd", []string{"/a", "a variable"},
			"no hypervisor was found on this machine: load vmm(4) for bhyve, start libvirt, or name one with --hypervisor or " +
				"hypervisor.uri; looked for /a, a variable",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, noHypervisor(tt.goos, tt.looked).Error()); diff != "" {
				t.Errorf("unexpected error (-want +got):\n%s", diff)
			}
		})
	}
}
