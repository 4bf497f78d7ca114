package bhyve

import (
	"io/fs"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// TestClosedConfiguration proves that a configuration which may not be read takes nothing away that others know, be it closed from the
// beginning or later: what runs has its CPUs, its interfaces and the time it used.
func TestClosedConfiguration(t *testing.T) {
	t.Parallel()
	type short struct {
		CPUs, Disks int
		Memory      hv.Opt[int64]
		Host        string
		Started     bool
		Used        time.Duration
	}
	open := short{CPUs: 2, Disks: 1, Memory: hv.Some[int64](4 << 30), Host: "tap0", Started: true, Used: 3 * time.Second}
	closed := open
	closed.Disks, closed.Memory = 0, hv.Opt[int64]{}
	tests := []struct {
		name string
		// before says that it could be read before.
		before bool
		want   short
	}{
		{"it never could be read", false, closed},
		{"it could be read", true, open},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := makeUp(t)
			m.wire()
			m.host.SetProgram([]string{"/sbin/ifconfig", "-a"}, []byte("tap0: flags=0 metric 0 mtu 1500\n"+
				"\tdescription: vmnet/web/0/public\n\tgroups: tap vm-port\n\tOpened by PID 4242\n"), nil)
			m.manage(webConf)
			m.host.SetStat("/vm/web/disk0.img", freebsd.Stat{Size: 100, Allocated: 40})
			m.start(4242, []string{"bhyve: web"}, time.Second, time.Second)
			read := func() short {
				d, err := answerAbout(t, webVM, m.Definitions)
				if err != nil {
					t.Fatal(err)
				}
				stats, err := answerAbout(t, webVM, m.Statistics)
				if err != nil {
					t.Fatal(err)
				}
				got := short{CPUs: len(d.CPUs), Disks: len(d.Disks), Memory: d.CurMem, Started: !d.Started.IsZero(), Used: stats.CPUTime.Or(0)}
				if len(d.NICs) == 1 {
					got.Host = d.NICs[0].Host
				}
				return got
			}
			if tt.before {
				if diff := cmp.Diff(open, read()); diff != "" {
					t.Errorf("unexpected values before (-want +got):\n%s", diff)
				}
			}
			m.host.SetError(fs.ErrPermission, "read", "/vm/web/web.conf")
			m.host.SetStat("/vm/web/web.conf", freebsd.Stat{Size: 7, Modified: noon().Add(time.Hour)})
			if diff := cmp.Diff(tt.want, read()); diff != "" {
				t.Errorf("unexpected values (-want +got):\n%s", diff)
			}
		})
	}
}
