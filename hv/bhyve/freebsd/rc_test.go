package freebsd

import (
	"errors"
	"io/fs"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadRC(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		files map[string]string
		want  map[string]string
	}{
		{"nothing", nil, map[string]string{}},
		{"rc.conf", map[string]string{"/etc/rc.conf": "a=1\n"}, map[string]string{"a": "1"}},
		{"in their order", map[string]string{
			"/etc/rc.conf": "a=1 b=1 c=1 d=1\n", "/etc/rc.conf.local": "b=2 c=2 d=2\n", "/etc/rc.conf.d/vm": "c=3 d=3\n",
			"/usr/local/etc/rc.conf.d/vm": "d=4\n",
		}, map[string]string{"a": "1", "b": "2", "c": "3", "d": "4"}},
		{"of another service", map[string]string{"/etc/rc.conf.d/sshd": "a=1\n"}, map[string]string{}},
		{"of a directory", map[string]string{"/etc/rc.conf.d/vm/20": "a=2\n", "/etc/rc.conf.d/vm/10": "a=1 b=1\n"},
			map[string]string{"a": "2", "b": "1"}},
		{"no more known", map[string]string{"/etc/rc.conf": "a=1 b=$c\n", "/etc/rc.conf.local": "a=$b b=2\n"}, map[string]string{"b": "2"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := NewRecording()
			for name, text := range tt.files {
				r.SetFile(name, []byte(text), Stat{})
			}
			rc, err := ReadRC(r, "vm")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, rc.values); diff != "" {
				t.Errorf("unexpected values (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReadRCFails(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*Recording)
	}{
		{"a file", func(r *Recording) { r.SetError(fs.ErrPermission, "read", "/etc/rc.conf") }},
		{"the other file", func(r *Recording) { r.SetError(fs.ErrPermission, "read", "/etc/rc.conf.local") }},
		{"a service's file", func(r *Recording) {
			r.SetFile("/etc/rc.conf.d/vm", nil, Stat{})
			r.SetError(fs.ErrPermission, "read", "/etc/rc.conf.d/vm")
		}},
		{"what there is of a service", func(r *Recording) { r.SetError(fs.ErrPermission, "stat", "/etc/rc.conf.d/vm") }},
		{"a service's directory", func(r *Recording) {
			r.SetStat("/etc/rc.conf.d/vm", Stat{Mode: fs.ModeDir})
			r.SetError(fs.ErrPermission, "list", "/etc/rc.conf.d/vm")
		}},
		{"a file of a service's directory", func(r *Recording) {
			r.SetDir("/etc/rc.conf.d/vm", "a")
			r.SetError(fs.ErrPermission, "read", "/etc/rc.conf.d/vm/a")
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := NewRecording()
			r.SetFile("/etc/rc.conf", []byte("a=1\n"), Stat{})
			tt.change(r)
			if _, err := ReadRC(r, "vm"); !errors.Is(err, fs.ErrPermission) {
				t.Errorf("unexpected error %v", err)
			}
		})
	}
}
