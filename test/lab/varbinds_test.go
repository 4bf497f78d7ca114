package lab

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/mib"
)

func TestParseVarbinds(t *testing.T) {
	t.Parallel()
	name := mib.MustOID("1.3.6.1.2.1.236.1.1.1.0")
	tests := []struct {
		name, text string
		want       mib.Value
	}{
		{"integer", "INTEGER: -1\n", mib.Integer(-1)},
		{"octets", "Hex-STRING: 51 45 4D 55 \n", mib.Text("QEMU")},
		{"long octets", "Hex-STRING: 30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66 \n67 68 \n", mib.Text("0123456789abcdefgh")},
		{"no octets", "\"\"\n", mib.Text("")},
		{"oid", "OID: .0.0\n", mib.ObjectID(mib.OID{0, 0})},
		{"counter", "Counter64: 18446744073709551615\n", mib.Counter64(1<<64 - 1)},
		{"small counter", "Counter32: 7\n", mib.Counter32(7)},
		{"gauge", "Gauge32: 4294967295\n", mib.Gauge32(1<<32 - 1)},
		{"ticks", "Timeticks: (8512) 0:01:25.12\n", mib.TimeTicks(8512)},
		{"no object", "No Such Object available on this agent at this OID\n", mib.NoSuchObject},
		{"no instance", "No Such Instance currently exists at this OID\n", mib.NoSuchInstance},
		{"end", "No more variables left in this MIB View (It is past the end of the MIB tree)\n", mib.EndOfMIBView},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			// A variable before and one after it, to see where it begins and ends.
			const other = ".1.3 = INTEGER: 5\n"
			got, err := parseVarbinds(other + "." + name.String() + " = " + tt.text + other)
			if err != nil {
				t.Fatal(err)
			}
			five := mib.Varbind{Name: mib.OID{1, 3}, Value: mib.Integer(5)}
			want := []mib.Varbind{five, {Name: name, Value: tt.want}, five}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("unexpected variables (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseVarbindsErrors(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text string }{
		{"no value", ".1.3\n"},
		{"no name", "vmName.1 = INTEGER: 1\n"},
		{"no type", ".1.3 = 5\n"},
		{"unknown type", ".1.3 = Opaque: Float: 1.5\n"},
		{"integer", ".1.3 = INTEGER: running(4)\n"},
		{"octets", ".1.3 = Hex-STRING: 5\n"},
		{"ticks", ".1.3 = Timeticks: 0:01:25.12\n"},
		{"timeout", "Timeout: No Response from 127.0.0.1:1161\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got, err := parseVarbinds(tt.text); err == nil {
				t.Errorf("parseVarbinds(%q) = %v, want an error", tt.text, got)
			}
		})
	}
}
