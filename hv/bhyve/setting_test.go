package bhyve

import (
	"io/fs"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv"
)

func TestAutoStart(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, rc string
		want     map[string]hv.Answer
	}{
		{
			"in the list", "vm_list=\"web db\"\n",
			map[string]hv.Answer{"vm-bhyve:default/web": hv.Yes, "vm-bhyve:tank/web": hv.No, "vm-bhyve:tank/db": hv.Yes, "vm-bhyve:tank/x": hv.No},
		},
		{
			"not at all", "vm_list=\"web db\"\nvm_enable=\"NO\"\n",
			map[string]hv.Answer{"vm-bhyve:default/web": hv.No, "vm-bhyve:tank/web": hv.No, "vm-bhyve:tank/db": hv.No, "vm-bhyve:tank/x": hv.No},
		},
		{
			"nobody can tell", "vm_list=\"$(cat /etc/vms)\"\n",
			map[string]hv.Answer{
				"vm-bhyve:default/web": hv.Unknown, "vm-bhyve:tank/web": hv.Unknown, "vm-bhyve:tank/db": hv.Unknown, "vm-bhyve:tank/x": hv.Unknown,
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := newMachine()
			m.vmbhyve("tank")
			m.setRC(tt.rc)
			m.define("/vm", "web", "")
			m.define("/tank", "web", "")
			m.define("/tank", "db", "")
			m.define("/tank", "x", "")
			s, _ := scouting(t, m)
			got, err := s.gather(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			answers := map[string]hv.Answer{}
			for _, g := range got.guests {
				answers[g.key] = g.autoStart
			}
			if diff := cmp.Diff(tt.want, answers); diff != "" {
				t.Errorf("unexpected answers (-want +got):\n%s", diff)
			}
		})
	}
}

// A datastore that is taken away takes its virtual machines with it, and what the log was told of it is forgotten.
func TestDatastoreTakenAway(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMachine()
		m.vmbhyve("tank")
		m.define("/vm", "web", "")
		m.define("/tank", "db", "")
		s, logged := scouting(t, m)
		both := []whole{{Key: "vm-bhyve:default/web"}, {Key: "vm-bhyve:tank/db"}}
		if diff := cmp.Diff(both, gathered(t, s)); diff != "" {
			t.Errorf("unexpected virtual machines (-want +got):\n%s", diff)
		}
		m.SetError(fs.ErrPermission, "list", "/tank")
		gathered(t, s)
		if lines := logged(); len(lines) != 1 || lines[0].Source != `vm-bhyve datastore "tank"` {
			t.Errorf("unexpected log %+v", lines)
		}
		m.write("/vm/.config/system.conf", "datastore_list=\"\"\n")
		gathered(t, s)
		time.Sleep(settlingTime)
		if diff := cmp.Diff(both[:1], gathered(t, s)); diff != "" {
			t.Errorf("unexpected virtual machines without it (-want +got):\n%s", diff)
		}
		m.write("/vm/.config/system.conf", "datastore_list=\"tank\"\npath_tank=\"/tank\"\n")
		gathered(t, s)
		time.Sleep(settlingTime)
		if diff := cmp.Diff(both[:1], gathered(t, s)); diff != "" {
			t.Errorf("unexpected virtual machines with it (-want +got):\n%s", diff)
		}
		if lines := logged(); len(lines) != 1 || lines[0].Source != `vm-bhyve datastore "tank"` {
			t.Errorf("unexpected log of the new one %+v", lines)
		}
	})
}
