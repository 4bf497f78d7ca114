package bench

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/mib"
)

func TestAppendRow(t *testing.T) {
	t.Parallel()
	name := mib.MustOID("1.3.6.1")
	tests := []struct {
		value mib.Value
		want  string
	}{
		{mib.Integer(-7), "1.3.6.1 i -7\n"},
		{mib.Gauge32(4294967295), "1.3.6.1 g 4294967295\n"},
		{mib.Counter32(5), "1.3.6.1 c 5\n"},
		{mib.TimeTicks(6), "1.3.6.1 t 6\n"},
		{mib.Counter64(18446744073709551615), "1.3.6.1 C 18446744073709551615\n"},
		{mib.ObjectID(mib.MustOID("0.0")), "1.3.6.1 o 0.0\n"},
		{mib.Text("a\nb"), "1.3.6.1 x 610a62\n"},
		{mib.Text(""), "1.3.6.1 x \n"},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, string(appendRow(nil, mib.Varbind{Name: name, Value: tt.value}))); diff != "" {
			t.Errorf("%v: unexpected row (-want +got):\n%s", tt.value, diff)
		}
	}
}

func TestAppendRowUnknown(t *testing.T) {
	t.Parallel()
	defer func() {
		if r := recover(); r == nil {
			t.Error("a row of a type that the rivals do not know")
		}
	}()
	appendRow(nil, mib.Varbind{Name: mib.MustOID("1.3"), Value: mib.Value{}})
}
