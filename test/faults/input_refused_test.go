//go:build linux

package faults

import (
	"errors"
	"strings"
	"testing"

	"github.com/vmond/vmond/test/lab"
	"github.com/vmond/vmond/test/served"
)

// A refused is a virtual machine that libvirt refuses, and a part of what it says.
type refused struct {
	what, xml, complaint string
}

// refusedInput returns what a real libvirt 9 refuses, which is why it can only come from something else. On the day that
// it accepts one of these, that one is to be tested as accepted.
func refusedInput() []refused {
	laughs := "<!ENTITY a0 'lol'>"
	for n := range 9 {
		laughs += "<!ENTITY a" + string(rune('1'+n)) + " '" + strings.Repeat("&a"+string(rune('0'+n))+";", 10) + "'>"
	}
	of := func(what string, d document, complaint string) refused { return refused{what, d.xml(1), complaint} }
	nic := func(mac string) string {
		return "<interface type='bridge'><mac address='" + mac + "'/><source bridge='br0'/></interface>"
	}
	disk := "<disk type='file'><source file='/d'/><target dev='vda'/></disk>"
	ordinary := document{}.xml(1)
	return []refused{
		of("a name with a newline", document{name: "a&#10;b"}, "invalid char in name"),
		of("a name with an escape", document{name: "a\x1b[2J"}, "invalid Char value 27"),
		of("a name with an escape by number", document{name: "a&#27;[2J"}, "invalid xmlChar value 27"),
		of("a name with a zero", document{name: "a&#0;b"}, "invalid xmlChar value 0"),
		of("a name with a path in it", document{name: "a/b"}, "cannot contain '/'"),
		of("a name that is no UTF-8", document{name: "a\xff\xfe"}, "not proper UTF-8"),
		{"an empty name", strings.Replace(ordinary, "input-1", "", 1), "missing name information"},
		of("another's name", document{name: lab.TestDomainName(1)}, "already exists with uuid"),
		of("another's UUID", document{uuid: "00000000-0000-4000-8000-000000000001"}, "is already defined with uuid"),
		of("a UUID that is none", document{uuid: "x"}, "malformed uuid"),
		of("an entity that grows", document{head: "<!DOCTYPE domain [" + laughs + "]>", name: "&a9;"}, "entity reference loop"),
		of("no virtual CPUs", document{vcpu: "<vcpu>0</vcpu>"}, "vcpu"),
		of("memory of 0", document{memory: "<memory>0</memory>"}, "Memory size must be specified"),
		of("memory of 2^63", document{memory: "<memory unit='b'>9223372036854775808</memory>"}, "value too large"),
		of("memory of 2^63 KiB", document{memory: "<memory>9223372036854775808</memory>"}, "value too large"),
		of("memory of 2^64-1", document{memory: "<memory unit='b'>18446744073709551615</memory>"}, "value too large"),
		of("memory below 0", document{memory: "<memory>-1</memory>"}, "Invalid value '-1'"),
		of("a disk without a target", document{devices: "<disk type='file'><source file='/d'/></disk>"}, "missing target information"),
		of("one target twice", document{devices: disk + disk}, "duplicated"),
		of("a target of another form", document{devices: strings.Replace(disk, "vda", "vda#2", 1)}, "Unknown disk name"),
		of("an empty address", document{devices: nic("")}, "unable to parse mac address"),
		of("a short address", document{devices: nic("52:54")}, "unable to parse mac address"),
		of("a long address", document{devices: nic("52:54:00:00:00:01:02")}, "unable to parse mac address"),
		of("an address of many", document{devices: nic("ff:ff:ff:ff:ff:ff")}, "multicast"),
		of("a set of more CPUs than there are numbers", document{vcpu: "<vcpu cpuset='0-65535'>1</vcpu>"}, "Failed to parse bitmap"),
		of("a rule twice", document{rest: "<cputune><vcpupin vcpu='0' cpuset='0'/><vcpupin vcpu='0' cpuset='1'/></cputune>"}, "duplicate vcpupin"),
		of("elements nested too deep", document{
			rest: "<metadata>" + strings.Repeat("<a xmlns='urn:x'>", 1000) + strings.Repeat("</a>", 1000) + "</metadata>",
		}, "Excessive depth"),
		of("9 MB, which no message has room for", document{rest: "<description>" + strings.Repeat("x", 9<<20) + "</description>"}, "Unable to encode message payload"),
		{"another root", "<network><name>x</name></network>", "expecting root element"},
		{"XML that is cut", ordinary[:len(ordinary)-9], ""},
		{"nothing", "", "Document is empty"},
	}
}

// TestInputRefused proves what libvirt refuses, and that this leaves no trace.
func TestInputRefused(t *testing.T) {
	t.Parallel()
	b := startBench(t)
	for _, r := range refusedInput() {
		err := b.define(t, r.xml)
		if err == nil {
			t.Errorf("libvirt accepts %s now: it is to be tested as accepted", r.what)
			continue
		}
		if !strings.Contains(err.Error(), r.complaint) {
			t.Errorf("unexpected complaint about %s: %.500v", r.what, err)
		}
	}
	if _, err := b.libvirtd.TryVirsh("domrename", lab.TestDomainName(1), lab.TestDomainName(2)); err == nil {
		t.Errorf("libvirt lets two virtual machines have one name now")
	}
	if b.libvirtd.Ended() {
		t.Fatal("libvirtd has ended")
	}
	if err := served.VMs(t, b.snmpd, inputOwn+inputNeighbours); err != nil {
		t.Error(err)
	}
	b.checkNeighbours(t)
	b.checkShow(t, inputOwn+inputNeighbours)
}

// TestInputLeftOut has a virtual machine that nothing tells from others but a name which is too long to be remembered. It is
// left out, and said to be, and no other is.
func TestInputLeftOut(t *testing.T) {
	t.Parallel()
	b := startBench(t)
	zeros := document{uuid: "00000000-0000-0000-0000-000000000000", name: strings.Repeat("z", 100_000)}
	if err := b.define(t, zeros.xml(1)); err != nil {
		t.Fatalf("libvirt no longer accepts it: %.500v", err)
	}
	// Others come at the same time.
	b.libvirtd.DefineTestDomains(t, inputNeighbours+1, inputNeighbours)
	served.AwaitVMs(t, b.snmpd, inputOwn+2*inputNeighbours)
	lab.Eventually(t, settle, "it is said to be left out", func() error {
		if !b.vmond.Log().Has("virtual machines are left out") {
			return errors.New("nothing is said")
		}
		return nil
	})
	if h := b.vmond.Health(t); h.Hypervisor.Readings["store"].Failures > 0 {
		t.Errorf("unexpected failure of the state file: %+v", h.Hypervisor.Readings["store"])
	}
	b.checkNeighbours(t)
	b.checkShow(t, inputOwn+2*inputNeighbours)

	b.libvirtd.Virsh(t, "undefine", zeros.name)
	zeros.name = "short"
	if err := b.define(t, zeros.xml(1)); err != nil {
		t.Fatal(err)
	}
	served.AwaitVMs(t, b.snmpd, inputOwn+2*inputNeighbours+1)
	b.checkNeighbours(t)
}
