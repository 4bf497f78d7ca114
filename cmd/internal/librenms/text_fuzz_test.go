package librenms

import (
	"testing"

	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/test/nms"
)

// FuzzTexts proves that LibreNMS understands a document whatever the texts in it are, and has them as they are.
func FuzzTexts(f *testing.F) {
	f.Add("web \"ä\"\\\n", "a\xffb", "")
	f.Fuzz(func(t *testing.T, one, two, three string) {
		vm := machine(1, one, hv.StateRunning)
		vm.OSType, vm.Console = two, hv.Some(hv.Console{Type: three, Address: one})
		vm.Disks = []collector.Disk{drive(1, two, 1, 1, 1), drive(2, three, 1, 1, 1)}
		vm.NICs = []collector.NIC{{Index: 3, NIC: hv.NIC{Host: one, Bridge: three}}}
		d := nms.Check(t, New(snapshot(linuxHost(), vm, machine(2, one, hv.StateShutdown), machine(3, two, hv.StateShutdown)), Limits{}).Compressed(MaxCompressed), nms.Anything)
		if len(d.VMs) != 3 {
			t.Fatalf("%d virtual machines, want 3", len(d.VMs))
		}
		got := d.VMs[clean(one)]
		if len(got.Disks) != 2 || got.Texts["os_type"] != clean(two) || got.Texts["console"] != clean(one) || got.Ifs["nic2"].Texts["parent"] != clean(three) {
			t.Fatalf("virtual machine = %+v", got)
		}
	})
}
