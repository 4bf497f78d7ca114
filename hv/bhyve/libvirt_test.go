package bhyve

import (
	"io/fs"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

func TestReadLibvirt(t *testing.T) {
	t.Parallel()
	file := func(name, text string) func(*freebsd.Recording) {
		return func(r *freebsd.Recording) { r.SetFile(libvirtDir+"/"+name, []byte(text), freebsd.Stat{}) }
	}
	fails := func(err error, kind, path string) func(*freebsd.Recording) {
		return func(r *freebsd.Recording) { r.SetError(err, kind, path) }
	}
	tests := []struct {
		name   string
		is     []func(*freebsd.Recording)
		want   libvirts
		failed bool
	}{
		{"no libvirt", nil, libvirts{}, false},
		{"nothing runs", []func(*freebsd.Recording){func(r *freebsd.Recording) { r.SetDir(libvirtDir) }}, libvirts{}, false},
		{
			"two, and other files",
			[]func(*freebsd.Recording){
				file("a.pid", "10\n"), file("a.xml", "<domstatus/>"), file("b.pid", "11"), file("autostarted", ""), file(".pid", "12"),
				file(".xml", "12"), file("c.d.pid", " 13 \n"),
			},
			libvirts{"a": 10, "b": 11, "c.d": 13}, false,
		},
		{"only the state", []func(*freebsd.Recording){file("a.xml", "<domstatus/>")}, libvirts{"a": 0}, false},
		{"half written", []func(*freebsd.Recording){file("a.pid", ""), file("b.pid", "11\n")}, libvirts{"a": 0, "b": 11}, true},
		{"nonsense", []func(*freebsd.Recording){file("a.pid", "-5"), file("b.pid", "x")}, libvirts{"a": 0, "b": 0}, true},
		{
			"gone meanwhile",
			[]func(*freebsd.Recording){func(r *freebsd.Recording) { r.SetDir(libvirtDir, "a.pid", "b.pid") }, file("b.pid", "11\n")},
			libvirts{"b": 11}, false,
		},
		{
			"one may not be read",
			[]func(*freebsd.Recording){
				file("a.pid", "10\n"), file("b.pid", "11\n"), fails(fs.ErrPermission, "read", libvirtDir+"/a.pid"),
			},
			libvirts{"a": 0, "b": 11}, true,
		},
		{"none may be read", []func(*freebsd.Recording){fails(fs.ErrPermission, "list", libvirtDir)}, nil, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := freebsd.NewRecording()
			for _, is := range tt.is {
				is(r)
			}
			got, err := readLibvirt(r)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("unexpected names (-want +got):\n%s", diff)
			}
			if (err != nil) != tt.failed {
				t.Errorf("unexpected error %v", err)
			}
		})
	}
}
