package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestObjectName(t *testing.T) {
	tests := []struct{ mib, want string }{
		{"vmHvSoftware", "VMHvSoftware"},
		{"vmNumber", "VMNumber"},
		{"vmUUID", "VMUUID"},
		{"vmCpuEntry", "VMCpuEntry"},
		{"vmStorageReadIOs", "VMStorageReadIOs"},
		{"vmBulkDeleted", "VMBulkDeleted"},
		{"ifIndex", "IfIndex"},
		{"", ""},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, objectName(tt.mib)); diff != "" {
			t.Errorf("unexpected name of %q (-want +got):\n%s", tt.mib, diff)
		}
	}
}

func TestEnumName(t *testing.T) {
	tests := []struct{ mib, want string }{
		{"VirtualMachineOperState", "operState"},
		{"VirtualMachineStorageSourceType", "storageSourceType"},
		{"IANAStorageMediaType", "storageMediaType"},
		{"TruthValue", "truthValue"},
		{"vmCpuAffinity", "cpuAffinity"},
		{"", ""},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, enumName(tt.mib)); diff != "" {
			t.Errorf("unexpected name of %q (-want +got):\n%s", tt.mib, diff)
		}
	}
}
