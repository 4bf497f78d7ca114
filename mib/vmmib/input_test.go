package vmmib_test

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/mib"
	"github.com/vmond/vmond/mib/vmmib/vmmibtest"
)

// The index of a virtual machine that a hypervisor tells nonsense of, and those of its neighbours.
const before, evilIndex, after = 1, 2, 3

// neighbour returns a healthy virtual machine with a device of each kind.
func neighbour(index int32) *collector.VM {
	return &collector.VM{
		Index:   index,
		Summary: hv.Summary{Key: strconv.Itoa(int(index)), Name: "healthy", State: hv.StateRunning, Admin: hv.AdminRunning, Run: 1},
		Defined: true, CurCPUs: hv.Some(1), CurMem: hv.Some[int64](1 << 30), CPUTime: hv.Some(time.Second),
		CPUs:  []collector.CPU{{Index: 1, CPU: hv.CPU{Affinity: hv.Some(hv.CPUSet{1})}, Time: hv.Some(time.Second)}},
		Disks: []collector.Disk{{Index: 1, Disk: hv.Disk{Key: "vda", Resource: "/d"}}},
		NICs:  []collector.NIC{{Index: 1, NIC: hv.NIC{Key: "0", MAC: hv.MAC{0x52, 0x54, 0, 0, 0, 1}}}},
	}
}

// served returns all instances of a snapshot by the part of their name after vmObjects, and fails if the walk is not in
// order, or an instance is not as the MIB says.
func served(t *testing.T, s *collector.Snapshot) map[string]string {
	t.Helper()
	tree := over(s)
	if _, wrong := vmMIB(t).conforms(tree); len(wrong) > 0 {
		t.Errorf("unexpected instances: %.1000s", strings.Join(wrong, "\n"))
	}
	all := map[string]string{}
	var last mib.OID
	for name, v, ok := tree.Next(nil, nil, false, nil); ok; name, v, ok = tree.Next(nil, name, false, nil) {
		if name.Compare(last) <= 0 {
			t.Fatalf("%s comes after %s", name, last)
		}
		if got := tree.Get(name); !got.Equal(v) {
			t.Errorf("GET of %s is %s, GETNEXT %s", name, got, v)
		}
		last = name
		all[strings.TrimPrefix(name.String(), "1.3.6.1.2.1.236.1.")] = v.String()
	}
	return all
}

// of returns the instances of the rows of one virtual machine.
func of(all map[string]string, index int) map[string]string {
	rows := map[string]string{}
	for name, v := range all {
		part := strings.Split(name, ".") // table, entry, column, index, ...
		if len(part) > 3 && part[3] == strconv.Itoa(index) {
			rows[name] = v
		}
	}
	return rows
}

// besides serves a virtual machine between healthy ones, and returns its instances. Those of its neighbours must be what
// they are without it.
func besides(t *testing.T, evil *collector.VM) map[string]string {
	t.Helper()
	host := hv.Host{Software: "QEMU", CPUs: []int{0}}
	alone := served(t, collector.NewSnapshot(host, vmmibtest.Now(), neighbour(before), neighbour(after)))
	evil.Index = evilIndex
	all := served(t, collector.NewSnapshot(host, vmmibtest.Now(), neighbour(before), evil, neighbour(after)))
	if got := all["2.0"]; got != "INTEGER: 3" {
		t.Errorf("unexpected vmNumber: %s", got)
	}
	rows := of(all, evilIndex)
	for name := range rows {
		delete(all, name)
	}
	delete(all, "2.0")
	delete(alone, "2.0")
	if diff := cmp.Diff(alone, all); diff != "" {
		t.Errorf("unexpected neighbours (-alone +beside it):\n%s", diff)
	}
	return rows
}

// text writes out a string as [mib.Value] does.
func text(s string) string { return "STRING: " + strconv.Quote(s) }

// TestInputTexts has texts that no SnmpAdminString can be, in all places where there is one.
func TestInputTexts(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, told, want string }{
		{"empty", "", ""},
		{"a newline", "a\nb", "a\ufffdb"},
		{"quotes", `"a' \`, `"a' \`},
		{"an escape", "\x1b[2Ja", "\ufffd[2Ja"},
		{"an escape of one octet", "\u009b2J", "\ufffd2J"},
		{"zeros", "a\x00\x00", "a\ufffd\ufffd"},
		{"not UTF-8", "a\xff\xfe", "a\ufffd\ufffd"},
		{"half a character", "gr\xc3", "gr\ufffd"},
		{"a surrogate", "\xed\xa0\x80", "\ufffd\ufffd\ufffd"},
		{"longer than it must be", "\xc0\x80", "\ufffd\ufffd"},
		{"300 octets of two each", strings.Repeat("ü", 150), strings.Repeat("ü", 127)},
		{"300 octets of three each", strings.Repeat("仮", 100), strings.Repeat("仮", 85)},
		{"300 octets of four each", strings.Repeat("😀", 75), strings.Repeat("😀", 63)},
		{"an accent at the cut", strings.Repeat("x", 254) + "e\u0301", strings.Repeat("x", 254) + "e"},
		{"an accent before the cut", strings.Repeat("x", 252) + "e\u0301y", strings.Repeat("x", 252) + "e\u0301"},
		{"accents only", strings.Repeat("\u0301", 150), strings.Repeat("\u0301", 127)},
		{"a megabyte", strings.Repeat("x", 1<<20), strings.Repeat("x", 255)},
		{"a megabyte of zeros", strings.Repeat("\x00", 1<<20), strings.Repeat("\ufffd", 85)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			vm := neighbour(evilIndex)
			vm.Name, vm.OSType = tt.told, tt.told
			vm.Disks[0].Format, vm.Disks[0].Resource, vm.Disks[0].Bus = tt.told, tt.told, tt.told
			vm.NICs[0].Model = tt.told
			rows := besides(t, vm)
			for _, name := range []string{"4.1.2.2", "4.1.4.2", "7.1.5.2.1", "7.1.6.2.1", "7.1.9.2.1", "8.1.4.2.1"} {
				if diff := cmp.Diff(text(tt.want), rows[name]); diff != "" {
					t.Errorf("unexpected %s (-want +got):\n%s", name, diff)
				}
			}
			host := served(t, collector.NewSnapshot(hv.Host{Software: tt.told + "x", Version: tt.told}, vmmibtest.Now()))
			if diff := cmp.Diff(text(tt.want), host["1.2.0"]); diff != "" {
				t.Errorf("unexpected vmHvVersion (-want +got):\n%s", diff)
			}
		})
	}
}

// TestInputNumbers has numbers that are beyond what their objects can tell. They are left out, or begin anew where the MIB
// says so, and never become another number.
func TestInputNumbers(t *testing.T) {
	t.Parallel()
	const absent = "absent"
	ago := func(d time.Duration) hv.Opt[time.Time] { return hv.Some(vmmibtest.Now().Add(-d)) }
	const wrap = 1 << 32 * 10 * time.Millisecond
	tests := []struct {
		name   string
		change func(vm *collector.VM)
		want   map[string]string
	}{
		{"nothing known", func(vm *collector.VM) { *vm = collector.VM{} }, map[string]string{
			"4.1.2.2": text(""), "4.1.3.2": text(""), "4.1.4.2": absent, "4.1.5.2": absent, "4.1.6.2": "INTEGER: 1", "4.1.7.2": "INTEGER: 1",
			"4.1.8.2": "INTEGER: 1", "4.1.9.2": absent, "4.1.11.2": absent, "4.1.12.2": absent, "4.1.13.2": absent, "4.1.17.2": absent,
		}},
		{"no virtual CPUs", func(vm *collector.VM) { vm.CurCPUs, vm.MaxCPUs, vm.CPUs = hv.Some(0), hv.Some(0), nil }, map[string]string{
			"4.1.9.2": "INTEGER: 0", "4.1.11.2": "INTEGER: 0", "5.1.2.2.1": absent, "6.1.3.2.1.196608": absent,
		}},
		{"fewer than none", func(vm *collector.VM) { vm.CurCPUs, vm.MaxCPUs = hv.Some(-1), hv.Some(-2) }, map[string]string{
			"4.1.9.2": absent, "4.1.11.2": absent,
		}},
		{"more than a number has", func(vm *collector.VM) { vm.CurCPUs, vm.MaxCPUs = hv.Some(1<<31), hv.Some(1<<32+1) }, map[string]string{
			"4.1.9.2": absent, "4.1.11.2": absent,
		}},
		{"memory of 0", func(vm *collector.VM) { vm.CurMem, vm.MaxMem = hv.Some[int64](0), hv.Some[int64](0) }, map[string]string{
			"4.1.12.2": "INTEGER: 1024", "4.1.13.2": "INTEGER: 0", "4.1.15.2": "INTEGER: 0",
		}},
		{"memory of 2^63-1", func(vm *collector.VM) { vm.CurMem, vm.MaxMem = hv.Some[int64](math.MaxInt64), hv.Some[int64](1<<30) }, map[string]string{
			"4.1.12.2": "INTEGER: 1024", "4.1.13.2": absent, "4.1.15.2": "INTEGER: 1048576",
		}},
		{"memory of 2^63, which wraps", func(vm *collector.VM) { vm.CurMem = hv.Some[int64](math.MinInt64) }, map[string]string{
			"4.1.12.2": absent, "4.1.13.2": absent,
		}},
		{"memory of 1 EiB", func(vm *collector.VM) { vm.CurMem = hv.Some[int64](1 << 60) }, map[string]string{
			"4.1.12.2": "INTEGER: 1073741824", "4.1.13.2": "INTEGER: 1073741824",
		}},
		{"a CPU time below 0", func(vm *collector.VM) {
			vm.CPUTime, vm.CPUs[0].Time = hv.Some[time.Duration](-1), hv.Some[time.Duration](math.MinInt64)
		}, map[string]string{"4.1.17.2": absent, "5.1.2.2.1": absent}},
		{"the longest CPU time", func(vm *collector.VM) { vm.CPUTime = hv.Some[time.Duration](math.MaxInt64) }, map[string]string{
			"4.1.17.2": "Counter64: 9223372036854775",
		}},
		{"started in the future", func(vm *collector.VM) { vm.Started = ago(-time.Hour) }, map[string]string{"4.1.16.2": absent}},
		{"up for 497 days", func(vm *collector.VM) { vm.Started = ago(wrap - 1) }, map[string]string{"4.1.16.2": "Timeticks: 4294967295"}},
		{"up for more", func(vm *collector.VM) { vm.Started = ago(wrap + time.Second) }, map[string]string{"4.1.16.2": "Timeticks: 100"}},
		{"counters at their end", func(vm *collector.VM) {
			vm.Disks[0].Stats = hv.DiskStats{
				ReadRequests: hv.Some[uint64](math.MaxUint64), WriteRequests: hv.Some[uint64](1 << 63), ReadTime: hv.Some[time.Duration](-5),
				Capacity: hv.Some[int64](math.MaxInt64), Allocation: hv.Some[int64](-1),
			}
		}, map[string]string{
			"7.1.12.2.1": "INTEGER: -1", "7.1.11.2.1": "INTEGER: -1", "7.1.13.2.1": "Counter64: 18446744073709551615",
			"7.1.14.2.1": "Counter64: 9223372036854775808", "7.1.15.2.1": absent, "7.1.17.2.1": absent,
		}},
		{"words that there are not", func(vm *collector.VM) {
			vm.State, vm.Admin, vm.AutoStart, vm.Persistent = 99, 99, 99, 255
			vm.Disks[0].Source, vm.Disks[0].ReadOnly, vm.Disks[0].Media = 99, 99, 99
		}, map[string]string{
			"4.1.5.2": absent, "4.1.6.2": "INTEGER: 1", "4.1.7.2": "INTEGER: 1", "4.1.8.2": "INTEGER: 1",
			"7.1.4.2.1": "INTEGER: 1", "7.1.7.2.1": "INTEGER: 1", "7.1.8.2.1": "INTEGER: 2",
		}},
		{"interfaces that cannot be", func(vm *collector.VM) {
			vm.NICs[0].IfIndex, vm.NICs[0].Parent = hv.Some(math.MaxInt32+1), hv.Some(math.MinInt)
		}, map[string]string{"8.1.2.2.1": "INTEGER: 0", "8.1.3.2.1": "INTEGER: 0"}},
		{"no address", func(vm *collector.VM) { vm.NICs[0].MAC = nil }, map[string]string{"8.1.5.2.1": text("")}},
		{"an address of one octet", func(vm *collector.VM) { vm.NICs[0].MAC = hv.MAC{0} }, map[string]string{"8.1.5.2.1": text("\x00")}},
		{"an address that fills a message", func(vm *collector.VM) { vm.NICs[0].MAC = make(hv.MAC, 1<<16) }, map[string]string{
			"8.1.2.2.1": "INTEGER: 0", "8.1.5.2.1": absent,
		}},
		{"a set of more CPUs than the host has", func(vm *collector.VM) {
			vm.CPUs[0].Affinity = hv.Some(hv.CPUSet(slices.Repeat([]byte{0xff}, 1<<13)))
		}, map[string]string{"6.1.3.2.1.196608": "INTEGER: 1", "6.1.3.2.1.196609": absent}},
		{"a set of none", func(vm *collector.VM) { vm.CPUs[0].Affinity = hv.Some(hv.CPUSet(nil)) }, map[string]string{"6.1.3.2.1.196608": "INTEGER: 2"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			vm := neighbour(evilIndex)
			tt.change(vm)
			rows := besides(t, vm)
			got := map[string]string{}
			for name := range tt.want {
				got[name] = absent
				if v, ok := rows[name]; ok {
					got[name] = v
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("unexpected values (-want +got):\n%s", diff)
			}
		})
	}
}

// TestInputManyDevices has more devices than an ordinary virtual machine. Each has its row.
func TestInputManyDevices(t *testing.T) {
	t.Parallel()
	const cpus, devices = 4096, 100
	vm := neighbour(evilIndex)
	vm.CPUs, vm.Disks, vm.NICs = nil, nil, nil
	for i := range int32(cpus) {
		vm.CPUs = append(vm.CPUs, collector.CPU{Index: i + 1, Time: hv.Some(time.Second)})
	}
	for i := range int32(devices) {
		vm.Disks = append(vm.Disks, collector.Disk{Index: i + 1})
		vm.NICs = append(vm.NICs, collector.NIC{Index: i + 1})
	}
	tables := map[string]int{}
	for name := range besides(t, vm) {
		column, _, _ := strings.Cut(name, ".2.") // the index of the virtual machine
		tables[column]++
	}
	for column, want := range map[string]int{"5.1": cpus, "6.1.3": cpus, "7.1.4": devices, "8.1": devices} {
		if tables[column] != want {
			t.Errorf("%d instances of %s, want %d: %v", tables[column], column, want, tables)
		}
	}
}

// TestInputIdentity has virtual machines of one name, of one UUID and of none. Each has its row.
func TestInputIdentity(t *testing.T) {
	t.Parallel()
	var vms []*collector.VM
	for i, id := range []hv.UUID{{}, {}, {15: 7}, {15: 7}} {
		vm := neighbour(int32(i) + 1)
		vm.UUID = id
		vms = append(vms, vm)
	}
	all := served(t, collector.NewSnapshot(hv.Host{}, vmmibtest.Now(), vms...))
	got := []string{all["2.0"]}
	for i := range vms {
		got = append(got, all[fmt.Sprintf("4.1.2.%d", i+1)], all[fmt.Sprintf("4.1.3.%d", i+1)])
	}
	id := text(strings.Repeat("\x00", 15) + "\x07")
	want := []string{"INTEGER: 4", text("healthy"), text(""), text("healthy"), text(""), text("healthy"), id, text("healthy"), id}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("unexpected rows (-want +got):\n%s", diff)
	}
}

// TestInputObjectID has names of software that are not such a name.
func TestInputObjectID(t *testing.T) {
	t.Parallel()
	enterprises := []uint32{1, 3, 6, 1, 4, 1}
	tests := map[string]struct {
		id   []uint32
		want string
	}{
		"none":               {nil, "OID: 0.0"},
		"a vendor's":         {append(slices.Clone(enterprises), 2312), "OID: 1.3.6.1.4.1.2312"},
		"elsewhere":          {[]uint32{1, 3, 6, 1, 2, 1}, "OID: 0.0"},
		"one that BER lacks": {[]uint32{9, 99}, "OID: 0.0"},
		"too long":           {append(slices.Clone(enterprises), make([]uint32, mib.MaxSubIDs)...), "OID: 0.0"},
	}
	for _, name := range slices.Sorted(maps.Keys(tests)) {
		tt := tests[name]
		all := served(t, collector.NewSnapshot(hv.Host{Software: "QEMU", ObjectID: tt.id}, vmmibtest.Now(), neighbour(1)))
		if diff := cmp.Diff(tt.want, all["1.3.0"]); diff != "" {
			t.Errorf("%s: unexpected vmHvObjectID (-want +got):\n%s", name, diff)
		}
		if len(of(all, 1)) == 0 {
			t.Errorf("%s: the virtual machine is not served", name)
		}
	}
}
