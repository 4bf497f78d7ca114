package vmmib

import (
	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/mib"
)

// hypervisorScalars are vmHypervisor and the two scalars about vmTable.
func hypervisorScalars() []mib.Object[moment] {
	zeroDotZero := mib.OID{0, 0}
	return []mib.Object[moment]{
		&mib.Scalar[moment]{OID: oidVMHvSoftware, Read: ofHost(func(h *hv.Host) mib.Value { return text(h.Software) })},
		&mib.Scalar[moment]{OID: oidVMHvVersion, Read: ofHost(func(h *hv.Host) mib.Value { return text(h.Version) })},
		&mib.Scalar[moment]{OID: oidVMHvObjectID, Read: ofHost(func(h *hv.Host) mib.Value {
			// The MIB has no value for software to which no vendor gave a name, and its compliance statements want
			// the object. SMIv2's own name for nothing stands for it.
			if len(h.ObjectID) == 0 {
				return mib.ObjectID(zeroDotZero)
			}
			return mib.ObjectID(h.ObjectID)
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
