package libvirt

import (
	"net"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLocal(t *testing.T) {
	t.Parallel()
	linux := []string{"qemu:///system", "xen:///system", "lxc:///system", "qemu:///session"}
	freebsd := []string{"bhyve:///system", "qemu:///system", "xen:///system", "lxc:///system", "qemu:///session"}
	if diff := cmp.Diff(freebsd, localURIs("freebsd")); diff != "" {
		t.Errorf("unexpected URIs on FreeBSD (-want +got):\n%s", diff)
	}
	tests := []struct {
		name   string
		uris   []string
		socket string
		want   string
	}{
		{"nothing", linux, "", ""},
		{"one daemon for all, read-only", linux, "/var/run/libvirt/libvirt-sock-ro", "qemu:///system"},
		{"one daemon for all", linux, "/var/run/libvirt/libvirt-sock", "qemu:///system"},
		{"QEMU's own", linux, "/var/run/libvirt/virtqemud-sock-ro", "qemu:///system"},
		{"Xen's own", linux, "/var/run/libvirt/virtxend-sock-ro", "xen:///system"},
		{"LXC's own", linux, "/var/run/libvirt/virtlxcd-sock", "lxc:///system"},
		{"a user's", linux, "/run/user/1000/libvirt/libvirt-sock", "qemu:///session"},
		{"one daemon for all on FreeBSD", freebsd, "/var/run/libvirt/libvirt-sock-ro", "bhyve:///system"},
		{"bhyve's own", freebsd, "/var/run/libvirt/virtbhyved-sock-ro", "bhyve:///system"},
		{"QEMU's own on FreeBSD", freebsd, "/var/run/libvirt/virtqemud-sock", "qemu:///system"},
		{"something else", linux, "/var/run/libvirt/virtlogd-sock", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, ok := local(tt.uris, env, func(path string) bool { return path == tt.socket })
			if got != tt.want || ok != (tt.want != "") {
				t.Errorf("unexpected URI: %q, %t, want %q", got, ok, tt.want)
			}
		})
	}
}

func TestLookedFor(t *testing.T) {
	t.Parallel()
	looked := LookedFor()
	for _, want := range []string{"/var/run/libvirt/libvirt-sock-ro", "/var/run/libvirt/virtxend-sock-ro"} {
		if !slices.Contains(looked, want) {
			t.Errorf("%q is not among %q", want, looked)
		}
	}
	sorted := slices.Sorted(slices.Values(looked))
	if len(slices.Compact(sorted)) != len(looked) {
		t.Errorf("a path is there twice: %q", looked)
	}
	if uri, ok := Local(); ok {
		if _, err := New(uri, nopLog()); err != nil {
			t.Errorf("Local returned a bad URI: %v", err)
		}
	}
}

func TestIsSocket(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l, err := net.Listen("unix", filepath.Join(dir, "s"))
	if err != nil {
		t.Fatalf("failed to listen: %v", err)
	}
	defer l.Close()
	if err := os.WriteFile(filepath.Join(dir, "f"), nil, 0o600); err != nil {
		t.Fatalf("failed to write: %v", err)
	}
	for name, want := range map[string]bool{"s": true, "f": false, "absent": false} {
		if got := isSocket(filepath.Join(dir, name)); got != want {
			t.Errorf("unexpected answer for %q: %t", name, got)
		}
	}
}

func TestSessionDir(t *testing.T) {
	t.Parallel()
	tests := []struct {
		env  map[string]string
		want string
	}{
		{map[string]string{"XDG_RUNTIME_DIR": "/r", "XDG_CACHE_HOME": "/c", "HOME": "/h"}, "/r"},
		{map[string]string{"XDG_CACHE_HOME": "/c", "HOME": "/h"}, "/c"},
		{map[string]string{"HOME": "/h"}, "/h/.cache"},
	}
	for _, tt := range tests {
		got := sessionDir(func(name string) string { return tt.env[name] })
		if got != tt.want {
			t.Errorf("unexpected directory: %q, want %q", got, tt.want)
		}
	}
}
