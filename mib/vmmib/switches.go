package vmmib

import "github.com/vmond/vmond/mib"

// switchScalars are the two notification switches. No notification is sent as yet, and then the RFC demands false
// of both. They cannot be set, which vmReadOnlyCompliances allows. vmAffectedVMs, which comes after them in the MIB, is
// accessible for notify only, so that no Get or Next finds it.
func switchScalars() []mib.Object[moment] {
	off := func(moment) mib.Value { return mib.Integer(truthValueFalse) }
	return []mib.Object[moment]{
		&mib.Scalar[moment]{OID: oidVMPerVMNotificationsEnabled, Read: off},
		&mib.Scalar[moment]{OID: oidVMBulkNotificationsEnabled, Read: off},
	}
}
