// Package served asks an snmpd what it serves of VM-MIB, for tests.
package served

import "github.com/vmond/vmond/mib"

// The objects of VM-MIB that tests ask for, as RFC 7666 numbers them.
var (
	MIB                       = mib.MustOID("1.3.6.1.2.1.236")
	HvSoftware                = mib.MustOID("1.3.6.1.2.1.236.1.1.1.0")
	HvUpTime                  = mib.MustOID("1.3.6.1.2.1.236.1.1.4.0")
	Number                    = mib.MustOID("1.3.6.1.2.1.236.1.2.0")
	TableLastChange           = mib.MustOID("1.3.6.1.2.1.236.1.3.0")
	Name                      = mib.MustOID("1.3.6.1.2.1.236.1.4.1.2")
	UUID                      = mib.MustOID("1.3.6.1.2.1.236.1.4.1.3")
	OperState                 = mib.MustOID("1.3.6.1.2.1.236.1.4.1.6")
	CurCPUNumber              = mib.MustOID("1.3.6.1.2.1.236.1.4.1.9")
	UpTime                    = mib.MustOID("1.3.6.1.2.1.236.1.4.1.16")
	CPUTime                   = mib.MustOID("1.3.6.1.2.1.236.1.4.1.17")
	StorageResourceID         = mib.MustOID("1.3.6.1.2.1.236.1.7.1.6")
	StorageMediaType          = mib.MustOID("1.3.6.1.2.1.236.1.7.1.8")
	NetworkPhysAddress        = mib.MustOID("1.3.6.1.2.1.236.1.8.1.5")
	PerVMNotificationsEnabled = mib.MustOID("1.3.6.1.2.1.236.1.9.0")
	BulkNotificationsEnabled  = mib.MustOID("1.3.6.1.2.1.236.1.10.0")
)
