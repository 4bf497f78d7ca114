package librenms

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/test/nms"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// unknowns returns a host of which hardly anything is known.
func unknowns(h hv.Host) *collector.Snapshot {
	undefined, bare, old := machine(1, "undefined", hv.StateRunning), machine(2, "bare", hv.StateRunning), machine(3, "bare", hv.StateShutdown)
	undefined.Defined, undefined.Survey, undefined.StatsAt = false, nil, time.Time{}
	bare.Survey, bare.StatsAt = nil, time.Time{}
	bare.Disks = []collector.Disk{{Index: 1, Disk: hv.Disk{Key: "vda", Resource: "/images/a"}}, {Index: 2, Disk: hv.Disk{Key: "sda", Media: hv.MediaOpticalDisk}}}
	bare.NICs = []collector.NIC{{Index: 1, NIC: hv.NIC{Host: "vnet0"}}, {Index: 4}}
	old.Defined, old.Survey = false, nil
	return snapshot(h, undefined, bare, old)
}

// TestGolden holds the documents against what they were.
func TestGolden(t *testing.T) {
	t.Parallel()
	outdated := libvirtLab()
	outdated.ToldAt = noon.Add(time.Hour)
	tests := map[string]*Document{
		"libvirt":           New(libvirtLab(), Limits{}),
		"cbsd":              New(cbsdLab(), Limits{States: time.Second, Statistics: time.Minute}),
		"libvirt-outdated":  New(outdated, Limits{States: 2 * time.Hour, Statistics: time.Minute}),
		"libvirt-unknown":   New(unknowns(linuxHost()), Limits{}),
		"cbsd-unknown":      New(unknowns(freebsdHost()), Limits{}),
		"empty":             New(snapshot(linuxHost()), Limits{}),
		"libvirt-shortened": New(libvirtLab(), Limits{}),
	}
	unknown := map[string][]string{
		"cbsd": neverOnCBSD, "cbsd-unknown": {nms.Anything}, "libvirt-unknown": {nms.Anything}, "libvirt-outdated": {nms.Anything},
	}
	for name, d := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			nms.Check(t, d.JSON(), unknown[name]...)
			nms.Check(t, d.Compressed(MaxCompressed), unknown[name]...)
			text := d.JSON()
			if name == "libvirt-shortened" {
				text = shortened(t, d)
				nms.Check(t, text, unknown[name]...)
			}
			var got bytes.Buffer
			if err := json.Indent(&got, text, "", "  "); err != nil {
				t.Fatal(err)
			}
			got.WriteByte('\n')
			golden(t, name, got.String())
		})
	}
}

// golden holds a text against what it was.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("unexpected %s (-want +got):\n%s", name, diff)
	}
}

// shortened returns the JSON of a document from which one virtual machine had to be left out.
func shortened(t *testing.T, d *Document) []byte {
	t.Helper()
	var b bytes.Buffer
	c := choice{first: 2, order: d.busiest(), without: omission{ifs: d.interfaces(), disks: d.disks(), vms: 1}}
	if err := d.encode(&b, c); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestTooOld proves that nothing is told as the present that is older than it may be.
func TestTooOld(t *testing.T) {
	t.Parallel()
	never, told := collector.NewSnapshot(freebsdHost(), time.Time{}), libvirtLab()
	told.ToldAt = noon.Add(90 * time.Second)
	tests := []struct {
		name  string
		s     *collector.Snapshot
		limit time.Duration
		want  nms.Failure
	}{
		{"never", never, 0, nms.Failure{Code: 2, Text: "the states of the virtual machines were never read"}},
		{"long ago", told, time.Minute, nms.Failure{Code: 2, Text: "the states of the virtual machines were last read 1m30s ago, and may be 1m0s old"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := New(tt.s, Limits{States: tt.limit})
			if got := nms.CheckFailed(t, d.Compressed(MaxCompressed)); got != tt.want {
				t.Errorf("failure = %v, want %v", got, tt.want)
			}
		})
	}
	nms.Check(t, New(told, Limits{States: 90 * time.Second}).JSON())
	nms.Check(t, New(told, Limits{}).JSON())
}

func TestFailed(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ä", maxText)
	tests := []struct {
		code             int
		hypervisor, text string
		want             string
	}{
		{CodeLoad, Libvirt, "no \"source\"", `{"version":1,"error":1,"errorString":"no \"source\"","data":{}}`},
		{CodeRun, Libvirt, "no states", `{"version":1,"error":2,"errorString":"no states","data":{"hv":"libvirt"}}`},
		{CodeRun, CBSD, "a\xff", `{"version":1,"error":2,"errorString":"a` + "\uFFFD" + `","data":{"hv":"CBSD"}}`},
		{CodeRun, "", "x" + long, `{"version":1,"error":2,"errorString":"x` + long[:maxText-2] + `","data":{}}`},
	}
	for _, tt := range tests {
		d := Failed(tt.code, tt.hypervisor, tt.text)
		if diff := cmp.Diff(tt.want, string(d.JSON())); diff != "" {
			t.Errorf("unexpected document (-want +got):\n%s", diff)
		}
		if got := nms.CheckFailed(t, d.Compressed(MaxCompressed)); got.Code != tt.code {
			t.Errorf("code = %d, want %d", got.Code, tt.code)
		}
	}
}

// TestPresent proves that a snapshot of this process is as old as the clock says, and that the age of a process goes on.
func TestPresent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		vm := machine(1, "a", hv.StateRunning)
		vm.StatsAt, vm.Process = time.Now(), &hv.Process{Age: hv.Some(10*time.Second + 900*time.Millisecond)}
		s := collector.NewSnapshot(linuxHost(), time.Now(), vm)
		time.Sleep(90 * time.Second)
		d := nms.Check(t, New(s, Limits{States: 90 * time.Second}).Compressed(MaxCompressed), nms.Anything)
		if got := d.VMs["a"].Numbers.Int("etimes"); got != 100 {
			t.Errorf("age = %d s, want 100", got)
		}
		time.Sleep(time.Second)
		nms.CheckFailed(t, New(s, Limits{States: 90 * time.Second}).JSON())
	})
}
