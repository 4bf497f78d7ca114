package librenms

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"

	"github.com/vmond/vmond/mib"
)

// TestRegions proves that the names are those that LibreNMS asks for.
func TestRegions(t *testing.T) {
	t.Parallel()
	want := []mib.OID{
		mib.MustOID("1.3.6.1.4.1.8072.1.3.2.2.1.21.10.104.118.45.109.111.110.105.116.111.114"),
		mib.MustOID("1.3.6.1.4.1.8072.1.3.2.3.1.2.10.104.118.45.109.111.110.105.116.111.114"),
	}
	if diff := cmp.Diff(want, Regions()); diff != "" {
		t.Errorf("unexpected regions (-want +got):\n%s", diff)
	}
}

func TestTreeGet(t *testing.T) {
	t.Parallel()
	tree := NewKeeper(newFed(), CBSD, options(), zap.NewNop()).Tree()
	document := mib.Octets([]byte(taken(t, Failed(CodeRun, CBSD, notYet).Compressed(MaxCompressed))))
	tests := []struct {
		name string
		oid  mib.OID
		want mib.Value
	}{
		{"status", Regions()[0], mib.Integer(1)},
		{"document", Regions()[1], document},
		{"another's status", statusColumn().Append(1, 'x'), mib.NoSuchInstance},
		{"below the document", Regions()[1].Append(0), mib.NoSuchInstance},
		{"the column itself", outputColumn(), mib.NoSuchInstance},
		{"another column", mib.MustOID("1.3.6.1.4.1.8072.1.3.2.3.1.1").Append(Regions()[1][13:]...), mib.NoSuchObject},
		{"nothing", nil, mib.NoSuchObject},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := tree.Get(tt.oid); !got.Equal(tt.want) {
				t.Errorf("unexpected value %v, want %v", got, tt.want)
			}
		})
	}
}

func TestTreeNext(t *testing.T) {
	t.Parallel()
	r := newFed()
	tree := NewKeeper(r, CBSD, options(), zap.NewNop()).Tree()
	status, output := Regions()[0], Regions()[1]
	tests := []struct {
		name       string
		start, end mib.OID
		include    bool
		want       mib.OID
		looks      int64
	}{
		{"from the beginning", nil, nil, false, status, 0},
		{"the column", statusColumn(), statusColumn().Append(99), false, status, 0},
		{"itself, included", status, nil, true, status, 0},
		{"itself, not included", status, nil, false, output, 1},
		{"the second included", output, nil, true, output, 1},
		{"after the last", output, nil, false, nil, 0},
		{"the end is not in it", statusColumn(), status, false, nil, 0},
		{"the second is beyond the end", status, output, false, nil, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := r.looks.Load()
			dst := mib.OID{7}
			got, v, ok := tree.Next(dst, tt.start, tt.include, tt.end)
			if ok != (tt.want != nil) {
				t.Fatalf("there is one: %t", ok)
			}
			if diff := cmp.Diff(append(dst, tt.want...), got); diff != "" {
				t.Errorf("unexpected name (-want +got):\n%s", diff)
			}
			if ok && !v.Equal(tree.Get(tt.want)) {
				t.Errorf("unexpected value %v", v)
			}
			if tt.want.Compare(output) == 0 {
				taken(t, v.AppendOctets(nil))
			}
			looks := r.looks.Load() - before
			if ok && tt.want.Compare(output) == 0 {
				looks-- // that of the comparison
			}
			if looks != tt.looks {
				t.Errorf("%d looks, want %d", looks, tt.looks)
			}
		})
	}
}
