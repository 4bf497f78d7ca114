package vmmib_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/mib"
	"github.com/vmond/vmond/mib/vmmib"
	"github.com/vmond/vmond/mib/vmmib/vmmibtest"
)

// Each word of the hypervisor becomes the label of the MIB that means the same, however that is numbered.
func TestEveryWordHasItsLabel(t *testing.T) {
	t.Parallel()
	vm := func(change func(*collector.VM)) *collector.VM {
		vm := &collector.VM{Index: 1, Summary: hv.Summary{Key: "k"}, Disks: []collector.Disk{{Index: 1}}}
		vm.CPUs = []collector.CPU{{Index: 1, CPU: hv.CPU{Affinity: hv.Some(hv.CPUSet{0b01})}}}
		change(vm)
		return vm
	}
	tests := map[string][]struct {
		label string // "" says that there is none
		vm    *collector.VM
	}{}
	add := func(object, label string, change func(*collector.VM)) {
		tests[object] = append(tests[object], struct {
			label string
			vm    *collector.VM
		}{label, vm(change)})
	}
	for s := hv.StateUnknown; s <= hv.StateCrashed; s++ {
		add("vmOperState", s.String(), func(vm *collector.VM) { vm.State = s })
	}
	for s := hv.AdminUnknown; s <= hv.AdminShutdown; s++ {
		add("vmAdminState", strings.ReplaceAll(s.String(), "unknown", ""), func(vm *collector.VM) { vm.Admin = s })
	}
	for s := hv.SourceUnknown; s <= hv.SourceNetwork; s++ {
		add("vmStorageSourceType", s.String(), func(vm *collector.VM) { vm.Disks[0].Source = s })
	}
	for s := hv.MediaUnknown; s <= hv.MediaFloppyDisk; s++ {
		add("vmStorageMediaType", s.String(), func(vm *collector.VM) { vm.Disks[0].Media = s })
	}
	answers := map[string][3]string{
		"vmAutoStart":     {"unknown", "enabled", "disabled"},
		"vmPersistent":    {"unknown", "persistent", "transient"},
		"vmStorageAccess": {"unknown", "readonly", "readwrite"},
	}
	for i, a := range []hv.Answer{hv.Unknown, hv.Yes, hv.No} {
		add("vmAutoStart", answers["vmAutoStart"][i], func(vm *collector.VM) { vm.AutoStart = a })
		add("vmPersistent", answers["vmPersistent"][i], func(vm *collector.VM) { vm.Persistent = a })
		add("vmStorageAccess", answers["vmStorageAccess"][i], func(vm *collector.VM) { vm.Disks[0].ReadOnly = a })
	}
	add("vmCpuAffinity", "enable", func(*collector.VM) {})
	add("vmCpuAffinity", "disable", func(vm *collector.VM) { vm.CPUs[0].Affinity = hv.Some(hv.CPUSet{0b10}) })
	add("vmCpuAffinity", "unknown", func(vm *collector.VM) { vm.CPUs[0].Affinity = hv.Opt[hv.CPUSet]{} })

	instance := map[int]mib.OID{1: {1}, 2: {1, 1}, 3: {1, 1, vmmib.DefaultProcessorBase}}
	for _, o := range vmMIB(t).objects {
		if o.index == nil || !o.readable() || o.labels == nil {
			continue
		}
		seen := map[string]bool{}
		for _, tt := range tests[o.name] {
			tree := over(collector.NewSnapshot(hv.Host{CPUs: []int{0}}, vmmibtest.Now(), tt.vm))
			v := tree.Get(o.oid.Append(instance[len(o.index)]...))
			got := ""
			if !v.IsException() {
				got = o.labels[int64(v.Int())]
			}
			if diff := cmp.Diff(tt.label, strings.ToLower(got)); diff != "" {
				t.Errorf("unexpected label of %s (-want +got):\n%s", o.name, diff)
			}
			seen[got] = true
		}
		for _, label := range slices.Sorted(maps.Values(o.labels)) {
			if !seen[label] {
				t.Errorf("no word of the hypervisor becomes %s of %s", label, o.name)
			}
		}
	}
}
