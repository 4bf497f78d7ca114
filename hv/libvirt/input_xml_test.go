package libvirt

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv"
)

// document returns the XML of a virtual machine with those elements in it, and those of devices.
func document(elements, devices string) string {
	return "<domain type='kvm' id='1'><name>vm</name><uuid>" + key(1) + "</uuid>" + elements +
		"<devices>" + devices + "</devices></domain>"
}

// TestParseDomainHostile has documents that are no XML, or none that libvirt writes. None is believed in part.
func TestParseDomainHostile(t *testing.T) {
	t.Parallel()
	laughs := "<!ENTITY a0 'lol'>"
	for n := 1; n < 10; n++ {
		laughs += fmt.Sprintf("<!ENTITY a%d '%s'>", n, strings.Repeat(fmt.Sprintf("&a%d;", n-1), 10))
	}
	named := func(name string) string { return strings.Replace(document("", ""), ">vm<", ">"+name+"<", 1) }
	const ten = 10 << 20
	tests := []struct{ name, text, want string }{
		{"an entity of its own", "<!DOCTYPE domain [<!ENTITY e 'x'>]>" + named("&e;"), "entity"},
		{"an entity in an attribute", "<!DOCTYPE domain [<!ENTITY e 'x'>]>" + document("<vcpu current='&e;'>2</vcpu>", ""), "entity"},
		{"a file as an entity", "<!DOCTYPE domain [<!ENTITY e SYSTEM 'file:///etc/hostname'>]>" + named("&e;"), "entity"},
		{"an entity that grows", "<!DOCTYPE domain [" + laughs + "]>" + named("&a9;"), "entity"},
		{"a character of no XML", named("a&#0;b"), "illegal character"},
		{"an escape", named("a\x1b[2Jb"), "illegal character"},
		{"not UTF-8", named("a\xff\xfeb"), "invalid UTF-8"},
		{"another encoding", "<?xml version='1.0' encoding='ISO-8859-1'?>" + named("gr\xfcn"), "encoding"},
		{"UTF-16", "\xff\xfe<\x00d\x00o\x00m\x00a\x00i\x00n\x00/\x00>\x00", "invalid"},
		{"ten megabytes", document("<description>"+strings.Repeat("x", ten)+"</description>", ""), "expected at most"},
		{"ten megabytes of nothing", strings.Repeat(" ", ten), "expected at most"},
		{"another root", "<network>" + named("vm") + "</network>", "expected element type <domain>"},
		{"a list", "<domains>" + named("vm") + "</domains>", "expected element type <domain>"},
		{"an element that is not closed", document("<memory>", ""), "element <memory> closed by"},
		{"elements that cross", document("<os><type>hvm</os></type>", ""), "element <type> closed by"},
		{"an attribute twice without quotes", document("<vcpu current=1>2</vcpu>", ""), "unquoted"},
		{"no name", named(""), "without a name"},
		{"a UUID that is none", strings.Replace(document("", ""), key(1), "x", 1), `uuid "x"`},
		{"the inside nested too deep", "<domain>" + strings.Repeat("<devices>", 1<<16), "unexpected EOF"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d, err := parseDomain([]byte(tt.text))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("unexpected error: %.200v, want one with %q", err, tt.want)
			}
			if diff := cmp.Diff(domain{}, d, cmp.AllowUnexported(domain{}, pinning{})); diff != "" {
				t.Errorf("unexpected part of it (-want +got):\n%s", diff)
			}
		})
	}
}

// TestParseDomainCut cuts the XML of real guests before and after each tag and value, and a short one after each octet.
// Only what comes after the end may be missing.
func TestParseDomainCut(t *testing.T) {
	t.Parallel()
	const short = 600
	for _, file := range glob(t, "testdata/domain/*.xml") {
		whole := read(t, file)
		end := strings.LastIndex(string(whole), "</domain>") + len("</domain>")
		for n := range whole {
			if len(whole) > short && !strings.ContainsRune("<>'\"", rune(whole[n])) {
				continue
			}
			if _, err := parseDomain(whole[:n]); (err == nil) != (n >= end) {
				t.Fatalf("%s: unexpected error of its first %d of %d octets: %v", file, n, len(whole), err)
			}
		}
	}
}

// extent is what a document says of sizes and devices, in words.
type extent struct {
	Name                    string
	Cur, Max, CPUs          string
	Memory, MaxMemory       string
	Disks, NICs, MACs, Sets []string
}

// extentOf returns it for a host of 8 CPUs.
func extentOf(d domain) extent {
	const hostCPUs = 8
	number := func(o hv.Opt[int]) string {
		if n, ok := o.Get(); ok {
			return strconv.Itoa(n)
		}
		return "unknown"
	}
	size := func(o hv.Opt[int64]) string {
		if n, ok := o.Get(); ok {
			return strconv.FormatInt(n, 10)
		}
		return "unknown"
	}
	var ids hv.CPUSet
	x := extent{
		Name: d.name, Cur: number(d.def.CurCPUs), Max: number(d.def.MaxCPUs),
		Memory: size(d.def.CurMem), MaxMemory: size(d.def.MaxMem),
	}
	for _, c := range d.def.CPUs {
		ids = ids.With(c.ID)
		if set, ok := d.pin.of(c.ID, hostCPUs).Get(); ok && set.String() != "0-7" {
			x.Sets = append(x.Sets, set.String())
		}
	}
	x.CPUs = fmt.Sprintf("%d: %s", len(d.def.CPUs), ids)
	for _, k := range d.def.Disks {
		x.Disks = append(x.Disks, k.Key)
	}
	for _, n := range d.def.NICs {
		x.NICs, x.MACs = append(x.NICs, n.Key), append(x.MACs, n.MAC.String())
	}
	return x
}

// TestParseDomainNonsense has XML in which something makes no sense. That is left out, and nothing else.
func TestParseDomainNonsense(t *testing.T) {
	t.Parallel()
	const memory, vcpu = "<memory unit='KiB'>2048</memory>", "<vcpu>2</vcpu>"
	disk := func(target string) string { return "<disk>" + target + "</disk>" }
	nic := func(mac string) string { return "<interface><mac address='" + mac + "'/></interface>" }
	healthy := extent{Name: "vm", Cur: "2", Max: "2", CPUs: "2: 0-1", Memory: "2097152", MaxMemory: "2097152"}
	with := func(change func(x *extent)) extent { x := healthy; change(&x); return x }
	noCPUs := with(func(x *extent) { x.Cur, x.Max, x.CPUs = "unknown", "unknown", "0: " })
	noMemory := with(func(x *extent) { x.Memory, x.MaxMemory = "unknown", "unknown" })
	devices := func(disks, nics, macs []string) extent {
		return with(func(x *extent) { x.Disks, x.NICs, x.MACs = disks, nics, macs })
	}
	cpus := func(cur, most, ids string) extent {
		return with(func(x *extent) { x.Cur, x.Max, x.CPUs = cur, most, ids })
	}
	tests := []struct {
		name, elements, devices string
		want                    extent
	}{
		{"healthy", memory + vcpu, "", healthy},
		{"nested deep", memory + vcpu + strings.Repeat("<metadata>", 1<<16) + strings.Repeat("</metadata>", 1<<16), "", healthy},
		{"elements that are XML's own", memory + vcpu + "<?php exit ?><!-- <vcpu>9</vcpu> --><title><![CDATA[<vcpu>9</vcpu>]]></title>", "", healthy},

		{"no virtual CPUs", memory + "<vcpu>0</vcpu>", "", noCPUs},
		{"fewer than none", memory + "<vcpu>-1</vcpu>", "", noCPUs},
		{"more than there are numbers", memory + "<vcpu>18446744073709551616</vcpu>", "", noCPUs},
		{"4,096", memory + "<vcpu>4096</vcpu>", "", cpus("4096", "4096", "4096: 0-4095")},
		{"more than libvirt answers", memory + "<vcpu>16385</vcpu>", "", noCPUs},
		{"none at the moment", memory + "<vcpu current='0'>2</vcpu>", "", healthy},
		{"more at the moment than at most", memory + "<vcpu current='3'>2</vcpu>", "", healthy},
		{
			"one of them twice", memory + vcpu + "<vcpus><vcpu id='1' enabled='yes'/><vcpu id='1' enabled='yes'/></vcpus>", "",
			cpus("2", "2", "1: 1"),
		},
		{
			"some that cannot be", memory + vcpu + "<vcpus><vcpu id='2' enabled='yes'/><vcpu id='-1' enabled='yes'/>" +
				"<vcpu id='x' enabled='yes'/><vcpu id='4294967296' enabled='yes'/><vcpu id='0' enabled='yes'/></vcpus>", "",
			cpus("2", "2", "1: 0"),
		},
		{
			"a set beyond the host", memory + "<vcpu cpuset='7-4095'>2</vcpu>", "",
			with(func(x *extent) { x.Sets = []string{"7", "7"} }),
		},
		{
			"a set that is none", memory + "<vcpu cpuset='0-65536'>2</vcpu>", "", healthy,
		},
		{
			"a rule twice", memory + vcpu + "<cputune><vcpupin vcpu='0' cpuset='1'/><vcpupin vcpu='0' cpuset='2'/></cputune>", "",
			with(func(x *extent) { x.Sets = []string{"1"} }),
		},

		{"no memory", vcpu, "", noMemory},
		{"memory of 0", vcpu + "<memory>0</memory>", "", with(func(x *extent) { x.Memory, x.MaxMemory = "0", "0" })},
		{"memory of 2^63", vcpu + "<memory unit='b'>9223372036854775808</memory>", "", noMemory},
		{"memory of 2^63 KiB", vcpu + "<memory>9223372036854775808</memory>", "", noMemory},
		{"memory of 2^64-1", vcpu + "<memory unit='b'>18446744073709551615</memory>", "", noMemory},
		{"memory below 0", vcpu + "<memory>-1</memory>", "", noMemory},
		{
			"the most memory", vcpu + "<memory unit='b'>9223372036854775807</memory>", "",
			with(func(x *extent) { x.Memory = strconv.Itoa(math.MaxInt64); x.MaxMemory = x.Memory }),
		},

		{"disks without a target", memory + vcpu, disk("") + disk("<target/>"), devices([]string{"disk", "disk#2"}, nil, nil)},
		{
			"disks of one target", memory + vcpu, strings.Repeat(disk("<target dev='vda'/>"), 3),
			devices([]string{"vda", "vda#2", "vda#3"}, nil, nil),
		},
		{
			"a target like the key of a twin", memory + vcpu,
			disk("<target dev='vda'/>") + disk("<target dev='vda'/>") + disk("<target dev='vda#2'/>"),
			devices([]string{"vda", "vda#3", "vda#2"}, nil, nil),
		},
		{
			"no address", memory + vcpu, "<interface/>" + nic(""),
			devices(nil, []string{"interface", "interface#2"}, []string{"", ""}),
		},
		{
			"addresses that are none", memory + vcpu,
			nic("52:54") + nic("52:54:00:00:00:01:02") + nic("52:54:00:00:00:0g") + nic(strings.Repeat("52:", 1<<16)+"00"),
			devices(nil, []string{"interface", "interface#2", "interface#3", "interface#4"}, []string{"", "", "", ""}),
		},
		{
			"one address twice", memory + vcpu, strings.Repeat(nic("52:54:00:00:00:01"), 2),
			devices(nil, []string{"52:54:00:00:00:01", "52:54:00:00:00:01#2"}, []string{"52:54:00:00:00:01", "52:54:00:00:00:01"}),
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d, err := parseDomain([]byte(document(tt.elements, tt.devices)))
			if err != nil {
				t.Fatalf("failed to parse: %v", err)
			}
			if diff := cmp.Diff(tt.want, extentOf(d)); diff != "" {
				t.Errorf("unexpected extent (-want +got):\n%s", diff)
			}
		})
	}
}

// TestParseDomainManyDevices has more devices than there can be, all alike: those that no machine has places for
// are left out, the first ones are not.
func TestParseDomainManyDevices(t *testing.T) {
	t.Parallel()
	for _, element := range []string{"<disk/>", "<interface/>"} {
		for _, n := range []int{100, maxDevices, maxDevices + 1, 5 * maxDevices} {
			d, err := parseDomain([]byte(document("", strings.Repeat(element, n))))
			if err != nil {
				t.Fatalf("failed to parse %d of %s: %v", n, element, err)
			}
			got := extentOf(d)
			keys := slices.Concat(got.Disks, got.NICs)
			if len(keys) != min(n, maxDevices) || keys[1] != keys[0]+"#2" {
				t.Errorf("unexpected %d keys of %d times %s, such as %q", len(keys), n, element, keys[:2])
			}
		}
	}
}
