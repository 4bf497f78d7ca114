package libvirt

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares got, as JSON, with the file of that name.
func golden(t *testing.T, name string, got any) {
	t.Helper()
	text, err := json.MarshalIndent(got, "", "  ")
	if err != nil {
		t.Fatalf("failed to encode: %v", err)
	}
	text = append(text, '\n')
	if *update {
		if err := os.WriteFile(name, text, 0o644); err != nil {
			t.Fatalf("failed to write: %v", err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatalf("failed to read: %v", err)
	}
	if diff := cmp.Diff(string(want), string(text)); diff != "" {
		t.Errorf("unexpected %s (-want +got):\n%s", name, diff)
	}
}

// domainJSON is a domain for a golden file.
type domainJSON struct {
	Name string        `json:"name"`
	UUID hv.UUID       `json:"uuid"`
	ID   int32         `json:"id"`
	Def  hv.Definition `json:"definition"`
}

// TestParseDomain parses what libvirt 9.0 said of real guests, and what it says of others.
func TestParseDomain(t *testing.T) {
	t.Parallel()
	for _, file := range glob(t, "testdata/domain/*.xml") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			d, err := parseDomain(read(t, file))
			if err != nil {
				t.Fatalf("failed to parse: %v", err)
			}
			const hostCPUs = 8
			for i := range d.def.CPUs {
				d.def.CPUs[i].Affinity = d.pin.of(d.def.CPUs[i].ID, hostCPUs)
			}
			golden(t, strings.TrimSuffix(file, ".xml")+".json", domainJSON{d.name, d.uuid, d.id, d.def})
		})
	}
}

func glob(t testing.TB, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no file matches %q: %v", pattern, err)
	}
	return files
}

func read(t testing.TB, file string) []byte {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("failed to read: %v", err)
	}
	return text
}

func TestParseDomainErrors(t *testing.T) {
	t.Parallel()
	const uuid = "<uuid>0a2b6c1e-5f0d-4c39-8f0e-3f3d7a1c9b13</uuid>"
	tests := []struct{ name, text, want string }{
		{"nothing", "", "EOF"},
		{"not XML", "virsh: error", "EOF"},
		{"another element", "<network>" + uuid + "</network>", "expected element type <domain>"},
		{"cut off", "<domain><name>x</name>" + uuid, "unexpected EOF"},
		{"no UUID", "<domain><name>x</name></domain>", `uuid ""`},
		{"no name", "<domain>" + uuid + "</domain>", "without a name"},
		{"an entity of its own", `<!DOCTYPE d [<!ENTITY a "aaaa">]><domain><name>&a;</name>` + uuid + "</domain>", "entity"},
		{"too long", "<domain>" + strings.Repeat(" ", maxXML) + "</domain>", "expected at most"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := parseDomain([]byte(tt.text))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("unexpected error: %v, want one with %q", err, tt.want)
			}
		})
	}
}

func TestOSType(t *testing.T) {
	t.Parallel()
	tests := []struct{ id, osType, want string }{
		{"http://debian.org/debian/12", "hvm", "debian 12"},
		{"http://microsoft.com/win/2k22", "hvm", "win 2k22"},
		{"http://libosinfo.org/unknown", "hvm", "unknown"},
		{"http://debian.org/", "hvm", "hvm"},
		{"http://debian.org", "hvm", "hvm"},
		{"debian", "hvm", "hvm"},
		{"", " exe\n", "exe"},
		{"", "", ""},
	}
	for _, tt := range tests {
		x := domainXML{OSType: tt.osType, OSInfo: osInfoXML{ID: tt.id}}
		if got := x.osType(); got != tt.want {
			t.Errorf("unexpected text for %q: %q, want %q", tt.id, got, tt.want)
		}
	}
}

func TestAgent(t *testing.T) {
	t.Parallel()
	const agent = "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0' state='connected'/></channel>"
	tests := []struct {
		name, devices string
		want          bool
	}{
		{"none", "", false},
		{"connected", agent, true},
		{"connected, beside another", strings.Replace(agent, "org.qemu.guest_agent.0", "com.redhat.spice.0", 1) + agent, true},
		{"disconnected", strings.Replace(agent, "connected", "disconnected", 1), false},
		{"off", strings.Replace(agent, " state='connected'", "", 1), false},
		{"another's", strings.Replace(agent, "org.qemu.guest_agent.0", "com.redhat.spice.0", 1), false},
	}
	for _, tt := range tests {
		d, err := parseDomain([]byte("<domain><name>vm</name><uuid>" + key(1) + "</uuid><devices>" + tt.devices + "</devices></domain>"))
		if err != nil || d.agent != tt.want {
			t.Errorf("%s: unexpected answer: %t, %v", tt.name, d.agent, err)
		}
	}
}

// FuzzParseDomain asks for no more than that what is accepted can be served: keys that are there and unique, and
// numbers that are possible.
func FuzzParseDomain(f *testing.F) {
	for _, file := range glob(f, "testdata/domain/*.xml") {
		f.Add(read(f, file))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := parseDomain(text)
		if err != nil {
			return
		}
		keys := map[string]bool{}
		for _, disk := range d.def.Disks {
			if disk.Key == "" || keys[disk.Key] {
				t.Errorf("disk with key %q that is empty or taken", disk.Key)
			}
			keys[disk.Key] = true
		}
		keys = map[string]bool{}
		for _, nic := range d.def.NICs {
			if nic.Key == "" || keys[nic.Key] {
				t.Errorf("interface with key %q that is empty or taken", nic.Key)
			}
			keys[nic.Key] = true
		}
		if n := d.def.CurCPUs.Or(0); n < 0 || n > d.def.MaxCPUs.Or(0) {
			t.Errorf("%d virtual CPUs of %d", n, d.def.MaxCPUs.Or(0))
		}
		if n := d.def.CurMem.Or(0); n < 0 {
			t.Errorf("memory of %d octets", n)
		}
		if len(d.def.Disks) > maxDevices || len(d.def.NICs) > maxDevices {
			t.Errorf("%d disks and %d interfaces", len(d.def.Disks), len(d.def.NICs))
		}
		if c, ok := d.def.Console.Get(); ok && (c.Type == "" || c.Address != "" && !d.active()) {
			t.Errorf("unexpected console %+v", c)
		}
		for _, nic := range d.def.NICs {
			if nic.Bridge != "" && !d.active() {
				t.Errorf("bridge %q of one that is off", nic.Bridge)
			}
			if n := len(nic.MAC); n != 0 && n != macOctets {
				t.Errorf("an address of %d octets", n)
			}
		}
		ids := map[int]bool{}
		for _, cpu := range d.def.CPUs {
			if cpu.ID < 0 || cpu.ID >= d.def.MaxCPUs.Or(0) || ids[cpu.ID] {
				t.Errorf("virtual CPU %d of %d, or twice", cpu.ID, d.def.MaxCPUs.Or(0))
			}
			ids[cpu.ID] = true
			if set, ok := d.pin.of(cpu.ID, 8).Get(); !ok || len(set) > 1 {
				t.Errorf("unexpected set of a host with 8 CPUs: %v, %t", set, ok)
			}
		}
	})
}
