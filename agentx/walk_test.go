package agentx

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/agentx/agentxtest"
	"github.com/vmond/vmond/mib"
)

// TestWalk walks with GetNext and with GetBulk, and wants each instance once, in order.
func TestWalk(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		ask  func(start mib.OID) agentxtest.PDU
	}{
		{
			name: "walk_by_getnext_meets_every_instance_once",
			ask:  func(start mib.OID) agentxtest.PDU { return next(agentxtest.Range{Start: start}) },
		},
		{
			name: "walk_by_getbulk_meets_every_instance_once",
			ask:  func(start mib.OID) agentxtest.PDU { return bulk(0, 6, agentxtest.Range{Start: start}) },
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := serve(t)
			var got []mib.Varbind
			start := subtree
			for ended := false; !ended; {
				for _, v := range r.session.Do(tt.ask(start)).Varbinds {
					ended = v.Value.Type() == mib.TypeEndOfMIBView
					if ended {
						break
					}
					got, start = append(got, v), v.Name
				}
			}
			if diff := cmp.Diff(testTree().Instances, got); diff != "" {
				t.Errorf("unexpected walk (-want +got):\n%s", diff)
			}
		})
	}
}
