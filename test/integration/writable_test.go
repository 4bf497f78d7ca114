package integration

import (
	"testing"

	"github.com/vmond/vmond/mib"
	"github.com/vmond/vmond/test/lab"
	"github.com/vmond/vmond/test/served"
)

// TestNeverWritable proves that a SET of what is not a switch is refused as it should be, and that vmond and the master are
// as well afterwards as before.
func TestNeverWritable(t *testing.T) {
	t.Parallel()
	s := lab.StartSnmpd(t)
	lab.StartVmond(t, "sim:///?vms=5", s.AgentX)
	served.AwaitVMs(t, s, 5)
	first := s.Walk(t, served.Name)[0].Name
	tests := []struct {
		name   string
		object mib.OID
		typ    string
		value  string
		want   string
	}{
		{"a read-only scalar", served.HvSoftware, "s", "mine", "notWritable"},
		{"a read-only column", first, "s", "mine", "notWritable"},
		{"the administrative state", served.OperState.Append(1), "i", "4", "notWritable"},
		{"a column of no row", served.Name.Append(4711), "s", "mine", "notWritable"},
		{"an index", served.MIB.Append(1, 4, 1, 1, 1), "i", "5", "notWritable"},
	}
	for _, tt := range tests {
		if err := s.Set(t, tt.object.String(), tt.typ, tt.value); !failsWith(err, tt.want) {
			t.Errorf("snmpset of %s = %v, want %s", tt.name, err, tt.want)
		}
		vbs := s.Get(t, served.Number, served.PerVMNotificationsEnabled, served.BulkNotificationsEnabled, first, served.Name.Append(4711))
		want := []mib.Value{mib.Integer(5), mib.Integer(2), mib.Integer(2), vbs[3].Value, mib.NoSuchInstance}
		for i, vb := range vbs {
			if !vb.Value.Equal(want[i]) || vbs[3].Value.IsException() {
				t.Errorf("snmpget of %v after the snmpset of %s = %v, want %v", vb.Name, tt.name, vb.Value, want[i])
			}
		}
	}
}
