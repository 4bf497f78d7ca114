package vmmib_test

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/mib"
	"github.com/vmond/vmond/mib/vmmib/vmmibtest"
	"pgregory.net/rapid"
)

// indices draws what indices, and what is asked for, are made of.
func indices() *rapid.Generator[int32] {
	return rapid.SampledFrom([]int32{1, 2, 3, 7, 300, math.MaxInt32 - 1, math.MaxInt32})
}

// devices draws the indices of the devices of a kind, in order, often none.
func devices(t *rapid.T) []int32 {
	list := rapid.SliceOfNDistinct(indices(), 0, 3, rapid.ID).Draw(t, "devices")
	slices.Sort(list)
	return list
}

// drawRows draws virtual machines with any devices, and returns the names of all instances of four columns that each
// row has, in order.
func drawRows(t *rapid.T) (*collector.Snapshot, []mib.OID) {
	host := hv.Host{CPUs: rapid.SampledFrom([][]int{nil, {0}, {0, 1, 5}}).Draw(t, "host")}
	var vms []*collector.VM
	var names []mib.OID
	add := func(column string, index ...int32) {
		o := mib.MustOID("1.3.6.1.2.1.236.1." + column)
		for _, i := range index {
			o = append(o, uint32(i))
		}
		names = append(names, o)
	}
	for _, index := range rapid.SliceOfNDistinct(indices(), 0, 5, rapid.ID).Draw(t, "vms") {
		vm := &collector.VM{Index: index}
		vms = append(vms, vm)
		add("4.1.2", index)
		for _, i := range devices(t) {
			vm.CPUs = append(vm.CPUs, collector.CPU{Index: i})
			for _, n := range host.CPUs {
				add("6.1.3", index, i, int32(196608+n))
			}
		}
		for _, i := range devices(t) {
			vm.Disks = append(vm.Disks, collector.Disk{Index: i})
			add("7.1.3", index, i)
		}
		for _, i := range devices(t) {
			vm.NICs = append(vm.NICs, collector.NIC{Index: i})
			add("8.1.2", index, i)
		}
	}
	slices.SortFunc(names, mib.OID.Compare)
	return collector.NewSnapshot(host, vmmibtest.Now(), vms...), names
}

// TestSeek proves that from any index on, the first row is found that there is.
func TestSeek(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s, names := drawRows(t)
		tree := over(s)
		for _, name := range names {
			if v := tree.Get(name); v.IsException() {
				t.Fatalf("unexpected value %s of %s", v, name)
			}
		}
		key := rapid.OneOf(
			rapid.Map(indices(), func(i int32) uint32 { return uint32(i) }),
			rapid.SampledFrom([]uint32{0, 196608, 196609, 196610, 196613, 196614, 1 << 31, math.MaxUint32}))
		for _, column := range []string{"4.1.2", "6.1.3", "7.1.3", "8.1.2"} {
			o := mib.MustOID("1.3.6.1.2.1.236.1." + column)
			start := append(o.Append(), rapid.SliceOfN(key, 0, 4).Draw(t, "key")...)
			if near := within(names, o); len(near) > 0 && rapid.Bool().Draw(t, "near") {
				start = rapid.SampledFrom(near).Draw(t, "name").Append()
				start[rapid.IntRange(len(o), len(start)-1).Draw(t, "place")] = key.Draw(t, "other")
			}
			end := o.Append()
			end[len(end)-1]++
			want := "none"
			for _, name := range within(names, o) {
				if name.Compare(start) > 0 {
					want = name.String()
					break
				}
			}
			got := "none"
			if name, _, ok := tree.Next(nil, start, false, end); ok {
				got = name.String()
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("unexpected instance after %s (-want +got):\n%s", start, diff)
			}
		}
	})
}

// within returns those names that are below o.
func within(names []mib.OID, o mib.OID) []mib.OID {
	return slices.DeleteFunc(slices.Clone(names), func(name mib.OID) bool { return !name.HasPrefix(o) })
}
