package agentx

import (
	"context"
	"net"
	"runtime"
	"testing"

	"github.com/posteo/go-agentx/pdu"
	"go.uber.org/zap"

	"github.com/vmond/vmond/agentx/agentxtest"
	"github.com/vmond/vmond/mib"
)

// TestLengthsMakeNoRoom claims lengths that are not there. What a session allocates must be its buffer and little more. It
// is not parallel, because it counts what all goroutines allocate.
func TestLengthsMakeNoRoom(t *testing.T) {
	const most = 1 << 20
	bound := agentxtest.PDU{Type: pdu.TypeTestSet, Session: 1, Varbinds: []mib.Varbind{{Name: mib.OID{1}, Value: mib.Text("")}}}
	tests := []struct {
		name  string
		req   agentxtest.PDU
		spoil func(b []byte)
	}{
		{
			name:  "payload_of_four_gigabytes_makes_no_room",
			req:   agentxtest.PDU{Type: pdu.TypeGet},
			spoil: func(b []byte) { littleEndian.put32(b[lengthOffset:], 0xfffffffc) },
		},
		{
			name:  "payload_in_network_byte_order_of_two_gigabytes_makes_no_room",
			req:   agentxtest.PDU{Type: pdu.TypeGet, Flags: pdu.FlagNetworkByteOrder},
			spoil: func(b []byte) { bigEndian.put32(b[lengthOffset:], 0x7ffffffc) },
		},
		{
			name:  "octet_string_of_four_gigabytes_makes_no_room",
			req:   bound,
			spoil: func(b []byte) { littleEndian.put32(b[len(b)-4:], 0xfffffffc) },
		},
		{
			name:  "context_of_four_gigabytes_makes_no_room",
			req:   agentxtest.PDU{Type: pdu.TypeGet, Flags: pdu.FlagNonDefaultContext},
			spoil: func(b []byte) { littleEndian.put32(b[pdu.HeaderSize:], 0xffffffff) },
		},
		{
			name:  "oid_of_255_sub_identifiers_makes_no_room",
			req:   agentxtest.PDU{Type: pdu.TypeGet, Ranges: []agentxtest.Range{{}}},
			spoil: func(b []byte) { b[pdu.HeaderSize] = 255 },
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := agentxtest.Encode(tt.req)
			tt.spoil(b)
			tree := testTree()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			s, err := New(Config{Address: "unix:/nowhere", Subtree: subtree}, func() mib.Tree { return &tree }, zap.NewNop())
			if err != nil {
				t.Fatal(err)
			}
			s.dial = func(context.Context) (net.Conn, error) { return &tape{data: b, step: len(b)}, nil }
			if _, err := s.attempt(t.Context()); err == nil {
				t.Error("the session did not end")
			}
			runtime.ReadMemStats(&after)
			if got := after.TotalAlloc - before.TotalAlloc; got > most {
				t.Errorf("unexpected number of octets allocated: %d, want at most %d", got, most)
			}
		})
	}
}
