package vmmib

import (
	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/mib"
)

// hypervisorScalars are vmHypervisor and the two scalars about vmTable.
func hypervisorScalars() []mib.Object[moment] {
	// What a vendor names is below enterprises (RFC 7666, section 6.1).
	zeroDotZero, enterprises := mib.OID{0, 0}, mib.OID{1, 3, 6, 1, 4, 1}
	return []mib.Object[moment]{
		&mib.Scalar[moment]{OID: oidVMHvSoftware, Read: ofHost(func(h *hv.Host) mib.Value { return text(h.Software) })},
		&mib.Scalar[moment]{OID: oidVMHvVersion, Read: ofHost(func(h *hv.Host) mib.Value { return text(h.Version) })},
		&mib.Scalar[moment]{OID: oidVMHvObjectID, Read: ofHost(func(h *hv.Host) mib.Value {
			// The MIB has no value for software to which no vendor gave a name, and its compliance statements want
			// the object. SMIv2's own name for nothing stands for it.
			if id := mib.OID(h.ObjectID); id.HasPrefix(enterprises) && len(id) <= mib.MaxSubIDs {
				return mib.ObjectID(id)
			}
			return mib.ObjectID(zeroDotZero)
		})},
		&mib.Scalar[moment]{OID: oidVMHvUpTime, Read: func(m moment) mib.Value { return upTime(m.options.Now, m.Host.Started) }},
		&mib.Scalar[moment]{OID: oidVMNumber, Read: number},
		&mib.Scalar[moment]{OID: oidVMTableLastChange, Read: func(m moment) mib.Value { return ticks(m.LastChange) }},
	}
}

// ofHost reads an object of the host. There is none before the host was read: what it runs has a name.
func ofHost(read func(*hv.Host) mib.Value) func(moment) mib.Value {
	return func(m moment) mib.Value {
		if m.Host.Software == "" {
			return mib.NoSuchInstance
		}
		return read(&m.Host)
	}
}

// number is vmNumber. Before the first reading the snapshot is empty because nothing is known.
func number(m moment) mib.Value {
	if m.StatesAt.IsZero() {
		return mib.NoSuchInstance
	}
	return mib.Integer(int32(m.Len()))
}
