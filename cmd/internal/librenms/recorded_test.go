package librenms

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/test/nms"
)

// A deviation is something that HV::Monitor has wrong, and we do not.
type deviation struct {
	// key is the path of one key, or of several as path.Match has them.
	key string
	// theirs and ours are the values as JSON; a key that is not there is empty. textual is instead of both: theirs is ours,
	// but as a text.
	theirs, ours string
	textual      bool
	why          string
}

const (
	perl       = "Perl makes a text of a number that it has not reckoned with"
	noOS       = "it is text, as on CBSD; 0 says nothing"
	kibibytes  = "ps(1) has KiB, and the unit is octets"
	noPriority = "what ps(1) takes it relative to is not the same in all releases of FreeBSD"
	reads      = "it adds what was read, not what was written"
	nothing    = "it is left out where no disk was counted"
	noDrops    = "it is what the host's end has lost of what the guest sent, and what the guest was to receive nobody counts"
	hostView   = "it is what the host's end received, and libvirt's is what the guest did"
)

var libvirtDeviations = []deviation{
	{key: "VMs/*/nice", textual: true, why: perl},
	{key: "VMs/*/pri", textual: true, why: perl},
	{key: "VMs/*/disks/*/rbytes", textual: true, why: perl},
	{key: "VMs/*/disks/*/wbytes", textual: true, why: perl},
	{key: "VMs/*/disks/*/rreqs", textual: true, why: perl},
	{key: "VMs/*/disks/*/wreqs", textual: true, why: perl},
	{key: "VMs/*/disks/*/freqs", textual: true, why: perl},
	{key: "VMs/alpha/disks/sda/alloc", textual: true, why: perl},
	{key: "VMs/alpha/disks/sda/in_use", textual: true, why: perl},
	{key: "VMs/alpha/disks/sda/on_disk", textual: true, why: perl},
	{key: "VMs/beta/rreqs", ours: `0`, why: nothing},
	{key: "VMs/beta/rtime", ours: `0`, why: nothing},
	{key: "VMs/beta/wreqs", ours: `0`, why: nothing},
	{key: "VMs/beta/wtime", ours: `0`, why: nothing},
	{key: "VMs/*/os_type", theirs: `0`, ours: `""`, why: noOS},
	{key: "VMs/alpha/console", theirs: `"127.0.0.1:0,audiodev=audio1"`, ours: `"127.0.0.1:5900"`, why: "an argument of QEMU is no address"},
	{key: "VMs/delta/console", theirs: `"/usr/bin/qemu-system-x86_64"`, ours: `""`, why: "there is none"},
	{key: "VMs/delta/console_type", theirs: `"unknown"`, ours: `""`, why: "there is none"},
	{key: "VMs/alpha/vsz", theirs: `554824`, ours: `568139776`, why: kibibytes},
	{key: "VMs/delta/vsz", theirs: `478320`, ours: `489799680`, why: kibibytes},
	{key: "totals/vsz", theirs: `1033144`, ours: `1057939456`, why: kibibytes},
	{key: "VMs/delta/ifs/nic0/parent", theirs: `"labnet"`, ours: `"br0"`, why: "a network is no bridge"},
}

var cbsdDeviations = []deviation{
	{key: "VMs/*/nice", textual: true, why: perl},
	{key: "VMs/web1/pri", theirs: `"20"`, ours: `null`, why: noPriority},
	{key: "VMs/web1/disks/*/wbytes", textual: true, why: perl},
	{key: "VMs/web1/disks/*/wreqs", textual: true, why: perl},
	{key: "VMs/*/ftime", ours: `0`, why: "LibreNMS asks for it"},
	{key: "VMs/web1/pcpu", theirs: `3`, ours: `81.8`, why: "it is of the last moments, and on libvirt of the life of the process"},
	{key: "totals/pcpu", theirs: `3`, ours: `81.8`, why: "it is of the last moments, and on libvirt of the life of the process"},
	{key: "VMs/web1/vsz", theirs: `1048576000`, ours: `2147483648`, why: "it is 1024 times the resident size"},
	{key: "totals/vsz", theirs: `1048576000`, ours: `2147483648`, why: "it is 1024 times the resident size"},
	{key: "VMs/web1/wbytes", theirs: `1000`, ours: `5000`, why: reads},
	{key: "VMs/web1/wreqs", theirs: `10`, ours: `50`, why: reads},
	{key: "totals/wbytes", theirs: `1000`, ours: `5000`, why: reads},
	{key: "totals/wreqs", theirs: `10`, ours: `50`, why: reads},
	{key: "totals/snaps", theirs: `4`, ours: `2`, why: "it adds them twice"},
	{key: "VMs/old/console", theirs: `"127.0.0.1:5901"`, ours: `""`, why: "nothing listens there"},
	{key: "VMs/old/ip", theirs: `"DHCP"`, ours: `""`, why: "it is no address"},
	{key: "VMs/web1/ifs/nic0/ibytes", theirs: `3000`, ours: `4000`, why: hostView},
	{key: "VMs/web1/ifs/nic0/ipkts", theirs: `100`, ours: `200`, why: hostView},
	{key: "VMs/web1/ifs/nic0/ierrs", theirs: `1`, ours: `3`, why: hostView},
	{key: "VMs/web1/ifs/nic0/idrop", theirs: `2`, ours: `null`, why: noDrops},
	{key: "VMs/web1/ifs/nic0/obytes", theirs: `4000`, ours: `3000`, why: hostView},
	{key: "VMs/web1/ifs/nic0/opkts", theirs: `200`, ours: `100`, why: hostView},
	{key: "VMs/web1/ifs/nic0/oerrs", theirs: `3`, ours: `1`, why: hostView},
	{key: "VMs/web1/ifs/nic0/odrop", theirs: `5`, ours: `2`, why: hostView},
	{key: "VMs/web1/ibytes", theirs: `3000`, ours: `4000`, why: hostView},
	{key: "VMs/web1/ipkts", theirs: `100`, ours: `200`, why: hostView},
	{key: "VMs/web1/ierrs", theirs: `1`, ours: `3`, why: hostView},
	{key: "VMs/web1/idrop", theirs: `2`, ours: `null`, why: noDrops},
	{key: "VMs/web1/obytes", theirs: `4000`, ours: `3000`, why: hostView},
	{key: "VMs/web1/opkts", theirs: `200`, ours: `100`, why: hostView},
	{key: "VMs/web1/oerrs", theirs: `3`, ours: `1`, why: hostView},
	{key: "VMs/web1/odrop", theirs: `5`, ours: `2`, why: hostView},
	{key: "totals/ibytes", theirs: `3000`, ours: `4000`, why: hostView},
	{key: "totals/ipkts", theirs: `100`, ours: `200`, why: hostView},
	{key: "totals/ierrs", theirs: `1`, ours: `3`, why: hostView},
	{key: "totals/idrop", theirs: `2`, ours: `null`, why: noDrops},
	{key: "totals/obytes", theirs: `4000`, ours: `3000`, why: hostView},
	{key: "totals/opkts", theirs: `200`, ours: `100`, why: hostView},
	{key: "totals/oerrs", theirs: `3`, ours: `1`, why: hostView},
	{key: "totals/odrop", theirs: `5`, ours: `2`, why: hostView},
}

// offDeviations are those of a document of 2022, of virtual machines that are all shut down.
var offDeviations = []deviation{
	{key: "VMs/*/rreqs", ours: `0`, why: nothing},
	{key: "VMs/*/rtime", ours: `0`, why: nothing},
	{key: "VMs/*/wreqs", ours: `0`, why: nothing},
	{key: "VMs/*/wtime", ours: `0`, why: nothing},
	{key: "totals/rreqs", ours: `0`, why: nothing},
	{key: "totals/rtime", ours: `0`, why: nothing},
	{key: "totals/wreqs", ours: `0`, why: nothing},
	{key: "totals/wtime", ours: `0`, why: nothing},
	{key: "totals/snaps", theirs: `16`, ours: `8`, why: "it adds them twice"},
	{key: "VMs/*/os_type", theirs: `0`, ours: `""`, why: noOS},
	{key: "VMs/*/cpus", textual: true, why: perl},
	{key: "VMs/*/status_int", textual: true, why: perl},
	{key: "VMs/*/disks/*/alloc", textual: true, why: perl},
	{key: "VMs/*/disks/*/in_use", textual: true, why: perl},
	{key: "VMs/*/disks/*/on_disk", textual: true, why: perl},
}

// TestRecorded holds the documents against those that HV::Monitor made of the same hosts: the same keys everywhere, the same types,
// and the same values but for what is wrong there.
func TestRecorded(t *testing.T) {
	t.Parallel()
	tests := []struct {
		file       string
		host       *collector.Snapshot
		deviations []deviation
		unknown    []string
	}{
		{"hvmonitor-libvirt.json", libvirtLab(), libvirtDeviations, nil},
		{"hvmonitor-cbsd.json", cbsdLab(), cbsdDeviations, neverOnCBSD},
		{"hvmonitor-off.json", offHost(t), offDeviations, nil},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			t.Parallel()
			d := New(tt.host, Limits{})
			nms.Check(t, d.Compressed(MaxCompressed), tt.unknown...)
			ours, theirs := flat(t, d.JSON()), flat(t, read(t, tt.file))
			applied := make([]int, len(tt.deviations))
			keys := maps.Clone(ours)
			maps.Copy(keys, theirs)
			for _, key := range slices.Sorted(maps.Keys(keys)) {
				if theirs[key] == ours[key] {
					continue
				}
				i := slices.IndexFunc(tt.deviations, func(d deviation) bool { return d.is(key, theirs[key], ours[key]) })
				if i < 0 {
					t.Errorf("%s: HV::Monitor has %q, and we have %q", key, theirs[key], ours[key])
					continue
				}
				applied[i]++
			}
			for i, n := range applied {
				if n == 0 {
					t.Errorf("%+v is not there", tt.deviations[i])
				}
			}
		})
	}
}

// is reports whether a difference is this one.
func (d deviation) is(key, theirs, ours string) bool {
	if match, err := path.Match(d.key, key); err != nil || !match {
		return false
	}
	if d.textual {
		return theirs == strconv.Quote(ours)
	}
	return theirs == d.theirs && ours == d.ours
}

// read returns a recorded document.
func read(t testing.TB, file string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// flat returns the values in the data of a document as JSON, by their paths. Empty objects are values, too.
func flat(t testing.TB, text []byte) map[string]string {
	t.Helper()
	var envelope struct{ Data any }
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&envelope); err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	var walk func(at string, v any)
	walk = func(at string, v any) {
		if o, ok := v.(map[string]any); ok && len(o) > 0 {
			for key, v := range o {
				walk(path.Join(at, key), v)
			}
			return
		}
		value, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		out[at] = string(value)
	}
	walk("", envelope.Data)
	return out
}

// offHost returns the host of which the document of virtual machines that are shut down was made, by that document.
func offHost(t testing.TB) *collector.Snapshot {
	t.Helper()
	var theirs struct {
		Data struct {
			VMs map[string]struct {
				MemAlloc int64 `json:"mem_alloc"`
				CPUs     int   `json:",string"`
				Snaps    int
				Disks    map[string]struct {
					Alloc  int64 `json:",string"`
					InUse  int64 `json:"in_use,string"`
					OnDisk int64 `json:"on_disk,string"`
				}
			}
		}
	}
	if err := json.Unmarshal(read(t, "hvmonitor-off.json"), &theirs); err != nil {
		t.Fatal(err)
	}
	var vms []*collector.VM
	for i, name := range slices.Sorted(maps.Keys(theirs.Data.VMs)) {
		their := theirs.Data.VMs[name]
		vm := sizes(machine(int32(i+1), name, hv.StateShutdown), their.MemAlloc, their.CPUs)
		vm.Survey.Snapshots = hv.Some(their.Snaps)
		for j, key := range slices.Sorted(maps.Keys(their.Disks)) {
			disk := their.Disks[key]
			vm.Disks = append(vm.Disks, drive(int32(j+1), key, disk.Alloc, disk.InUse, disk.OnDisk))
			if key == "sdb" { // as the sums there tell
				vm.Disks[j].Media = hv.MediaOpticalDisk
			}
		}
		vms = append(vms, vm)
	}
	return snapshot(linuxHost(), vms...)
}

// TestMetrics proves that LibreNMS stores of our document what it stored of HV::Monitor's, in what its own tests have recorded.
func TestMetrics(t *testing.T) {
	t.Parallel()
	var recorded struct {
		Applications struct {
			Poller struct {
				Applications []struct{ Data string }
				Metrics      []struct {
					Metric string
					Value  json.Number // also of a text
				} `json:"application_metrics"`
			}
		}
	}
	if err := json.Unmarshal(read(t, "librenms-off.json"), &recorded); err != nil {
		t.Fatal(err)
	}
	want := map[string]float64{}
	for _, m := range recorded.Applications.Poller.Metrics {
		want[m.Metric], _ = m.Value.Float64()
	}
	if len(want) < 300 {
		t.Fatalf("%d metrics were recorded, want hundreds", len(want))
	}
	d := nms.Check(t, New(offHost(t), Limits{}).Compressed(MaxCompressed))
	got := map[string]float64{}
	for key := range d.Totals {
		got["totals_"+key] = d.Totals.Float(key)
	}
	for name, vm := range d.VMs {
		for key := range vm.Numbers {
			got[fmt.Sprintf("VMs_%s_%s", name, key)] = vm.Numbers.Float(key)
		}
		for disk, entry := range vm.Disks {
			for key := range entry.Numbers {
				got[fmt.Sprintf("VMs_%s_disks_%s_%s", name, disk, key)] = entry.Numbers.Float(key)
			}
		}
	}
	texts := []string{"_os_type", "_ip", "_console", "_console_type"}
	maps.DeleteFunc(want, func(key string, v float64) bool {
		return v == 0 && slices.ContainsFunc(texts, func(end string) bool { return strings.HasSuffix(key, end) })
	})
	maps.DeleteFunc(got, func(key string, v float64) bool {
		_, recorded := want[key]
		return v == 0 && !recorded // what HV::Monitor left out
	})
	want["totals_snaps"] /= 2 // which it had added twice
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("unexpected metrics (-want +got):\n%s", diff)
	}
}
