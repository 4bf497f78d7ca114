package librenms

import (
	"github.com/vmond/vmond/mib"
)

// Name is that of the application, and of the entry of NET-SNMP-EXTEND-MIB where LibreNMS looks for it.
const Name = "hv-monitor"

// active is what the RowStatus of an entry is (RFC 2579).
const active = 1

// statusColumn returns nsExtendStatus, by which LibreNMS discovers the application.
func statusColumn() mib.OID { return mib.MustOID("1.3.6.1.4.1.8072.1.3.2.2.1.21") }

// outputColumn returns nsExtendOutputFull, which it polls.
func outputColumn() mib.OID { return mib.MustOID("1.3.6.1.4.1.8072.1.3.2.3.1.2") }

// entry returns the instance of a column that is the application's: the length of the name, and its octets.
func entry(column mib.OID) mib.OID {
	index := mib.OID{uint32(len(Name))}
	for _, c := range []byte(Name) {
		index = append(index, uint32(c))
	}
	return column.Append(index...)
}

// Regions returns what a [Keeper.Tree] has: two names, each a region of its own, so that snmpd's entries stay snmpd's.
func Regions() []mib.OID { return []mib.OID{entry(statusColumn()), entry(outputColumn())} }

// Tree returns the two instances as they are now. To ask it for the document counts as a look at it.
func (k *Keeper) Tree() mib.Tree { return tree{k, k.told(), Regions()} }

// A tree has the two instances of one rendering.
type tree struct {
	keeper *Keeper
	output []byte
	names  []mib.OID // in order: status and output
}

// Get returns the value of an instance.
func (t tree) Get(name mib.OID) mib.Value {
	for i := range t.names {
		if name.Compare(t.names[i]) == 0 {
			return t.value(i)
		}
	}
	if name.HasPrefix(statusColumn()) || name.HasPrefix(outputColumn()) {
		return mib.NoSuchInstance
	}
	return mib.NoSuchObject
}

// Next finds the first instance after start.
func (t tree) Next(dst, start mib.OID, include bool, end mib.OID) (mib.OID, mib.Value, bool) {
	for i, name := range t.names {
		order := name.Compare(start)
		if order < 0 || order == 0 && !include {
			continue
		}
		if len(end) > 0 && name.Compare(end) >= 0 {
			break
		}
		return append(dst, name...), t.value(i), true
	}
	return dst, mib.Value{}, false
}

// value returns the value of the instance at i of the names.
func (t tree) value(i int) mib.Value {
	if i == 0 {
		return mib.Integer(active)
	}
	t.keeper.look()
	return mib.Octets(t.output)
}
