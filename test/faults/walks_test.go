//go:build linux

package faults

import (
	"testing"
	"time"

	"github.com/vmond/vmond/mib"
	"github.com/vmond/vmond/test/lab"
	"github.com/vmond/vmond/test/served"
)

// walks are what an snmpd serves of the counters of virtual machines, again and again.
type walks struct {
	snmpd   *lab.Snmpd
	columns []mib.OID
	all     []walk
}

// A walk is what one finds, by the names, and when.
type walk struct {
	at     time.Time
	values map[string]mib.Value
}

// newWalks returns those of columns, none so far.
func newWalks(s *lab.Snmpd, columns ...mib.OID) *walks { return &walks{snmpd: s, columns: columns} }

// add walks once.
func (w *walks) add(t *testing.T) {
	t.Helper()
	one := walk{at: time.Now(), values: map[string]mib.Value{}}
	for _, column := range w.columns {
		vbs := w.snmpd.BulkWalk(t, column)
		served.CheckOrder(t, vbs)
		for _, vb := range vbs {
			one.values[vb.Name.String()] = vb.Value
		}
	}
	w.all = append(w.all, one)
}

// checkStands proves that what the first walk has of a row, and of those with more indices, all others have.
func (w *walks) checkStands(t *testing.T, row uint32) {
	t.Helper()
	n := 0
	for _, column := range w.columns {
		for name, was := range w.all[0].values {
			if !mib.MustOID(name).HasPrefix(column.Append(row)) {
				continue
			}
			n++
			for _, one := range w.all {
				if is, ok := one.values[name]; !ok || is.String() != was.String() {
					t.Errorf("%s is %v after %v, and was %v", name, is, one.at.Sub(w.all[0].at), was)
					break
				}
			}
		}
	}
	if n == 0 {
		t.Errorf("there is nothing in row %d", row)
	}
}

// checkGrows proves that an instance never stands still for longer than that.
func (w *walks) checkGrows(t *testing.T, instance mib.OID, limit time.Duration) {
	t.Helper()
	name := instance.String()
	since, before := w.all[0].at, uint64(0)
	for _, one := range w.all {
		v, ok := one.values[name]
		switch {
		case !ok || v.Uint() < before:
			t.Errorf("%s is %v after %v, and was %d", name, v, one.at.Sub(w.all[0].at), before)
			return
		case v.Uint() > before:
			since, before = one.at, v.Uint()
		case one.at.Sub(since) > limit:
			t.Errorf("%s stood still for %v, want at most %v", name, one.at.Sub(since), limit)
			return
		}
	}
}
