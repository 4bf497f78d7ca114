package mib_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vmond/vmond/mib"
)

func TestValue(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		v      mib.Value
		typ    mib.Type
		tag    int // as RFC 2741, section 5.4 numbers it
		octets string
		num    uint64
		int    int32
		oid    mib.OID
		text   string
	}{
		{name: "null", v: mib.Null(), typ: mib.TypeNull, tag: 5, text: "NULL"},
		{name: "integer", v: mib.Integer(4), typ: mib.TypeInteger, tag: 2, num: 4, int: 4, text: "INTEGER: 4"},
		{
			name: "negative integer", v: mib.Integer(-1), typ: mib.TypeInteger, tag: 2,
			num: math.MaxUint64, int: -1, text: "INTEGER: -1",
		},
		{
			name: "smallest integer", v: mib.Integer(math.MinInt32), typ: mib.TypeInteger, tag: 2,
			num: 1<<64 - 1<<31, int: math.MinInt32, text: "INTEGER: -2147483648",
		},
		{name: "text", v: mib.Text("wëb\n"), typ: mib.TypeOctetString, tag: 4, octets: "wëb\n", text: `STRING: "wëb\n"`},
		{name: "empty text", v: mib.Text(""), typ: mib.TypeOctetString, tag: 4, text: `STRING: ""`},
		{
			name: "octets", v: mib.Octets([]byte{0, 0xff}), typ: mib.TypeOctetString, tag: 4,
			octets: "\x00\xff", text: `STRING: "\x00\xff"`,
		},
		{name: "no octets", v: mib.Octets(nil), typ: mib.TypeOctetString, tag: 4, text: `STRING: ""`},
		{
			name: "object identifier", v: mib.ObjectID(mib.OID{1, 3, 6}), typ: mib.TypeOID, tag: 6,
			oid: mib.OID{1, 3, 6}, text: "OID: 1.3.6",
		},
		{
			name: "address", v: mib.IPAddress([4]byte{127, 0, 0, 1}), typ: mib.TypeIPAddress, tag: 64,
			octets: "\x7f\x00\x00\x01", text: `IpAddress: "\x7f\x00\x00\x01"`,
		},
		{
			name: "counter", v: mib.Counter32(math.MaxUint32), typ: mib.TypeCounter32, tag: 65,
			num: math.MaxUint32, int: -1, text: "Counter32: 4294967295",
		},
		{
			name: "gauge", v: mib.Gauge32(7), typ: mib.TypeGauge32, tag: 66, num: 7, int: 7, text: "Gauge32: 7",
		},
		{
			name: "ticks", v: mib.TimeTicks(100), typ: mib.TypeTimeTicks, tag: 67,
			num: 100, int: 100, text: "Timeticks: 100",
		},
		{name: "opaque", v: mib.Opaque([]byte("o")), typ: mib.TypeOpaque, tag: 68, octets: "o", text: `Opaque: "o"`},
		{
			name: "big counter", v: mib.Counter64(math.MaxUint64), typ: mib.TypeCounter64, tag: 70,
			num: math.MaxUint64, int: -1, text: "Counter64: 18446744073709551615",
		},
		{name: "no object", v: mib.NoSuchObject, typ: mib.TypeNoSuchObject, tag: 128, text: "noSuchObject"},
		{name: "no instance", v: mib.NoSuchInstance, typ: mib.TypeNoSuchInstance, tag: 129, text: "noSuchInstance"},
		{name: "end", v: mib.EndOfMIBView, typ: mib.TypeEndOfMIBView, tag: 130, text: "endOfMibView"},
		{name: "zero", v: mib.Value{}, text: "Type(0)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			type facts struct {
				Type      mib.Type
				Tag       int
				Octets    string
				Len       int
				Uint      uint64
				Int       int32
				OID       mib.OID
				Text      string
				Exception bool
			}
			want := facts{
				tt.typ, tt.tag, "x" + tt.octets, len(tt.octets), tt.num, tt.int, tt.oid, tt.text, tt.tag >= 128,
			}
			got := facts{
				tt.v.Type(), int(tt.v.Type()), string(tt.v.AppendOctets([]byte("x"))), tt.v.Len(), tt.v.Uint(), tt.v.Int(),
				tt.v.OID(), tt.v.String(), tt.v.IsException(),
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("unexpected value (-want +got):\n%s", diff)
			}
		})
	}
}

func TestValueEqual(t *testing.T) {
	t.Parallel()
	// The values of a group are equal to each other and to no other.
	groups := [][]mib.Value{
		{{}},
		{mib.Null(), mib.Null()},
		{mib.Integer(1), mib.Integer(1)},
		{mib.Integer(-1)},
		{mib.Gauge32(1)},
		{mib.Counter32(1)},
		{mib.Counter64(1)},
		{mib.Counter64(math.MaxUint64)},
		{mib.TimeTicks(1)},
		{mib.Text("ab"), mib.Octets([]byte("ab")), mib.Text("ab")},
		{mib.Text(""), mib.Octets(nil), mib.Octets([]byte{})},
		{mib.Opaque([]byte("ab"))},
		{mib.IPAddress([4]byte{97, 98})},
		{mib.ObjectID(nil), mib.ObjectID(mib.OID{})},
		{mib.ObjectID(mib.OID{0, 0})},
		{mib.NoSuchObject},
		{mib.NoSuchInstance},
		{mib.EndOfMIBView},
	}
	for i, a := range groups {
		for j, b := range groups {
			for _, v := range a {
				for _, w := range b {
					if got, want := v.Equal(w), i == j; got != want {
						t.Errorf("%s equal to %s: %v, want %v", v, w, got, want)
					}
				}
			}
		}
	}
}

func TestTypeString(t *testing.T) {
	t.Parallel()
	for want, typ := range map[string]mib.Type{"INTEGER": mib.TypeInteger, "Type(1)": 1, "Type(255)": 255} {
		if got := typ.String(); got != want {
			t.Errorf("unexpected name %q, want %q", got, want)
		}
	}
}
