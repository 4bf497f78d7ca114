package freebsd

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseDeviceEvent(t *testing.T) {
	t.Parallel()
	created, destroyed := DeviceEvent{Created: true, Name: "vmm/web01"}, DeviceEvent{Name: "vmm/web01"}
	tests := []struct {
		name, line string
		want       DeviceEvent
	}{
		{"created", "!system=DEVFS subsystem=CDEV type=CREATE cdev=vmm/web01", created},
		{"destroyed", "!system=DEVFS subsystem=CDEV type=DESTROY cdev=vmm/web01", destroyed},
		{"the end of a line", "!system=DEVFS subsystem=CDEV type=CREATE cdev=vmm/web01\n", created},
		{"the end of a packet", "!system=DEVFS subsystem=CDEV type=CREATE cdev=vmm/web01\r\n\x00", created},
		{"quoted", `!system="DEVFS" subsystem="CDEV" type="CREATE" cdev="vmm/web01"`, created},
		{"quoted with escapes", `!system=DEVFS subsystem=CDEV type=CREATE cdev="vmm/a\\b"`, DeviceEvent{true, `vmm/a\b`}},
		{"another order, and more", "!cdev=vmm/web01 x=y=z type=DESTROY  subsystem=CDEV system=DEVFS", destroyed},
		{"an equals sign", "!system=DEVFS subsystem=CDEV type=CREATE cdev=vmm/a=b", DeviceEvent{true, "vmm/a=b"}},
		{"a backslash", `!system=DEVFS subsystem=CDEV type=CREATE cdev=vmm/a\b`, DeviceEvent{true, `vmm/a\b`}},
		{"an interface", "!system=IFNET subsystem=tap0 type=ATTACH", DeviceEvent{}},
		{"another device", "!system=DEVFS subsystem=CDEV type=MEDIACHANGE cdev=da0", DeviceEvent{}},
		{"a driver", "+uhub0 at bus=0 on usbus0", DeviceEvent{}},
		{"no name", "!system=DEVFS subsystem=CDEV type=CREATE cdev=", DeviceEvent{}},
		{"a missing name", "!system=DEVFS subsystem=CDEV type=CREATE", DeviceEvent{}},
		{"two names", "!system=DEVFS subsystem=CDEV type=CREATE cdev=a cdev=b", DeviceEvent{}},
		{"a name with a space", `!system=DEVFS subsystem=CDEV type=CREATE cdev="vmm/a b"`, DeviceEvent{}},
		{"a name with a space, not quoted", "!system=DEVFS subsystem=CDEV type=CREATE cdev=vmm/a b", DeviceEvent{}},
		{"a name with a quote", `!system=DEVFS subsystem=CDEV type=CREATE cdev="vmm/a\"b"`, DeviceEvent{}},
		{"a quote within", `!system=DEVFS subsystem=CDEV type=CREATE cdev=vmm/a"b"`, DeviceEvent{}},
		{"no end of a quote", `!system=DEVFS subsystem=CDEV type=CREATE cdev="vmm/a`, DeviceEvent{}},
		{"no end of an escape", `!system=DEVFS subsystem=CDEV type=CREATE cdev="vmm/a\`, DeviceEvent{}},
		{"more after a quote", `!system=DEVFS subsystem=CDEV type=CREATE cdev="vmm/a"b`, DeviceEvent{}},
		{"no key", "!system=DEVFS subsystem=CDEV type=CREATE =x cdev=vmm/a", DeviceEvent{}},
		{"no mark", "system=DEVFS subsystem=CDEV type=CREATE cdev=vmm/web01", DeviceEvent{}},
		{"nothing", "", DeviceEvent{}},
		{"a mark", "!", DeviceEvent{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, ok := ParseDeviceEvent(tt.line)
			if diff := cmp.Diff(tt.want, got); diff != "" || ok != (tt.want != DeviceEvent{}) {
				t.Errorf("unexpected event, %v (-want +got):\n%s", ok, diff)
			}
		})
	}
}

// TestParseDeviceEvents follows what devd told of a virtual machine that came and went.
func TestParseDeviceEvents(t *testing.T) {
	t.Parallel()
	var got []DeviceEvent
	for line := range strings.Lines(string(recorded(t, "host/devd.seqpacket.events.txt"))) {
		if event, ok := ParseDeviceEvent(line); ok {
			got = append(got, event)
		}
	}
	want := []DeviceEvent{{true, "vmm/web01"}, {true, "tap0"}, {false, "vmm/web01"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("unexpected events (-want +got):\n%s", diff)
	}
}

// FuzzDeviceEvent parses whatever devd tells: a device has a name that one can have, and the same when it is told again.
func FuzzDeviceEvent(f *testing.F) {
	for line := range strings.Lines(string(recorded(f, "host/devd.seqpacket.events.txt"))) {
		f.Add(line)
	}
	f.Add(`!system="DEVFS" subsystem="CDEV" type="CREATE" cdev="vmm/a\\b"`)
	f.Fuzz(func(t *testing.T, line string) {
		got, ok := ParseDeviceEvent(line)
		if !ok {
			if got != (DeviceEvent{}) {
				t.Errorf("no event, but %+v", got)
			}
			return
		}
		if got.Name == "" || strings.ContainsAny(got.Name, " \t\n\"\x00") {
			t.Errorf("a device %q", got.Name)
		}
		kind := "DESTROY"
		if got.Created {
			kind = "CREATE"
		}
		again, ok := ParseDeviceEvent(fmt.Sprintf("!system=DEVFS subsystem=CDEV type=%s cdev=%s", kind, got.Name))
		if diff := cmp.Diff(got, again); diff != "" || !ok {
			t.Errorf("unexpected event, %v (-want +got):\n%s", ok, diff)
		}
	})
}
