package freebsd

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseInterfaces(t *testing.T) {
	t.Parallel()
	tap := Interface{Name: "tap0", Description: "vmnet/web01/0/public", Groups: []string{"tap", "vm-port"}, Opener: 4242}
	bridge := Interface{
		Name: "vm-public", Groups: []string{"bridge", "vm-switch", "viid-4c918@"}, Members: []string{"tap0", "ix0"},
	}
	tests := []struct {
		name string
		text []byte
		want []Interface
	}{
		{"nothing", nil, nil},
		{"a tap of vm-bhyve", recorded(t, "plain/ifconfig_tap0.vm-bhyve.txt"), []Interface{tap}},
		{"a tap of CBSD", recorded(t, "plain/ifconfig_tap0.cbsd.txt"), []Interface{
			{Name: "tap0", Description: "debian1-nic0", Groups: []string{"tap", "vm-port"}, Opener: 75699},
		}},
		{"a tap of an older vm-bhyve", fmt.Appendf([]byte("tap0: flags=8902<BROADCAST,PROMISC,SIMPLEX,MULTICAST> metric 0 mtu 1500\n"),
			"%s", recorded(t, "plain/ifconfig_tap0.vm-bhyve-1.4.description.txt")), []Interface{
			{Name: "tap0", Description: "vmnet-web01-0-public"},
		}},
		{"a bridge", recorded(t, "plain/ifconfig_vm-public.txt"), []Interface{bridge}},
		{"both", append(recorded(t, "plain/ifconfig_tap0.vm-bhyve.txt"), recorded(t, "plain/ifconfig_vm-public.txt")...), []Interface{tap, bridge}},
		{"a whole host", recorded(t, "plain/ifconfig_-a.txt"), []Interface{
			{Name: "ix0"},
			{Name: "ix1", Description: "uplink: rack 4, port 7"},
			{Name: "lo0", Groups: []string{"lo"}},
			{Name: "lagg0", Groups: []string{"lagg"}, Members: []string{"ix0", "ix1"}},
			{Name: "lagg0.100", Groups: []string{"vlan"}, Parent: "lagg0"},
			{Name: "vlan7", Groups: []string{"vlan"}},
			{Name: "vm-public", Groups: []string{"bridge", "vm-switch", "viid-4c918@"}, Members: []string{"tap0", "lagg0.100"}},
			{Name: "tap0", Description: "vmnet/web01/0/public", Groups: []string{"tap", "vm-port"}, Opener: 4242},
			{Name: "tap1", Description: "member: ix0 flags=0<>", Groups: []string{"tap"}},
			{Name: "ue0"},
		}},
		{"a line about nothing", []byte("\tdescription: x\nno interface\n lo0: flags=8049<UP>\n: flags=0<>\n"), nil},
		{"openers that cannot be", []byte("tap0: flags=0\n\tOpened by PID -1\n\tOpened by PID 0\n\tOpened by PID 9999999999\n\tOpened by PID x\n\tOpened by PID\n"),
			[]Interface{{Name: "tap0"}}},
		{"empty facts", []byte("b: flags=0\n\tmember: \n\tmember:  flags=0\n\tmember\n\tgroups: \n\tgroups:\n\tvlan: 1\n\tvlan: 1 parent interface: \n"),
			[]Interface{{Name: "b"}}},
		{"no last end of line", []byte("tap0: flags=0\n\tgroups: tap"), []Interface{{Name: "tap0", Groups: []string{"tap"}}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, ParseInterfaces(tt.text)); diff != "" {
				t.Errorf("unexpected interfaces (-want +got):\n%s", diff)
			}
		})
	}
}

// ifconfig returns what ifconfig(8) prints of the interface.
func (i Interface) ifconfig() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: flags=0 metric 0 mtu 1500\n", i.Name)
	if i.Description != "" {
		fmt.Fprintf(&b, "\tdescription: %s\n", i.Description)
	}
	for _, member := range i.Members {
		fmt.Fprintf(&b, "\tmember: %s flags=0\n\t        port 1\n", member)
	}
	if i.Parent != "" {
		fmt.Fprintf(&b, "\tvlan: 1 parent interface: %s\n", i.Parent)
	}
	if i.Groups != nil {
		fmt.Fprintf(&b, "\tgroups: %s\n", strings.Join(i.Groups, " "))
	}
	if i.Opener != 0 {
		fmt.Fprintf(&b, "\tOpened by PID %d\n", i.Opener)
	}
	return b.String()
}

// FuzzInterfaces parses whatever ifconfig prints: what is understood has no part that is empty, and is understood the same when
// it is printed again.
func FuzzInterfaces(f *testing.F) {
	f.Add(recorded(f, "plain/ifconfig_-a.txt"))
	f.Add(recorded(f, "plain/ifconfig_vm-public.txt"))
	f.Fuzz(func(t *testing.T, text []byte) {
		got := ParseInterfaces(text)
		var again strings.Builder
		for _, i := range got {
			if i.Name == "" || i.Opener < 0 {
				t.Errorf("an interface %+v", i)
			}
			for _, part := range append(append([]string(nil), i.Members...), i.Groups...) {
				if part == "" || !strings.Contains(string(text), part) {
					t.Errorf("%q of %+v", part, i)
				}
			}
			again.WriteString(i.ifconfig())
		}
		if diff := cmp.Diff(got, ParseInterfaces([]byte(again.String()))); diff != "" {
			t.Errorf("unexpected interfaces (-want +got):\n%s", diff)
		}
	})
}
