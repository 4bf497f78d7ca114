//go:build linux

package guests

import (
	"fmt"
	"testing"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/mib"
	"github.com/vmond/vmond/test/lab"
)

// The tables of VM-MIB and the scalars, as RFC 7666 numbers them.
var (
	vmMIB             = mib.MustOID("1.3.6.1.2.1.236")
	vmHvSoftware      = mib.MustOID("1.3.6.1.2.1.236.1.1.1.0")
	vmHvVersion       = mib.MustOID("1.3.6.1.2.1.236.1.1.2.0")
	vmHvObjectID      = mib.MustOID("1.3.6.1.2.1.236.1.1.3.0")
	vmHvUpTime        = mib.MustOID("1.3.6.1.2.1.236.1.1.4.0")
	vmNumber          = mib.MustOID("1.3.6.1.2.1.236.1.2.0")
	vmTableLastChange = mib.MustOID("1.3.6.1.2.1.236.1.3.0")
	vmPerVMEnabled    = mib.MustOID("1.3.6.1.2.1.236.1.9.0")
	vmBulkEnabled     = mib.MustOID("1.3.6.1.2.1.236.1.10.0")

	vmEntry         = mib.MustOID("1.3.6.1.2.1.236.1.4.1")
	vmCPUEntry      = mib.MustOID("1.3.6.1.2.1.236.1.5.1")
	vmAffinityEntry = mib.MustOID("1.3.6.1.2.1.236.1.6.1")
	vmStorageEntry  = mib.MustOID("1.3.6.1.2.1.236.1.7.1")
	vmNetworkEntry  = mib.MustOID("1.3.6.1.2.1.236.1.8.1")

	ifName         = mib.MustOID("1.3.6.1.2.1.31.1.1.1.1")
	hrProcessorFrw = mib.MustOID("1.3.6.1.2.1.25.3.3.1.1")
)

// A walk is what snmpwalk says of VM-MIB, by name. What was compared is taken out of it, so that what is left over is
// what nobody expected.
type walk struct {
	t      *testing.T
	values map[string]mib.Value
	diffs  []string
}

func walkOf(t *testing.T, s *lab.Snmpd) *walk {
	t.Helper()
	w := &walk{t: t, values: map[string]mib.Value{}}
	for _, vb := range s.Walk(t, vmMIB) {
		w.values[vb.Name.String()] = vb.Value
	}
	return w
}

// indexOf returns the vmIndex of the UUID.
func (w *walk) indexOf(uuid hv.UUID) (uint32, bool) {
	for name, v := range w.values {
		n := mib.MustOID(name)
		if n.HasPrefix(vmEntry.Append(3)) && v.Equal(mib.Octets(uuid[:])) {
			return n[len(n)-1], true
		}
	}
	return 0, false
}

// take returns the value of an instance and takes it out.
func (w *walk) take(name mib.OID) (mib.Value, bool) {
	v, ok := w.values[name.String()]
	delete(w.values, name.String())
	return v, ok
}

// is compares an instance with what it should be.
func (w *walk) is(what string, name mib.OID, want mib.Value) {
	got, ok := w.take(name)
	if !ok {
		w.differs("%s (%v) is not served, want %v", what, name, want)
	} else if !got.Equal(want) {
		w.differs("%s (%v) = %v, want %v", what, name, got, want)
	}
}

// isNot makes sure that there is no such instance: nobody knows its value.
func (w *walk) isNot(what string, name mib.OID) {
	if got, ok := w.take(name); ok {
		w.differs("%s (%v) = %v, want none", what, name, got)
	}
}

// within compares a number that moves with readings before and after the walk.
func (w *walk) within(what string, name mib.OID, typ mib.Type, low, high uint64) {
	got, ok := w.take(name)
	if !ok {
		w.differs("%s (%v) is not served, want %d to %d", what, name, low, high)
	} else if got.Type() != typ || got.Uint() < low || got.Uint() > high {
		w.differs("%s (%v) = %v, want %v from %d to %d", what, name, got, typ, low, high)
	}
}

func (w *walk) differs(format string, args ...any) {
	w.diffs = append(w.diffs, fmt.Sprintf(format, args...))
}
