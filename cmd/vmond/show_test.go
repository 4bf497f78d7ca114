package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
)

// now is when the example is looked at.
func now() time.Time { return time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC) }

// example returns a snapshot that has everything: what is known, what is not, what is stale, and names that nobody
// would give in good faith.
func example(t *testing.T) *collector.Snapshot {
	t.Helper()
	ago := func(d time.Duration) time.Time { return now().Add(-d) }
	id, err := hv.ParseUUID("8815d995-63a7-403e-8308-739574f02ae2")
	if err != nil {
		t.Fatal(err)
	}
	affinity, err := hv.ParseCPUSet("0,2")
	if err != nil {
		t.Fatal(err)
	}
	host := hv.Host{
		Software: "QEMU", Version: "7.2.22", ObjectID: []uint32{1, 3, 6, 1, 4, 1, 2312},
		Started: hv.Some(ago(27 * time.Hour)), Life: "boot", CPUs: []int{0, 1, 2},
	}
	web := &collector.VM{
		Index: 1,
		Summary: hv.Summary{
			Key: id.String(), UUID: id, Name: "web-01", State: hv.StateRunning, Admin: hv.AdminRunning,
			AutoStart: hv.Yes, Persistent: hv.Yes, Run: 7,
		},
		Started: hv.Some(ago(26 * time.Hour)), Defined: true, OSType: "hvm",
		CurCPUs: hv.Some(2), MinCPUs: hv.Some(hv.NoLimit), MaxCPUs: hv.Some(4),
		CurMem: hv.Some(int64(3 << 29)), MinMem: hv.Some(int64(hv.NoLimit)), MaxMem: hv.Some(int64(2 << 30)),
		CPUTime: hv.Some(75*time.Minute + 12*time.Second), StatsAt: ago(3 * time.Second),
		CPUs: []collector.CPU{
			{Index: 1, CPU: hv.CPU{ID: 0, Affinity: hv.Some(affinity)}, Time: hv.Some(12340 * time.Millisecond)},
			{Index: 2, CPU: hv.CPU{ID: 1}},
		},
		Disks: []collector.Disk{
			{Index: 1, Disk: hv.Disk{
				Key: "vda", Source: hv.SourceSparse, Format: "qcow2", Resource: "/srv/web.qcow2", ReadOnly: hv.No,
				Media: hv.MediaHardDisk, Bus: "virtio",
			}, Stats: hv.DiskStats{
				Key: "vda", Capacity: hv.Some(int64(20 << 30)), Allocation: hv.Some(int64(5 << 30)),
				ReadRequests: hv.Some(uint64(1234)), WriteRequests: hv.Some(uint64(0)),
				ReadBytes: hv.Some(uint64(1023)), WriteBytes: hv.Some(uint64(1024)),
				ReadTime: hv.Some(time.Second), WriteTime: hv.Some(2 * time.Second),
			}},
			{Index: 3, Disk: hv.Disk{Key: "sda", ReadOnly: hv.Yes, Media: hv.MediaOpticalDisk}},
		},
		NICs: []collector.NIC{{Index: 1, NIC: hv.NIC{
			Key: "52:54:00:12:34:56", MAC: hv.MAC{0x52, 0x54, 0, 0x12, 0x34, 0x56}, Model: "virtio", Host: "vnet0",
			IfIndex: hv.Some(7), Parent: hv.Some(2),
		}, Stats: hv.NICStats{
			Key: "52:54:00:12:34:56", RxBytes: hv.Some(uint64(1 << 40)), RxPackets: hv.Some(uint64(99)),
			RxErrors: hv.Some(uint64(1)), RxDrops: hv.Some(uint64(2)), TxBytes: hv.Some(uint64(5)),
			TxPackets: hv.Some(uint64(3)), TxErrors: hv.Some(uint64(4)), TxDrops: hv.Some(uint64(6)),
		}}},
	}
	off := &collector.VM{
		Index:   12,
		Summary: hv.Summary{Key: "off", Name: "仮想-02", State: hv.StateShutdown, Admin: hv.AdminShutdown, AutoStart: hv.No, Persistent: hv.Yes},
		Defined: true, CurCPUs: hv.Some(1), CurMem: hv.Some(int64(256 << 20)), StatsAt: ago(90 * time.Second), Stale: true,
		CPUs: []collector.CPU{{Index: 1}},
	}
	evil := &collector.VM{
		Index:   3,
		Summary: hv.Summary{Key: "evil", Name: "x\x1b[2J\n\u009b1A\u202e\xff", State: hv.StateShuttingDown},
		Disks:   []collector.Disk{{Index: 1, Disk: hv.Disk{Key: "vda", Resource: "/a\nb"}}},
		NICs:    []collector.NIC{{Index: 1, NIC: hv.NIC{Key: "0", Host: "\x07"}}},
	}
	s := collector.NewSnapshot(host, ago(2*time.Second), web, off, evil)
	s.LastChange, s.ToldAt = hv.Some(26*time.Hour+30*time.Minute), now()
	return s
}

// TestShowGolden pins each view in both forms.
func TestShowGolden(t *testing.T) {
	// The table of the host shows local time.
	local := time.Local
	time.Local = time.UTC
	t.Cleanup(func() { time.Local = local })
	for _, name := range append(viewNames(), "") {
		for _, form := range []string{asTable, asJSON} {
			var b strings.Builder
			if err := write(&b, example(t), name, form); err != nil {
				t.Fatal(err)
			}
			file := name
			if file == "" {
				file = "all"
			}
			golden(t, "show/"+file+"."+form, b.String())
			if strings.ContainsFunc(b.String(), func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }) {
				t.Errorf("%s.%s would command a terminal: %q", file, form, b.String())
			}
		}
	}
}

// TestShowEmpty proves that nothing known is shown as nothing known.
func TestShowEmpty(t *testing.T) {
	t.Parallel()
	s := collector.NewSnapshot(hv.Host{}, now())
	s.ToldAt = now()
	for _, name := range viewNames() {
		var table, text strings.Builder
		if err := write(&table, s, name, asTable); err != nil {
			t.Fatal(err)
		}
		if err := write(&text, s, name, asJSON); err != nil {
			t.Fatal(err)
		}
		if name == "host" {
			continue
		}
		if n := strings.Count(table.String(), "\n"); n != 1 {
			t.Errorf("%s: %d lines, want the titles only", name, n)
		}
		if text.String() != "[]\n" {
			t.Errorf("%s: unexpected JSON %q", name, text.String())
		}
	}
}

// TestShowJSONIsComplete proves that what show writes is a snapshot that can be read again.
func TestShowJSONIsComplete(t *testing.T) {
	t.Parallel()
	want := example(t)
	var b strings.Builder
	if err := write(&b, want, "", asJSON); err != nil {
		t.Fatal(err)
	}
	var got collector.Snapshot
	if err := json.Unmarshal([]byte(b.String()), &got); err != nil {
		t.Fatal(err)
	}
	var again strings.Builder
	if err := write(&again, &got, "", asJSON); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(decoded(t, b.String()), decoded(t, again.String())); diff != "" {
		t.Errorf("unexpected snapshot (-want +got):\n%s", diff)
	}
	if got.Len() != want.Len() {
		t.Errorf("%d virtual machines, want %d", got.Len(), want.Len())
	}
}

// decoded returns the value of a JSON text.
func decoded(t *testing.T, text string) (v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	return v
}
