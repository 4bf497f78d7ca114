package cbsd

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

func TestReadSetup(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, conf string
		want       string
		err        string
	}{
		{"set", "cbsd_workdir=\"/usr/jails\"\n", "/usr/jails", ""},
		{"with a slash", "cbsd_workdir=/cbsd/\n", "/cbsd", ""},
		{"not set", "cbsdd_enable=YES\n", "", "variable \"cbsd_workdir\": file does not exist"},
		{"empty", "cbsd_workdir=\"\"\n", "", "cbsd_workdir is empty: file does not exist"},
		{"computed", "cbsd_workdir=\"${pool}/jails\"\n", "", "variable \"cbsd_workdir\": computed by the shell"},
		{"not from the root", "cbsd_workdir=jails\n", "", "cbsd_workdir is no directory from the root"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := freebsd.NewRecording()
			r.SetFile("/etc/rc.conf", []byte(tt.conf), freebsd.Stat{})
			got, err := ReadSetup(r)
			check(t, "setup", Setup{Workdir: tt.want}, got)
			told := ""
			if err != nil {
				told = err.Error()
			}
			check(t, "error", tt.err, told)
			if here := strings.HasSuffix(tt.err, "file does not exist"); errors.Is(err, fs.ErrNotExist) != here {
				t.Errorf("unexpected kind of error %v", err)
			}
		})
	}
	r := freebsd.NewRecording()
	if _, err := ReadSetup(r); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("unexpected error %v without rc.conf", err)
	}
	r.SetError(fs.ErrPermission, "read", "/etc/rc.conf")
	if _, err := ReadSetup(r); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("unexpected error %v for rc.conf that cannot be read", err)
	}
}
