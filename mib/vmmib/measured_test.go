package vmmib_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/mib/vmmib"
	"github.com/vmond/vmond/mib/vmmib/vmmibtest"
)

// TestLook proves which of the objects are statistics: who reads another one does not look at them.
func TestLook(t *testing.T) {
	t.Parallel()
	want := map[string]bool{
		"vmCurCpuNumber": true, "vmCurMem": true, "vmCpuTime": true,
		"vmCpuCoreTime":     true,
		"vmStorageSizeUnit": true, "vmStorageDefinedSize": true, "vmStorageAllocatedSize": true,
		"vmStorageReadIOs": true, "vmStorageWriteIOs": true, "vmStorageReadOctets": true, "vmStorageWriteOctets": true,
		"vmStorageReadLatency": true, "vmStorageWriteLatency": true,
	}
	s := vmmibtest.Snapshot()
	looks := 0
	tree := vmmib.New(func() *collector.Snapshot { return s }, vmmib.Options{Look: func() { looks++ }}).Tree()
	instances := walk(tree)
	got := map[string]bool{}
	for _, o := range vmMIB(t).objects {
		before := looks
		for _, i := range instances {
			if i.name.HasPrefix(o.oid) {
				tree.Get(i.name)
			}
		}
		if looks > before {
			got[o.name] = true
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("unexpected objects that are statistics (-want +got):\n%s", diff)
	}
}
