package freebsd

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseMounts(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		text string
		want []Mount
	}{
		{"nothing", "", nil},
		{"a host", string(recorded(t, "plain/mount_-p.txt")), []Mount{
			{From: "zroot/ROOT/default", On: "/", Type: "zfs"},
			{From: "devfs", On: "/dev", Type: "devfs"},
			{From: "/dev/gpt/efiboot0", On: "/boot/efi", Type: "msdosfs"},
			{From: "zroot/vm", On: "/zroot/vm", Type: "zfs"},
			{From: "zroot/vm/web01-with-a-long-name", On: "/zroot/vm/web01-with-a-long-name", Type: "zfs"},
			{From: "zroot/my vms", On: "/zroot/my vms", Type: "zfs"},
			{From: "zroot/my vms/that have long names", On: "/zroot/my vms/that have long names", Type: "zfs"},
			{From: "192.0.2.1:/export/vm", On: "/net/vm", Type: "nfs"},
			{From: "/dev/da0p1", On: "/mnt/of 24 octets, longer", Type: "ufs"},
		}},
		{"escapes", `/dev/my\040disk	/mnt/a\134b\011c	ufs	rw	2 2` + "\n", []Mount{{From: "/dev/my disk", On: "/mnt/a\\b\tc", Type: "ufs"}}},
		{"no escapes", `/dev/\08x	/mnt/\04\	ufs	rw	2 2`, []Mount{{From: `/dev/\08x`, On: `/mnt/\04\`, Type: "ufs"}}},
		{"two ways", "a/long/name/with a space /in it /a/long/name/with a space /in it zfs\trw\t0 0", nil},
		{"a tab in a name", "zroot/vm\t\t/zroot\t/vm\t\tzfs\trw\t\t0 0\n", nil},
		{"on no path", "zroot/vm\t\tnone\t\tzfs\trw\t\t0 0\n", nil},
		{"from nothing", "\t\t/zroot/vm\t\tzfs\trw\t\t0 0\n", nil},
		{"a space after a short name", "zroot/vm /zroot/vm\t\tzfs\trw\t\t0 0\n", nil},
		{"no numbers", "zroot/vm\t\t/zroot/vm\t\tzfs\trw\n", nil},
		{"one number", "zroot/vm\t\t/zroot/vm\t\tzfs\trw\t\t0\n", nil},
		{"negative numbers", "zroot/vm\t\t/zroot/vm\t\tzfs\trw\t\t-1 0\n", nil},
		{"no options", "zroot/vm\t0 0\n", nil},
		{"no type", "rw\t\t0 0\n", nil},
		{"words of mount without -p", "zroot/vm on /zroot/vm (zfs, local, nfsv4acls)\n", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, ParseMounts([]byte(tt.text))); diff != "" {
				t.Errorf("unexpected mounts (-want +got):\n%s", diff)
			}
		})
	}
}

// fstab returns the line of the mount, with all escaped that parts fields.
func (m Mount) fstab() string {
	escape := strings.NewReplacer(`\`, `\134`, " ", `\040`, "\t", `\011`, "\n", `\012`, "\r", `\015`)
	return fmt.Sprintf("%s%s%s\trw\t\t0 0\n", pad(escape.Replace(m.From)), pad(escape.Replace(m.On)), m.Type)
}

// pad returns a name with what mount(8) puts after it.
func pad(s string) string {
	if len(s) >= spacedFrom {
		return s + " "
	}
	return s + strings.Repeat("\t", 3-len(s)/8)
}

// FuzzMounts parses whatever mount prints: what is mounted somewhere is of a type, and is the same when it is printed again.
func FuzzMounts(f *testing.F) {
	f.Add(recorded(f, "plain/mount_-p.txt"))
	f.Add([]byte(`/dev/my\040disk	/mnt/a\134b\011c	ufs	rw	2 2`))
	f.Fuzz(func(t *testing.T, text []byte) {
		got := ParseMounts(text)
		var again strings.Builder
		for _, m := range got {
			if m.From == "" || m.Type == "" || !strings.HasPrefix(m.On, "/") {
				t.Errorf("a mount %+v", m)
			}
			again.WriteString(m.fstab())
		}
		if diff := cmp.Diff(got, ParseMounts([]byte(again.String()))); diff != "" {
			t.Errorf("unexpected mounts (-want +got):\n%s", diff)
		}
	})
}
