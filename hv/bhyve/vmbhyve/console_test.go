package vmbhyve

import (
	"io/fs"
	"testing"

	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// TestVNC proves what is read of the file in which vm-bhyve tells how consoles are reached.
func TestVNC(t *testing.T) {
	t.Parallel()
	const file = "/zroot/vm/web01/console"
	g := Guest{Datastore: home, Name: "web01", Dir: "/zroot/vm/web01"}
	set := func(text string) func(*freebsd.Recording) {
		return func(r *freebsd.Recording) { put(r, file, text, written) }
	}
	tests := []struct {
		name string
		do   func(*freebsd.Recording)
		want string
		fail bool
	}{
		{"as vm-bhyve writes it", set("com1=/dev/nmdm-web01.1B\nvnc=0.0.0.0:5900\n"), "0.0.0.0:5900", false},
		{"no frame buffer", set("com1=/dev/nmdm-web01.1B\n"), "", false},
		{"a line that is not finished", set("vnc=0.0.0.0:59"), "", false},
		{"an empty file", set(""), "", false},
		{"no file", func(r *freebsd.Recording) { r.Remove(file) }, "", false},
		{"a file that is gone by then", func(r *freebsd.Recording) { r.SetError(fs.ErrNotExist, "read", file) }, "", false},
		{"a file that may not be read", func(r *freebsd.Recording) { r.SetError(fs.ErrPermission, "read", file) }, "", true},
		{"a file of which nothing may be told", func(r *freebsd.Recording) { r.SetError(fs.ErrPermission, "stat", file) }, "", true},
		{"a link to somewhere else", func(r *freebsd.Recording) {
			r.SetFile(file, []byte("vnc=x\n"), freebsd.Stat{Path: "/etc/passwd", Modified: written})
		}, "", true},
		{"no datastore", func(r *freebsd.Recording) { r.SetError(fs.ErrNotExist, "stat", "/zroot/vm") }, "", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := host(t)
			tt.do(r)
			got, err := NewReader(r).VNC(g)
			if got != tt.want || (err != nil) != tt.fail {
				t.Errorf("VNC = %q, %v; want %q", got, err, tt.want)
			}
		})
	}
}
