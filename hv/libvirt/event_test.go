package libvirt

import (
	"encoding/binary"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv"
)

// eventBody returns the body of an event about a virtual machine, with those numbers after it.
func eventBody(name string, uuid [16]byte, numbers ...int32) []byte {
	b := binary.BigEndian.AppendUint32(nil, 7) // the callback
	b = binary.BigEndian.AppendUint32(b, uint32(len(name)))
	b = append(b, name...)
	for len(b)%xdrUnit != 0 {
		b = append(b, 0)
	}
	b = append(b, uuid[:]...)
	for _, n := range append([]int32{99}, numbers...) { // the ID
		b = binary.BigEndian.AppendUint32(b, uint32(n))
	}
	return b
}

func TestParseEvent(t *testing.T) {
	t.Parallel()
	three := uuid(3)
	about := func(kind hv.EventKind, detail int) hv.Event {
		return hv.Event{Kind: kind, Detail: detail, Key: key(3), UUID: hv.UUID(three), Name: "vm"}
	}
	type row struct {
		name      string
		procedure uint32
		body      []byte
		want      hv.Event
	}
	tests := []row{
		{"no UUID", procLifecycle, eventBody("Domain-0", [16]byte{}, 2, 0), hv.Event{Kind: hv.Started, Key: "name:Domain-0", Name: "Domain-0"}},
		{"no name", procLifecycle, eventBody("", three, 5, 1), hv.Event{Kind: hv.Stopped, Detail: 1, Key: key(3), UUID: hv.UUID(three)}},
		{"a negative detail", procLifecycle, eventBody("vm", three, 5, -1), about(hv.Stopped, -1)},
		{"a kind of the future", procLifecycle, eventBody("vm", three, 99, 4), about(hv.Changed, 4)},
		{"a negative kind", procLifecycle, eventBody("vm", three, -1, 0), about(hv.Changed, 0)},
		{"more than expected", procLifecycle, append(eventBody("vm", three, 4, 0), "more"...), about(hv.Resumed, 0)},
		{"a reboot", procReboot, eventBody("vm", three), about(hv.Changed, 0)},
		{"a block job", procBlockJob, eventBody("vm", three, 1, 2, 3), about(hv.Changed, 0)},
		{"a disk's medium", procDiskChange, eventBody("vm", three, 1), about(hv.Changed, 0)},
		{"a tray", procTrayChange, eventBody("vm", three, 1), about(hv.Changed, 0)},
		{"the balloon", procBalloonChange, eventBody("vm", three, 0, 1), about(hv.Changed, 0)},
		{"a device that is gone", procDeviceRemoved, eventBody("vm", three, 0), about(hv.Changed, 0)},
		{"a new device", procDeviceAdded, eventBody("vm", three, 0), about(hv.Changed, 0)},
		{"a migration or a save", procMigrationIteration, eventBody("vm", three, 1), about(hv.Busy, 0)},
		{"metadata", procMetadataChange, eventBody("vm", three, 0), about(hv.Changed, 0)},
	}
	for i, kind := range []hv.EventKind{
		hv.Defined, hv.Undefined, hv.Started, hv.Suspended, hv.Resumed, hv.Stopped, hv.Shutdown, hv.PMSuspended, hv.Crashed,
	} {
		tests = append(tests, row{kind.String(), procLifecycle, eventBody("vm", three, int32(i), int32(i+1)), about(kind, i+1)})
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, ours, err := parseEvent(tt.procedure, tt.body)
			if diff := cmp.Diff(tt.want, got); diff != "" || !ours || err != nil {
				t.Errorf("unexpected event: %t, %v (-want +got):\n%s", ours, err, diff)
			}
		})
	}
}

// TestParseEventNotOurs has events that we did not ask for, whatever is in them.
func TestParseEventNotOurs(t *testing.T) {
	t.Parallel()
	for _, procedure := range []uint32{0, 1, 317, 320, 346, 1 << 31} {
		if e, ours, err := parseEvent(procedure, nil); ours || err != nil {
			t.Errorf("unexpected event of procedure %d: %v, %v", procedure, e, err)
		}
	}
}

// TestParseEventCut cuts each event at each place.
func TestParseEventCut(t *testing.T) {
	t.Parallel()
	for _, sub := range subscriptions() {
		body := eventBody("vm", uuid(3))
		if sub.procedure == procLifecycle {
			body = eventBody("vm", uuid(3), 5, 1)
		}
		for n := range body {
			if e, ours, err := parseEvent(sub.procedure, body[:n]); ours || err == nil {
				t.Errorf("unexpected event of procedure %d at %d octets: %v", sub.procedure, n, e)
			}
		}
		if _, ours, err := parseEvent(sub.procedure, body); !ours || err != nil {
			t.Errorf("unexpected error of procedure %d: %v", sub.procedure, err)
		}
	}
}

func FuzzParseEvent(f *testing.F) {
	f.Add(uint32(procLifecycle), eventBody("vm", uuid(3), 5, 1))
	f.Add(uint32(procReboot), eventBody("Domain-0", [16]byte{}))
	f.Add(uint32(procMigrationIteration), eventBody("vm", uuid(3), 1))
	f.Add(uint32(procLifecycle), []byte{0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, procedure uint32, body []byte) {
		e, ours, err := parseEvent(procedure, body)
		if !ours {
			if e != (hv.Event{}) {
				t.Errorf("an event that is none: %+v, %v", e, err)
			}
			return
		}
		if err != nil || e.Key == "" || e.Kind == hv.Connected {
			t.Errorf("an event that says nothing: %+v, %v", e, err)
		}
		// What was read says all that was used of the body.
		again := eventBody(e.Name, e.UUID)
		if procedure == procLifecycle {
			again = eventBody(e.Name, e.UUID, 0, int32(e.Detail))
		}
		if len(again) > len(body) {
			t.Errorf("%d octets of %d", len(again), len(body))
		}
	})
}
