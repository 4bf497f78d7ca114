package soak

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/gosnmp/gosnmp"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/mib"
	"github.com/vmond/vmond/test/lab"
	"github.com/vmond/vmond/test/served"
)

// message returns a notification as snmpd sends it.
func message(t testing.TB, id string, objects ...gosnmp.SnmpPDU) []byte {
	t.Helper()
	packet := gosnmp.SnmpPacket{
		Version: gosnmp.Version2c, Community: lab.Public, PDUType: gosnmp.SNMPv2Trap,
		Variables: append([]gosnmp.SnmpPDU{
			{Name: ".1.3.6.1.2.1.1.3.0", Type: gosnmp.TimeTicks, Value: uint32(7)},
			{Name: "." + snmpTrapOID.String(), Type: gosnmp.ObjectIdentifier, Value: id},
		}, objects...),
	}
	text, err := packet.MarshalMsg()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// notification returns the name of the notification of that number.
func notification(number uint32) string { return "." + notifications.Append(number).String() }

// objectsOf returns those of a notification of one virtual machine.
func objectsOf(vm hv.UUID, from int) []gosnmp.SnmpPDU {
	name := func(column mib.OID) string { return "." + column.Append(3).String() }
	return []gosnmp.SnmpPDU{
		{Name: name(served.Name), Type: gosnmp.OctetString, Value: []byte("web")},
		{Name: name(served.UUID), Type: gosnmp.OctetString, Value: vm[:]},
		{Name: name(served.OperState), Type: gosnmp.Integer, Value: from},
	}
}

func TestParseTrap(t *testing.T) {
	t.Parallel()
	// The states as RFC 7666 numbers them.
	const running, paused, shutdown = 4, 8, 11
	affected := gosnmp.SnmpPDU{Name: ".1.3.6.1.2.1.236.1.11.0", Type: gosnmp.OctetString, Value: []byte{0x80}}
	tests := []struct {
		name    string
		message []byte
		want    trap
	}{
		{"vmRunning", message(t, notification(1), objectsOf(one, paused)...), trap{true, &resumes}},
		{"vmShutdown", message(t, notification(3), objectsOf(one, running)...), trap{true, &stops}},
		{"vmDeleted", message(t, notification(10), objectsOf(one, shutdown)...), trap{true, &goes}},
		{"vmBulkRunning", message(t, notification(11), affected), trap{true, nil}},
		{"vmBulkDeleted", message(t, notification(20), affected), trap{true, nil}},
		{"coldStart", message(t, ".1.3.6.1.6.3.1.1.5.1"), trap{}},
		{"below", message(t, notification(1)+".1"), trap{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := parseTrap(tt.message)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(trap{}, tale{})); diff != "" {
				t.Errorf("unexpected trap (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseTrapRefuses(t *testing.T) {
	t.Parallel()
	const paused = 8
	whole := objectsOf(one, paused)
	with := func(i int, change func(*gosnmp.SnmpPDU)) []gosnmp.SnmpPDU {
		objects := objectsOf(one, paused)
		change(&objects[i])
		return objects
	}
	tests := []struct {
		name    string
		message []byte
		want    string
	}{
		{"nothing", nil, ""},
		{"no message", []byte("not BER"), ""},
		{"one variable", message(t, notification(1))[:20], ""},
		{"number 0", message(t, notification(0), whole...), "there is no notification"},
		{"number 21", message(t, notification(21), whole...), "there is no notification"},
		{"two objects", message(t, notification(1), whole[:2]...), "too few objects"},
		{"another object", message(t, notification(1), whole[1], whole[0], whole[2]), "object 1 of a notification is"},
		{"a short UUID", message(t, notification(1), with(1, func(v *gosnmp.SnmpPDU) { v.Value = []byte{1} })...), "UUID 01"},
		{"state 0", message(t, notification(1), with(2, func(v *gosnmp.SnmpPDU) { v.Value = 0 })...), "state 0"},
		{"a state that is a text", message(t, notification(1), with(2, func(v *gosnmp.SnmpPDU) {
			v.Type, v.Value = gosnmp.OctetString, []byte("running")
		})...), "state ["},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := parseTrap(tt.message)
			if err == nil {
				t.Fatalf("unexpected trap %+v", got)
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error = %v, want one with %q", err, tt.want)
			}
		})
	}
}
