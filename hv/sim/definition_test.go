package sim

import (
	"hash/fnv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/vmond/vmond/hv"
)

// hypervisor returns all that the simulation of a URI tells of its virtual machines, in order.
func hypervisor(t *testing.T, uri string) (all []hv.Summary, definitions []hv.Definition) {
	t.Helper()
	s := open(t, uri)
	all, err := s.States(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range all {
		d := definition(t, s, v.Key)
		d.Started = hv.Opt[time.Time]{} // another one with each New
		definitions = append(definitions, d)
	}
	return all, definitions
}

func TestSameSeedSameVirtualMachines(t *testing.T) {
	t.Parallel()
	states, definitions := hypervisor(t, "sim:///?vms=200&seed=7&cpus=3&disks=4&nics=2")
	again, definitionsAgain := hypervisor(t, "sim:///?vms=200&seed=7&cpus=3&disks=4&nics=2")
	if diff := cmp.Diff(states, again); diff != "" {
		t.Fatalf("unexpected states of the same seed (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(definitions, definitionsAgain); diff != "" {
		t.Fatalf("unexpected definitions of the same seed (-want +got):\n%s", diff)
	}
	other, _ := hypervisor(t, "sim:///?vms=200&seed=8&cpus=3&disks=4&nics=2")
	keys := map[string]bool{}
	for _, v := range states {
		keys[v.Key] = true
	}
	for _, v := range other {
		if keys[v.Key] {
			t.Fatalf("another seed has %q too", v.Key)
		}
	}
	fewer, _ := hypervisor(t, "sim:///?vms=20&seed=7&cpus=3&disks=4&nics=2")
	if diff := cmp.Diff(states[:20], fewer); diff != "" {
		t.Fatalf("unexpected states of the first ones (-want +got):\n%s", diff)
	}
}

func TestVirtualMachinesDiffer(t *testing.T) {
	t.Parallel()
	states, definitions := hypervisor(t, "sim:///?vms=2000&disks=3&cpus=2&nics=2")
	seen := map[string]int{}
	names, macs := map[string]bool{}, map[string]bool{}
	for i, v := range states {
		id, err := hv.ParseUUID(v.Key)
		if err != nil || id != v.UUID || id[6]>>4 != 4 || id[8]>>6 != 2 {
			t.Errorf("%s: %q is not the text of random UUID %v: %v", v.Name, v.Key, v.UUID, err)
		}
		if names[v.Name] {
			t.Errorf("name %q appears twice", v.Name)
		}
		names[v.Name] = true
		seen["state "+v.State.String()]++
		seen["autostart "+v.AutoStart.String()]++
		d := definitions[i]
		affinity, _ := d.CPUs[0].Affinity.Get()
		seen["affinity "+affinity.String()]++
		most, _ := d.MaxCPUs.Get()
		seen["cpus "+strings.Repeat("I", most)]++
		console, _ := d.Console.Get()
		seen["console "+console.Type]++
		if console.Address != "" {
			seen["at "+console.Address]++
		}
		for _, disk := range d.Disks {
			seen["disk "+disk.Source.String()+" "+disk.Format+" "+disk.Media.String()]++
		}
		if d.Disks[0].Media != hv.MediaHardDisk {
			t.Errorf("%s: boots from %+v", v.Name, d.Disks[0])
		}
		for _, n := range d.NICs {
			seen["bridge "+n.Bridge]++
			if n.Key != n.MAC.String() || macs[n.Key] || n.MAC[0]&1 != 0 {
				t.Errorf("%s: address %v of key %q is not unique or not unicast", v.Name, n.MAC, n.Key)
			}
			macs[n.Key] = true
			if (n.Host != "") != v.Active() || len(n.Host) > 15 {
				t.Errorf("%s: host end %q while active is %v", v.Name, n.Host, v.Active())
			}
		}
	}
	for _, want := range []string{
		"state running", "state shutdown", "state paused", "state suspended", "autostart yes", "autostart no",
		"affinity 0-3", "affinity 0", "affinity 3", "affinity 0-1", "affinity 2-3", "cpus II", "cpus IIII",
		"disk sparse qcow2 harddisk", "disk raw raw harddisk", "disk block raw harddisk", "disk network rbd harddisk",
		"console vnc", "console spice", "console ", "bridge br0", "bridge br1", "bridge virbr0",
		"disk network nbd harddisk", "disk raw raw opticaldisk", "disk unknown  opticaldisk",
	} {
		if seen[want] < 20 {
			t.Errorf("%q appears only %d times", want, seen[want])
		}
	}
	for what, n := range seen {
		if strings.HasPrefix(what, "at ") && n > 1 {
			t.Errorf("%d consoles are %q", n, what)
		}
	}
	if t.Failed() {
		t.Logf("seen: %v", seen)
	}
}

// As many devices as the URI asks for, each with a key of its own.
func TestDefinitionHasWhatWasAskedFor(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := config{
			seed: rapid.Uint64().Draw(t, "seed"),
			cpus: rapid.IntRange(0, 80).Draw(t, "cpus"), disks: rapid.IntRange(0, 800).Draw(t, "disks"),
			nics: rapid.IntRange(0, 80).Draw(t, "nics"),
		}
		d := drawDefinition(c, rapid.Uint64Range(1, 1<<40).Draw(t, "id"))
		if len(d.CPUs) != c.cpus || len(d.Disks) != c.disks || len(d.NICs) != c.nics {
			t.Fatalf("unexpected definition with %d CPUs, %d disks, %d interfaces", len(d.CPUs), len(d.Disks), len(d.NICs))
		}
		keys := map[string]bool{}
		for i, cpu := range d.CPUs {
			set, ok := cpu.Affinity.Get()
			if cpu.ID != i || !ok || set.String() == "" || set.Has(hostCPUs) {
				t.Fatalf("unexpected CPU %+v", cpu)
			}
		}
		for _, disk := range d.Disks {
			keys[diskSort+disk.Key] = true
		}
		for _, n := range d.NICs {
			keys[nicSort+n.Key] = true
		}
		if len(keys) != c.disks+c.nics {
			t.Fatalf("%d keys of %d devices", len(keys), c.disks+c.nics)
		}
		current, most, least := d.CurMem.Or(0), d.MaxMem.Or(0), d.MinMem.Or(0)
		if current <= 0 || current > most || least > current || least != hv.NoLimit && least <= 0 {
			t.Fatalf("unexpected memory %d of %d to %d", current, least, most)
		}
		if d.CurCPUs.Or(-1) != c.cpus || d.MaxCPUs.Or(-1) < c.cpus {
			t.Fatalf("unexpected number of CPUs %v of at most %v", d.CurCPUs, d.MaxCPUs)
		}
	})
}

func TestLetters(t *testing.T) {
	t.Parallel()
	for i, want := range map[int]string{0: "a", 25: "z", 26: "aa", 51: "az", 52: "ba", 701: "zz", 702: "aaa"} {
		if got := letters(i); got != want {
			t.Errorf("unexpected letters %q of %d, want %q", got, i, want)
		}
	}
}

func TestFNV(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		h := fnv.New64a()
		_, _ = h.Write([]byte(text))
		if got := fnv1a(text); got != h.Sum64() {
			t.Fatalf("unexpected hash %x of %q, want %x", got, text, h.Sum64())
		}
	})
}
