package agentxtest

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/posteo/go-agentx/pdu"

	"github.com/vmond/vmond/mib"
)

// samples are PDUs of all types.
func samples() map[string]PDU {
	var (
		oid      = mib.MustOID("1.3.6.1.2.1.236.1.1.0")
		far      = mib.MustOID("2.999.1")
		ranges   = []Range{{Start: oid, Include: true, End: far}, {Start: far}, {}}
		varbinds = []mib.Varbind{
			{Name: oid, Value: mib.Integer(-1)},
			{Name: oid, Value: mib.Text("abcde")},
			{Name: far, Value: mib.Null()},
			{Name: far, Value: mib.ObjectID(oid)},
			{Name: far, Value: mib.ObjectID(nil)},
			{Name: oid, Value: mib.IPAddress([4]byte{1, 2, 3, 4})},
			{Name: oid, Value: mib.Counter32(1)},
			{Name: oid, Value: mib.Gauge32(2)},
			{Name: oid, Value: mib.TimeTicks(3)},
			{Name: oid, Value: mib.Opaque([]byte{1})},
			{Name: oid, Value: mib.Counter64(1 << 63)},
			{Name: oid, Value: mib.NoSuchObject},
			{Name: oid, Value: mib.NoSuchInstance},
			{Name: oid, Value: mib.EndOfMIBView},
		}
	)
	return map[string]PDU{
		"open":              {Type: pdu.TypeOpen, Timeout: 5, ID: far, Description: "descr"},
		"close":             {Type: pdu.TypeClose, Reason: pdu.ReasonShutdown},
		"register":          {Type: pdu.TypeRegister, Flags: pdu.FlagInstanceRegistration, Timeout: 1, Priority: 127, Subtree: oid},
		"register_range":    {Type: pdu.TypeRegister, Priority: 1, RangeSubID: 7, Subtree: oid, UpperBound: 300},
		"unregister":        {Type: pdu.TypeUnregister, Priority: 127, Subtree: oid},
		"get":               {Type: pdu.TypeGet, Ranges: ranges},
		"getnext":           {Type: pdu.TypeGetNext, Ranges: ranges},
		"getbulk":           {Type: pdu.TypeGetBulk, NonRepeaters: 1, MaxRepetitions: 258, Ranges: ranges},
		"testset":           {Type: pdu.TypeTestSet, Varbinds: varbinds},
		"commitset":         {Type: pdu.TypeCommitSet},
		"undoset":           {Type: pdu.TypeUndoSet},
		"cleanupset":        {Type: pdu.TypeCleanupSet},
		"notify":            {Type: pdu.TypeNotify, Varbinds: varbinds},
		"notify_address":    {Type: pdu.TypeNotify, Varbinds: []mib.Varbind{{Name: far, Value: mib.IPAddress([4]byte{1, 2, 3, 0})}}},
		"ping":              {Type: pdu.TypePing},
		"index_allocate":    {Type: pdu.TypeIndexAllocate, Flags: pdu.FlagNewIndex, Varbinds: varbinds},
		"index_deallocate":  {Type: pdu.TypeIndexDeallocate, Varbinds: varbinds},
		"add_agent_caps":    {Type: pdu.TypeAddAgentCaps, ID: far, Description: ""},
		"remove_agent_caps": {Type: pdu.TypeRemoveAgentCaps, ID: far},
		"response":          {Type: pdu.TypeResponse, UpTime: 7, Status: 263, Index: 258, Varbinds: varbinds},
	}
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	for name, p := range samples() {
		for _, flags := range []pdu.Flags{0, pdu.FlagNetworkByteOrder, pdu.FlagNonDefaultContext, pdu.FlagNetworkByteOrder | pdu.FlagNonDefaultContext} {
			if flags&pdu.FlagNonDefaultContext != 0 && !mayHaveContext(p.Type) {
				continue
			}
			want := p
			want.Flags |= flags
			want.Session, want.Transaction, want.Packet = 1, 1<<16, 1<<24
			if flags&pdu.FlagNonDefaultContext != 0 {
				want.Context = "vm"
			}
			got, err := Decode(Encode(want))
			if err != nil {
				t.Errorf("%s: unexpected error: %v", name, err)
				continue
			}
			if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s: unexpected PDU (-want +got):\n%s", name, diff)
			}
		}
	}
}

// TestEncodeExample is the example of RFC 2741, section 5.2: from 1.3.6.1.2.1.25.2, inclusive, to 1.3.6.1.2.1.25.2.1.
func TestEncodeExample(t *testing.T) {
	t.Parallel()
	p := PDU{Type: pdu.TypeGetNext, Flags: pdu.FlagNetworkByteOrder, Session: 7, Transaction: 8, Packet: 9, Ranges: []Range{{
		Start: mib.MustOID("1.3.6.1.2.1.25.2"), Include: true, End: mib.MustOID("1.3.6.1.2.1.25.2.1"),
	}}}
	want := []byte{
		1, 6, 16, 0, 0, 0, 0, 7, 0, 0, 0, 8, 0, 0, 0, 9, 0, 0, 0, 36,
		3, 2, 1, 0, 0, 0, 0, 1, 0, 0, 0, 25, 0, 0, 0, 2,
		4, 2, 0, 0, 0, 0, 0, 1, 0, 0, 0, 25, 0, 0, 0, 2, 0, 0, 0, 1,
	}
	if diff := cmp.Diff(want, Encode(p)); diff != "" {
		t.Errorf("unexpected octets (-want +got):\n%s", diff)
	}
}

// TestDecodeIsStrict spoils one octet, or some, of a good PDU.
func TestDecodeIsStrict(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		sample string
		spoil  func(b []byte) []byte
		want   string // a part of the error
	}{
		{"short_header", "ping", func(b []byte) []byte { return b[:19] }, "19 octets"},
		{"version", "ping", func(b []byte) []byte { b[0] = 2; return b }, "version 2"},
		{"reserved_in_the_header", "ping", func(b []byte) []byte { b[3] = 1; return b }, "reserved 1"},
		{"payload_length", "close", func(b []byte) []byte { b[16] = 8; return b }, "payload length 8, 4 octets follow"},
		{"payload_of_odd_length", "close", func(b []byte) []byte { b[16] = 3; return b[:23] }, "payload length 3"},
		{"flag_of_another_type", "get", func(b []byte) []byte { b[2] = 1; return b }, "with flags"},
		{"context_where_there_is_none", "open", func(b []byte) []byte { b[2] = 8; return b }, "with flags"},
		{"reserved_flag", "ping", func(b []byte) []byte { b[2] = 0x20; return b }, "with flags"},
		{"instance_registration_of_an_unregister", "unregister", func(b []byte) []byte { b[2] = 1; return b }, "with flags"},
		{"new_index_outside_of_an_index_pdu", "notify", func(b []byte) []byte { b[2] = 2; return b }, "with flags"},
		{"timeout_of_an_unregister", "unregister", func(b []byte) []byte { b[20] = 1; return b }, "1 where zero is wanted"},
		{"reserved_in_a_register", "register", func(b []byte) []byte { b[23] = 1; return b }, "1 where zero is wanted"},
		{"reserved_in_a_close", "close", func(b []byte) []byte { b[23] = 1; return b }, "1 where zero is wanted"},
		{"range_without_an_upper_bound", "unregister", func(b []byte) []byte { b[22] = 1; return b }, "0 octets where 4 are wanted"},
		{"unknown_type", "ping", func(b []byte) []byte { b[1] = 19; return b }, "type 19"},
		{"octets_left_over", "ping", func(b []byte) []byte { b[16] = 4; return append(b, 0, 0, 0, 0) }, "4 octets left over"},
		{"octets_missing", "close", func(b []byte) []byte { b[16] = 0; return b[:20] }, "0 octets where 1 are wanted"},
		{"reserved_in_open", "open", func(b []byte) []byte { b[21] = 1; return b }, "1 where zero is wanted"},
		{"reserved_in_an_oid", "add_agent_caps", func(b []byte) []byte { b[23] = 1; return b }, "1 where zero is wanted"},
		{"include_outside_of_a_range", "add_agent_caps", func(b []byte) []byte { b[22] = 1; return b }, "include field 1"},
		{"include_of_two", "get", func(b []byte) []byte { b[22] = 2; return b }, "include field 2"},
		{"too_many_sub_identifiers", "get", func(b []byte) []byte { b[20] = 124; return b }, "129 sub-identifiers"},
		{"missing_sub_identifiers", "remove_agent_caps", func(b []byte) []byte { b[20] = 100; return b }, "where 4 are wanted"},
		{"octet_string_too_long", "add_agent_caps", func(b []byte) []byte { b[36] = 1; return b }, "octet string of 1 octets, 0 are left"},
		{"padding", "open", func(b []byte) []byte { b[len(b)-1] = 1; return b }, "1 where zero is wanted"},
		{"ip_address_of_three_octets", "notify_address", func(b []byte) []byte { b[40] = 3; return b }, "IpAddress of 3 octets"},
		{"value_type", "notify", func(b []byte) []byte { b[20] = 3; return b }, "value type 3"},
		{"value_type_beyond_a_byte", "notify", func(b []byte) []byte { b[21] = 1; return b }, "value type 258"},
		{"reserved_in_a_varbind", "notify", func(b []byte) []byte { b[22] = 1; return b }, "1 where zero is wanted"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			good := Encode(samples()[tt.sample])
			if _, err := Decode(good); err != nil {
				t.Fatal(err)
			}
			_, err := Decode(tt.spoil(good))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("unexpected error: %v, want %q", err, tt.want)
			}
		})
	}
}

func FuzzDecode(f *testing.F) {
	for _, p := range samples() {
		f.Add(Encode(p))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := Decode(b)
		if err != nil {
			return
		}
		again, err := Decode(Encode(p))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(p, again, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("unexpected PDU (-want +got):\n%s", diff)
		}
	})
}
