package libvirt

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv"
)

// consoleOf returns the console of a virtual machine with those devices.
func consoleOf(t *testing.T, active bool, devices string) hv.Opt[hv.Console] {
	t.Helper()
	id := ""
	if active {
		id = " id='1'"
	}
	d, err := parseDomain([]byte("<domain" + id + "><name>vm</name><uuid>" + key(1) + "</uuid><devices>" + devices + "</devices></domain>"))
	if err != nil {
		t.Fatalf("failed to parse: %v", err)
	}
	return d.def.Console
}

func TestConsole(t *testing.T) {
	t.Parallel()
	const (
		vnc   = "<graphics type='vnc' port='5900' autoport='yes' listen='127.0.0.1'><listen type='address' address='127.0.0.1'/></graphics>"
		spice = "<graphics type='spice' port='5901' tlsPort='5902' listen='::1'><listen type='address' address='::1'/></graphics>"
		none  = "<graphics type='spice'><listen type='none'/></graphics>"
	)
	tests := []struct {
		name, devices string
		kind, address string
	}{
		{"none", "<video/>", "", ""},
		{"VNC", vnc, "vnc", "127.0.0.1:5900"},
		{"SPICE", spice, "spice", "[::1]:5901"},
		{"SPICE with TLS alone", "<graphics type='spice' tlsPort='5902'><listen type='address' address='10.0.0.1'/></graphics>", "spice", "10.0.0.1:5902"},
		{"SPICE with TLS, and a port to be chosen", "<graphics type='spice' port='-1' tlsPort='5902'><listen address='10.0.0.1'/></graphics>", "spice", "10.0.0.1:5902"},
		{"the first of two", spice + vnc, "spice", "[::1]:5901"},
		{"the first of two, the other way round", vnc + spice, "vnc", "127.0.0.1:5900"},
		{"one that only draws before it", "<graphics type='egl-headless'/>" + vnc, "vnc", "127.0.0.1:5900"},
		{"one of another type", "<graphics type='rdp' port='3389'><listen type='address' address='0.0.0.0'/></graphics>", "rdp", "0.0.0.0:3389"},
		{"two of other types", "<graphics type='sdl' display=':0'/><graphics type='dbus'/>", "sdl", ""},
		{"one without a type", "<graphics port='1'/>", "", ""},
		{"one without a type before it", "<graphics/>" + vnc, "vnc", "127.0.0.1:5900"},
		{"all of IPv6", "<graphics type='vnc' port='5900'><listen type='address' address='::'/></graphics>", "vnc", "[::]:5900"},
		{"a name", "<graphics type='vnc' port='5900'><listen type='address' address='host.lab'/></graphics>", "vnc", "host.lab:5900"},
		{"a network", "<graphics type='vnc' port='5903'><listen type='network' network='labnet' address='10.1.2.3'/></graphics>", "vnc", "10.1.2.3:5903"},
		{"a network whose address is not told", "<graphics type='vnc' port='5903'><listen type='network' network='labnet'/></graphics>", "vnc", ""},
		{"a socket", "<graphics type='vnc' socket='/s'><listen type='socket' socket='/run/vm.sock'/></graphics>", "vnc", "/run/vm.sock"},
		{"a socket of an old daemon", "<graphics type='vnc' socket='/run/old.sock'/>", "vnc", "/run/old.sock"},
		{"an address of an old daemon", "<graphics type='vnc' port='5904' listen='10.9.9.9'/>", "vnc", "10.9.9.9:5904"},
		{"nothing listens", none, "spice", ""},
		{"nothing listens, says one with an address", "<graphics type='vnc' port='1'><listen type='none' address='10.0.0.1' socket='/s'/></graphics>", "vnc", ""},
		{"no address", "<graphics type='vnc' port='5900'/>", "vnc", ""},
		{"two places", "<graphics type='vnc' port='5900'><listen type='none'/><listen address='10.0.0.1'/><listen address='10.0.0.2'/></graphics>", "vnc", "10.0.0.1:5900"},
		{"a port to be chosen", "<graphics type='vnc' port='-1'><listen address='10.0.0.1'/></graphics>", "vnc", ""},
		{"port 0", "<graphics type='vnc' port='0'><listen address='10.0.0.1'/></graphics>", "vnc", ""},
		{"the last port", "<graphics type='vnc' port='65535'><listen address='10.0.0.1'/></graphics>", "vnc", "10.0.0.1:65535"},
		{"a port beyond", "<graphics type='vnc' port='65536'><listen address='10.0.0.1'/></graphics>", "vnc", ""},
		{"a port that is none", "<graphics type='vnc' port='vnc'><listen address='10.0.0.1'/></graphics>", "vnc", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var on, off hv.Opt[hv.Console]
			if tt.kind != "" {
				on, off = hv.Some(hv.Console{Type: tt.kind, Address: tt.address}), hv.Some(hv.Console{Type: tt.kind})
			}
			if diff := cmp.Diff(on, consoleOf(t, true, tt.devices)); diff != "" {
				t.Errorf("unexpected console (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(off, consoleOf(t, false, tt.devices)); diff != "" {
				t.Errorf("unexpected console while it is off (-want +got):\n%s", diff)
			}
		})
	}
}
