package farm

import (
	"testing"

	"github.com/posteo/go-agentx/pdu"

	"github.com/vmond/vmond/agentx/agentxtest"
	"github.com/vmond/vmond/mib"
)

const (
	size = 10_000 // virtual machines
	bulk = 50     // repetitions
)

// bulkRequest asks for 50 instances from the middle of a column on.
func bulkRequest() agentxtest.PDU {
	return agentxtest.PDU{
		Type: pdu.TypeGetBulk, Session: 1, MaxRepetitions: bulk,
		Ranges: []agentxtest.Range{{
			Start: mib.MustOID("1.3.6.1.2.1.236.1.4.1.2.5000"), End: mib.MustOID("1.3.6.1.2.1.237"),
		}},
	}
}

// TestBulkOverAFarm proves that a GetBulk of 50 among 10,000 virtual machines is answered right, and allocates nothing
// on its way through all rooms.
func TestBulkOverAFarm(t *testing.T) {
	m := NewMaster(t, size)
	req := bulkRequest()
	b := agentxtest.Encode(req)
	m.Write(t, b)
	resp := m.Read(t)
	if err := agentxtest.CheckResponse(req, resp); err != nil {
		t.Error(err)
	}
	if len(resp.Varbinds) != bulk {
		t.Fatalf("unexpected number of varbinds: want %d, got %d", bulk, len(resp.Varbinds))
	}
	for i, v := range resp.Varbinds {
		if want := mib.MustOID("1.3.6.1.2.1.236.1.4.1.2").Append(uint32(5001 + i)); v.Name.Compare(want) != 0 {
			t.Errorf("unexpected name of varbind %d: want %s, got %s", i+1, want, v.Name)
		}
	}
	if got := testing.AllocsPerRun(1000, func() { m.Write(t, b); m.Receive(t) }); got != 0 {
		t.Errorf("unexpected allocations for one GetBulk: %v", got)
	}
}

// BenchmarkBulkOverAFarm is one GetBulk of 50 over a unix socket, through all rooms.
func BenchmarkBulkOverAFarm(b *testing.B) {
	m := NewMaster(b, size)
	req := agentxtest.Encode(bulkRequest())
	b.ReportAllocs()
	for b.Loop() {
		m.Write(b, req)
		m.Receive(b)
	}
}
