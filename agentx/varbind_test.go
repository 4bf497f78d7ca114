package agentx

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/posteo/go-agentx/pdu"

	"github.com/vmond/vmond/agentx/agentxtest"
	"github.com/vmond/vmond/mib"
)

// TestVarbinds encodes a value of each type, in both byte orders, and lets two decoders read it.
func TestVarbinds(t *testing.T) {
	t.Parallel()
	values := []mib.Value{
		mib.Null(), mib.NoSuchObject, mib.NoSuchInstance, mib.EndOfMIBView, mib.ObjectID(nil), mib.Text(""), mib.Text("abc"), mib.Text("abcd"),
	}
	for _, v := range testTree().Instances {
		values = append(values, v.Value)
	}
	names := []mib.OID{nil, {1, 3, 6, 1}, {1, 3, 6, 1, 0}, {1, 3, 6, 1, 255}, {1, 3, 6, 1, 256}, {4294967295}, make(mib.OID, mib.MaxSubIDs), at("1.1.0")}
	for _, o := range []order{littleEndian, bigEndian} {
		var want []mib.Varbind
		for _, v := range values {
			for _, name := range names {
				want = append(want, mib.Varbind{Name: name, Value: v})
			}
		}
		h := header{typ: pdu.TypeTestSet}
		if o == bigEndian {
			h.flags = pdu.FlagNetworkByteOrder
		}
		b := h.append(nil)
		for _, v := range want {
			var ok bool
			if b, ok = appendVarbind(b, o, v.Name, v.Value); !ok {
				t.Fatalf("cannot encode %v", v)
			}
		}
		setLength(b, o)

		var req request
		h, payload := cut(t, b)
		if !req.decode(h, payload) {
			t.Fatal("cannot decode what was encoded")
		}
		if diff := cmp.Diff(want, req.varbinds, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("unexpected varbinds (-want +got):\n%s", diff)
		}
		strict, err := agentxtest.Decode(b)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, strict.Varbinds, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("unexpected varbinds by the strict decoder (-want +got):\n%s", diff)
		}
	}
}

// TestOctetsOfAnOID are those of the example of RFC 2741, section 5.1.
func TestOctetsOfAnOID(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		oid  mib.OID
		want []byte
	}{
		{"null", nil, []byte{0, 0, 0, 0}},
		{"sysDescr.0", mib.MustOID("1.3.6.1.2.1.1.1.0"), []byte{4, 2, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0}},
		{"1.2.3.4", mib.MustOID("1.2.3.4"), []byte{4, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4}},
		{"prefix_alone", mib.MustOID("1.3.6.1.4"), []byte{0, 4, 0, 0}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, appendOID(nil, bigEndian, tt.oid)); diff != "" {
				t.Errorf("unexpected octets (-want +got):\n%s", diff)
			}
		})
	}
}

// TestDecodedValuesAreKept reads a TestSet and then overwrites what it was read from.
func TestDecodedValuesAreKept(t *testing.T) {
	t.Parallel()
	want := testTree().Instances
	h, payload := cut(t, agentxtest.Encode(agentxtest.PDU{Type: pdu.TypeTestSet, Varbinds: want}))
	var req request
	if !req.decode(h, payload) {
		t.Fatal("cannot decode")
	}
	clear(payload)
	if diff := cmp.Diff(want, req.varbinds); diff != "" {
		t.Errorf("unexpected varbinds (-want +got):\n%s", diff)
	}
}
