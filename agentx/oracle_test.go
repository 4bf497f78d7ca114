package agentx

import (
	"bytes"
	"encoding"
	"net"
	"testing"
	"time"

	"github.com/posteo/go-agentx/pdu"
	"github.com/posteo/go-agentx/value"

	"github.com/vmond/vmond/mib"
)

// oracleOID makes go-agentx use the prefix field where we do; by itself it never does.
func oracleOID(s string) pdu.ObjectIdentifier {
	o := value.MustParseOID(s)
	id := pdu.ObjectIdentifier{Subidentifiers: o}
	if len(o) >= 5 && len(o.CommonPrefix(value.OID{1, 3, 6, 1})) == 4 && o[4] > 0 && o[4] < 256 {
		id.Prefix, id.Subidentifiers = byte(o[4]), o[5:]
	}
	return id
}

// TestOracle compares our octets with those of go-agentx, for all that it encodes rightly.
func TestOracle(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		got    []byte
		oracle encoding.BinaryMarshaler
	}{
		{
			name:   "open",
			got:    openPayload("vmond"),
			oracle: &pdu.Open{Description: pdu.OctetString{Text: "vmond"}},
		},
		{
			name:   "close",
			got:    closePayload(pdu.ReasonShutdown),
			oracle: &pdu.Close{Reason: pdu.ReasonShutdown},
		},
		{
			name:   "register",
			got:    regionPayload(subtree, 127),
			oracle: &pdu.Register{Timeout: pdu.Timeout{Priority: 127}, Subtree: oracleOID("1.3.6.1.2.1.236")},
		},
		{
			name:   "unregister",
			got:    regionPayload(subtree, 5),
			oracle: &pdu.Unregister{Timeout: pdu.Timeout{Priority: 5}, Subtree: oracleOID("1.3.6.1.2.1.236")},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			compare(t, tt.got, tt.oracle)
		})
	}
}

func compare(t *testing.T, got []byte, oracle encoding.BinaryMarshaler) {
	t.Helper()
	want, err := oracle.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, got) {
		t.Errorf("unexpected octets\nwant % x\ngot  % x", want, got)
	}
}

func TestOracleVarbinds(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		value  mib.Value
		typ    pdu.VariableType
		oracle any
	}{
		{"integer", mib.Integer(-5), pdu.VariableTypeInteger, int32(-5)},
		{"octets", mib.Text("vm-1"), pdu.VariableTypeOctetString, "vm-1"},
		{"octets_with_padding", mib.Text("vm-12"), pdu.VariableTypeOctetString, "vm-12"},
		{"no_octets", mib.Text(""), pdu.VariableTypeOctetString, ""},
		{"null", mib.Null(), pdu.VariableTypeNull, nil},
		{"ip_address", mib.IPAddress([4]byte{192, 0, 2, 1}), pdu.VariableTypeIPAddress, net.IP{192, 0, 2, 1}},
		{"counter32", mib.Counter32(4294967295), pdu.VariableTypeCounter32, uint32(4294967295)},
		{"gauge32", mib.Gauge32(7), pdu.VariableTypeGauge32, uint32(7)},
		{"timeticks", mib.TimeTicks(4200), pdu.VariableTypeTimeTicks, 42 * time.Second},
		{"opaque", mib.Opaque([]byte{1, 2, 3}), pdu.VariableTypeOpaque, []byte{1, 2, 3}},
		{"counter64", mib.Counter64(1 << 40), pdu.VariableTypeCounter64, uint64(1 << 40)},
		{"no_such_object", mib.NoSuchObject, pdu.VariableTypeNoSuchObject, nil},
		{"no_such_instance", mib.NoSuchInstance, pdu.VariableTypeNoSuchInstance, nil},
		{"end_of_mib_view", mib.EndOfMIBView, pdu.VariableTypeEndOfMIBView, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, name := range []string{"1.3.6.1.2.1.236.1.1.0", "1.3.6.1.300.1", "1.3.6.1.0.1", "1.3.6.1.255", "2.1"} {
				got, ok := appendVarbind(nil, littleEndian, mib.MustOID(name), tt.value)
				if !ok {
					t.Fatalf("cannot encode %v", tt.value)
				}
				compare(t, got, &pdu.Variable{Type: tt.typ, Name: oracleOID(name), Value: tt.oracle})
			}
		})
	}
}

func TestOracleHeader(t *testing.T) {
	t.Parallel()
	got := header{typ: pdu.TypeNotify, flags: pdu.FlagNonDefaultContext, session: 1, transaction: 2, packet: 1 << 24}.append(nil)
	compare(t, got, &pdu.Header{Version: 1, Type: pdu.TypeNotify, Flags: pdu.FlagNonDefaultContext, SessionID: 1, TransactionID: 2, PacketID: 1 << 24})
}
