package collector

import (
	"encoding/json"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/vmond/vmond/hv"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// exampleSnapshot returns a Snapshot with something in every field.
func exampleSnapshot() *Snapshot {
	at := time.Date(2026, time.January, 31, 12, 0, 0, 0, time.UTC)
	whole := &VM{
		Index: 3,
		Summary: hv.Summary{
			Key: "k3", UUID: hv.UUID{15: 3}, Name: "web \"ä\"\n", State: hv.StateRunning, Admin: hv.AdminRunning,
			AutoStart: hv.Yes, Persistent: hv.No, Run: 8,
		},
		Started: hv.Some(at.Add(-time.Hour)), Defined: true, OSType: "hvm",
		CurCPUs: hv.Some(2), MinCPUs: hv.Some(hv.NoLimit), MaxCPUs: hv.Some(4),
		CurMem: hv.Some(int64(1 << 41)), MinMem: hv.Some(int64(hv.NoLimit)), MaxMem: hv.Some(int64(1 << 42)),
		Console: hv.Some(hv.Console{Type: hv.ConsoleVNC, Address: "[::1]:5900"}),
		Process: &hv.Process{
			PID: 4711, Age: hv.Some(time.Hour), Resident: hv.Some(int64(1 << 30)), Virtual: hv.Some(int64(1 << 42)),
			UserTime: hv.Some(time.Minute), SystemTime: hv.Some(time.Duration(0)),
			MajorFaults: hv.Some(uint64(1)), MinorFaults: hv.Some(uint64(2)), CopyFaults: hv.Some(uint64(3)),
			VoluntarySwitches: hv.Some(uint64(4)), InvoluntarySwitches: hv.Some(uint64(5)), Swaps: hv.Some(uint64(0)),
			BlockReads: hv.Some(uint64(6)), BlockWrites: hv.Some(uint64(1<<64 - 1)), Nice: hv.Some(-20), Priority: hv.Some(19),
		},
		Survey: &hv.Survey{
			Run:       hv.Some(int64(8)),
			Addresses: []netip.Addr{netip.MustParseAddr("192.0.2.7"), netip.MustParseAddr("2001:db8::7")},
			Snapshots: hv.Some(2), SnapshotsSize: hv.Some(int64(1 << 41)),
		},
		CPUTime: hv.Some(90 * time.Second), StatsAt: at, Stale: true,
		CPUs: []CPU{
			{Index: 1, CPU: hv.CPU{ID: 0, Affinity: hv.Some(hv.CPUSet{0x0f, 1})}, Time: hv.Some(40 * time.Second)},
			{Index: 2, CPU: hv.CPU{ID: 1}},
		},
		Disks: []Disk{
			{
				Index: 1,
				Disk: hv.Disk{
					Key: "vda", Source: hv.SourceSparse, Format: "qcow2", Resource: "/a", ReadOnly: hv.No,
					Media: hv.MediaHardDisk, Bus: "virtio",
				},
				Stats: hv.DiskStats{
					Key: "vda", Capacity: hv.Some(int64(1 << 40)), Allocation: hv.Some(int64(0)), Physical: hv.Some(int64(1 << 39)),
					ReadRequests: hv.Some(uint64(1)), WriteRequests: hv.Some(uint64(2)), ReadBytes: hv.Some(uint64(3)),
					WriteBytes: hv.Some(uint64(1<<64 - 1)), ReadTime: hv.Some(time.Second), WriteTime: hv.Some(time.Duration(0)),
					FlushRequests: hv.Some(uint64(9)), FlushTime: hv.Some(time.Minute),
				},
			},
			{Index: 4, Disk: hv.Disk{Key: "sda", ReadOnly: hv.Yes, Media: hv.MediaOpticalDisk}, Stats: hv.DiskStats{Key: "sda"}},
		},
		NICs: []NIC{{
			Index: 1,
			NIC: hv.NIC{
				Key: "52:54:00:01:02:03", MAC: hv.MAC{0x52, 0x54, 0, 1, 2, 3}, Model: "virtio", Host: "vnet0", Bridge: "br0",
				IfIndex: hv.Some(7), Parent: hv.Some(2),
			},
			Stats: hv.NICStats{
				Key: "52:54:00:01:02:03", RxBytes: hv.Some(uint64(1)), RxPackets: hv.Some(uint64(2)),
				RxErrors: hv.Some(uint64(3)), RxDrops: hv.Some(uint64(4)), TxBytes: hv.Some(uint64(5)),
				TxPackets: hv.Some(uint64(6)), TxErrors: hv.Some(uint64(7)), TxDrops: hv.Some(uint64(8)), Collisions: hv.Some(uint64(0)),
			},
		}},
	}
	bare := &VM{Index: 1, Summary: hv.Summary{Key: "k1"}}
	s := NewSnapshot(hv.Host{
		Software: "QEMU", Version: "7.2.22", ObjectID: []uint32{1, 3, 6, 1, 4, 1}, Started: hv.Some(at.Add(-24 * time.Hour)),
		Life: "boot", CPUs: []int{0, 1}, Memory: hv.Some(int64(1 << 43)),
	}, at, whole, bare)
	s.LastChange, s.ToldAt = hv.Some(time.Minute), at.Add(5*time.Second)
	return s
}

// vmsOf returns the virtual machines of a Snapshot.
func vmsOf(s *Snapshot) []*VM { return slices.Collect(s.VMs()) }

func TestNewSnapshot(t *testing.T) {
	t.Parallel()
	s := exampleSnapshot()
	if s.Len() != 2 || s.VM(1) == nil || s.VM(3) == nil || s.VM(1).Key != "k1" || s.VM(3).Key != "k3" {
		t.Fatalf("unexpected virtual machines %v", vmsOf(s))
	}
	for _, i := range []int32{-1, 0, 2, 4, 1<<31 - 1} {
		if vm := s.VM(i); vm != nil {
			t.Errorf("unexpected virtual machine %q of index %d", vm.Key, i)
		}
	}
	if got := s.Seek(2, Any); got != s.VM(3) {
		t.Errorf("unexpected %v after index 1", got)
	}
	if got := s.Seek(0, WithNICs); got != s.VM(3) {
		t.Errorf("unexpected %v with interfaces", got)
	}
	for vm := range s.VMs() {
		if vm.Index != 1 {
			t.Errorf("index %d comes first", vm.Index)
		}
		break // which VMs must bear
	}
	empty := NewSnapshot(hv.Host{}, time.Time{})
	if empty.Len() != 0 || empty.VM(1) != nil || empty.Seek(0, Any) != nil || len(vmsOf(empty)) != 0 {
		t.Errorf("unexpected virtual machines in the empty Snapshot")
	}
	var zero Snapshot
	if zero.Len() != 0 || zero.VM(1) != nil || zero.Seek(0, WithCPUs) != nil {
		t.Errorf("unexpected virtual machines in the zero Snapshot")
	}
}

func TestNewSnapshotPanics(t *testing.T) {
	t.Parallel()
	for name, vms := range map[string][]*VM{
		"index taken":    {{Index: 1}, {Index: 2}, {Index: 1}},
		"index 0":        {{Index: 0}},
		"index negative": {{Index: -1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			defer func() {
				if text := fmt.Sprint(recover()); !strings.HasPrefix(text, "collector: ") {
					t.Fatalf("unexpected panic %q", text)
				}
			}()
			NewSnapshot(hv.Host{}, time.Time{}, vms...)
		})
	}
}

// The JSON is what scripts read: testdata/snapshot.json changes with -update, and then knowingly.
func TestSnapshotJSON(t *testing.T) {
	t.Parallel()
	s := exampleSnapshot()
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "snapshot.json")
	if *update {
		if err := os.WriteFile(golden, append(data, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(data)+"\n"); diff != "" {
		t.Fatalf("unexpected JSON (-want +got):\n%s", diff)
	}

	back := NewSnapshot(hv.Host{Life: "another"}, time.Now(), &VM{Index: 9}) // of which nothing is left
	if err := json.Unmarshal(data, back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(s.Host, back.Host); diff != "" {
		t.Errorf("unexpected host after a round trip (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(vmsOf(s), vmsOf(back), cmpopts.IgnoreUnexported(VM{}), sameAddress); diff != "" {
		t.Errorf("unexpected virtual machines after a round trip (-want +got):\n%s", diff)
	}
	if !back.LastChange.Equal(s.LastChange) || !back.StatesAt.Equal(s.StatesAt) || back.Len() != s.Len() || !back.Now().Equal(s.Now()) {
		t.Errorf("unexpected last change %v, times %v and %v, number %d", back.LastChange, back.StatesAt, back.Now(), back.Len())
	}
}

func TestEmptySnapshotJSON(t *testing.T) {
	t.Parallel()
	data, err := json.Marshal(&Snapshot{ToldAt: time.Date(2026, time.January, 31, 12, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"host":{"software":"","version":""},"told_at":"2026-01-31T12:00:00Z","vms":[]}`
	if diff := cmp.Diff(want, string(data)); diff != "" {
		t.Fatalf("unexpected JSON (-want +got):\n%s", diff)
	}
	var back Snapshot
	if err := json.Unmarshal(data, &back); err != nil || back.Len() != 0 || !back.StatesAt.IsZero() {
		t.Fatalf("unexpected Snapshot %+v: %v", back, err)
	}
}

// What is no Snapshot is an error, and leaves the old one.
func TestSnapshotJSONRefuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`[]`, `{"vms":{}}`, `{"vms":[null]}`, `{"vms":[{"index":0}]}`, `{"vms":[{"index":-5}]}`,
		`{"vms":[{"index":1},{"index":1}]}`, `{"vms":[{"index":2147483648}]}`, `{"vms":[{"index":1,"state":"flying"}]}`,
		`{"vms":[{"index":1,"uuid":"x"}]}`, `{"states_at":"noon"}`,
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			s := exampleSnapshot()
			if err := json.Unmarshal([]byte(text), s); err == nil {
				t.Fatalf("unexpected Snapshot %+v", s)
			}
			if s.Len() != 2 || s.Host.Life != "boot" {
				t.Fatalf("the old Snapshot was changed to %+v", s)
			}
		})
	}
}

func FuzzSnapshotJSON(f *testing.F) {
	data, err := json.Marshal(exampleSnapshot())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(`{"vms":[{"index":2},{"index":1},null]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var s Snapshot
		if json.Unmarshal(data, &s) != nil {
			return
		}
		again, err := json.Marshal(&s)
		if err != nil {
			return // a value that no word is for, or a time that no text is for
		}
		var back Snapshot
		if err := json.Unmarshal(again, &back); err != nil {
			t.Fatalf("failed to read what was written: %v\n%s", err, again)
		}
		last := int32(0)
		for vm := range s.VMs() {
			if vm.Index <= last || back.VM(vm.Index) == nil {
				t.Fatalf("index %d after %d", vm.Index, last)
			}
			last = vm.Index
		}
		if back.Len() != s.Len() {
			t.Fatalf("%d virtual machines became %d", s.Len(), back.Len())
		}
	})
}
