//go:build linux

package faults

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/mib"
	"github.com/vmond/vmond/test/lab"
	"github.com/vmond/vmond/test/served"
)

const (
	// inputNeighbours is how many ordinary virtual machines there are beside those of the tests of bad input, and inputOwn
	// how many the test driver has of its own.
	inputNeighbours = 3
	inputOwn        = 1
	// inputToldOf has vmond tell of everything that happens.
	inputToldOf = "[notifications]\nper_vm = true\n"
)

// A bench is a vmond between a libvirtd with the test driver and an snmpd.
type bench struct {
	libvirtd *lab.Libvirtd
	snmpd    *lab.Snmpd
	trapd    *lab.Snmptrapd
	vmond    *lab.Vmond
	alone    map[string]string // what is served of the neighbours while nothing else is there
}

// startBench starts one. Its neighbours are served when it returns.
func startBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{libvirtd: lab.StartTestLibvirtd(t), trapd: lab.StartSnmptrapd(t)}
	b.snmpd = lab.StartSnmpd(t, b.trapd.Traps())
	b.libvirtd.DefineTestDomains(t, 1, inputNeighbours)
	b.vmond = lab.StartVmondWith(t, inputToldOf, b.libvirtd.URI(), b.snmpd.AgentX)
	served.AwaitVMs(t, b.snmpd, inputOwn+inputNeighbours)
	// The sizes of disks come with the first statistics.
	lab.Eventually(t, settle, "the statistics are read", func() error {
		h, err := b.vmond.TryHealth()
		if err == nil && h.Hypervisor.Readings["statistics"].Age == nil {
			err = errors.New("they are not")
		}
		return err
	})
	b.alone = b.neighbours(t)
	return b
}

// walk returns all that is served, in one walk.
func (b *bench) walk(t *testing.T) []mib.Varbind {
	t.Helper()
	vbs := b.snmpd.BulkWalk(t, served.MIB)
	served.CheckOrder(t, vbs)
	return vbs
}

// rows returns the instances of a walk that are about the virtual machine of that index, without it: by table, column and
// the rest of the index.
func rows(vbs []mib.Varbind, index string) map[string]string {
	const entry = len("1.3.6.1.2.1.236.1.")
	found := map[string]string{}
	for _, vb := range vbs {
		part := strings.SplitN(vb.Name.String()[entry:], ".", 5) // table, 1, column, index, rest
		if len(part) >= 4 && part[3] == index {
			found[strings.Join(slices.Delete(part, 3, 4), ".")] = vb.Value.String()
		}
	}
	return found
}

// neighbours returns what is served of the neighbours, by name of the virtual machine and of the instance.
func (b *bench) neighbours(t *testing.T) map[string]string {
	t.Helper()
	vbs := b.walk(t)
	indices := served.ColumnOf(vbs, served.Name).Indices()
	all := map[string]string{}
	for n := range inputNeighbours {
		name := lab.TestDomainName(n + 1)
		for instance, v := range rows(vbs, indices[name]) {
			all[name+" "+instance] = v
		}
	}
	return all
}

// checkNeighbours proves that what is served of the neighbours is what was served of them alone.
func (b *bench) checkNeighbours(t *testing.T) {
	t.Helper()
	if len(b.alone) < inputNeighbours*20 {
		t.Fatalf("only %d instances of the neighbours", len(b.alone))
	}
	if diff := cmp.Diff(b.alone, b.neighbours(t)); diff != "" {
		t.Errorf("unexpected neighbours (-alone +beside others):\n%s", diff)
	}
}

// define has libvirtd define the virtual machine of that XML.
func (b *bench) define(t *testing.T, xml string) error {
	t.Helper()
	file := filepath.Join(t.TempDir(), "domain.xml")
	if err := os.WriteFile(file, []byte(xml), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := b.libvirtd.TryVirsh("define", file)
	return err
}

// checkShow proves that each table of "vmond show" has a line for each of its rows, and nothing that a terminal obeys, and
// so does the log.
func (b *bench) checkShow(t *testing.T, vms int) {
	t.Helper()
	for _, view := range []string{"host", "vm", "cpu", "storage", "network", "events"} {
		for _, form := range []string{"table", "json"} {
			out, err := b.vmond.Run(t, "show", view, "-o", form, "--control", b.vmond.Control)
			if err != nil {
				t.Error(err)
			}
			checkPrintable(t, view+" as "+form, out)
			if n := strings.Count(out, "\n"); view == "vm" && form == "table" && n != vms+1 {
				t.Errorf("%d lines of %d virtual machines", n, vms)
			}
		}
	}
	checkPrintable(t, "the log", b.vmond.Log().String())
}

// checkPrintable proves that a text is lines in which a terminal obeys nothing.
func checkPrintable(t *testing.T, what, text string) {
	t.Helper()
	if !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }) {
		t.Errorf("%s is not printable: %.500q", what, text)
	}
}

// inputID returns the UUID of the n-th virtual machine of the tests of bad input.
func inputID(n int) string { return fmt.Sprintf("00000000-0000-4000-9000-%012x", n) }

// A document is the XML of a virtual machine. What is empty is ordinary.
type document struct{ head, name, uuid, memory, vcpu, devices, rest string }

// xml returns the text of the n-th one.
func (d document) xml(n int) string {
	or := func(s, ordinary string) string {
		if s == "" {
			return ordinary
		}
		return s
	}
	return d.head + "<domain type='test'><name>" + or(d.name, fmt.Sprintf("input-%d", n)) + "</name>" +
		"<uuid>" + or(d.uuid, inputID(n)) + "</uuid>" + or(d.memory, "<memory>1024</memory>") + or(d.vcpu, "<vcpu>1</vcpu>") +
		"<os><type>hvm</type></os>" + d.rest + "<devices>" + d.devices + "</devices></domain>"
}

// disks and nics return the elements of n devices.
func disks(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "<disk type='file'><source file='/d/%d'/><target dev='sd%s' bus='scsi'/></disk>", i, letters(i))
	}
	return b.String()
}

func nics(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "<interface type='bridge'><mac address='52:54:00:00:01:%02x'/><source bridge='br0'/></interface>", i)
	}
	return b.String()
}

// letters numbers a disk as Linux does: a to z, aa, ab and so on.
func letters(n int) string {
	const alphabet = 26
	last := string(rune('a' + n%alphabet))
	if n < alphabet {
		return last
	}
	return letters(n/alphabet-1) + last
}

// An accepted is a virtual machine that libvirt accepts, and what is to be served of it: values by their instance, or
// "absent", and the numbers of instances by their column.
type accepted struct {
	what  string
	doc   document
	want  map[string]string
	count map[string]int
}

// quoted is the value of a text.
func quoted(s string) string { return "STRING: " + strconv.Quote(s) }

// The columns of vmTable that are looked at, and one of each of the others.
const (
	nameColumn, uuidColumn      = "4.1.2", "4.1.3"
	curCPUColumn, maxCPUColumn  = "4.1.9", "4.1.11"
	unitColumn, curMemColumn    = "4.1.12", "4.1.13"
	maxMemColumn                = "4.1.15"
	affinityColumn              = "6.1.3"
	diskColumn, resourceColumn  = "7.1.4", "7.1.6"
	ifIndexColumn, addressColum = "8.1.2", "8.1.5"
)

// named returns a virtual machine of that name, which is served as want.
func named(what, name, want string) accepted {
	return accepted{what: what, doc: document{name: name}, want: map[string]string{nameColumn: quoted(want)}}
}

// acceptedInput returns what a real libvirt 9 accepts, and nobody would define in good faith.
func acceptedInput() []accepted {
	sized := func(what, memory, unit, cur string) accepted {
		return accepted{what: what, doc: document{memory: memory}, want: map[string]string{unitColumn: unit, curMemColumn: cur, maxMemColumn: cur}}
	}
	return []accepted{
		named("quotes", "a&quot;b'c", `a"b'c`),
		named("a tab", "a&#9;b", "a\ufffdb"),
		named("a carriage return", "a&#13;b", "a\ufffdb"),
		named("a command to a terminal", "&#x9b;2J", "\ufffd2J"),
		named("a delete", "a&#127;b", "a\ufffdb"),
		named("from right to left", "a&#x202e;b", "a\u202eb"),
		named("markup", "a&amp;&lt;b", "a&<b"),
		named("300 octets of two each", strings.Repeat("ü", 150), strings.Repeat("ü", 127)),
		named("300 octets of three each", strings.Repeat("仮", 100), strings.Repeat("仮", 85)),
		named("300 octets of four each", strings.Repeat("😀", 75), strings.Repeat("😀", 63)),
		named("an accent at the cut", strings.Repeat("x", 254)+"e\u0301", strings.Repeat("x", 254)+"e"),
		named("accents", strings.Repeat("e\u0301", 100), strings.Repeat("e\u0301", 85)),
		named("a blank", "  ", "  "),
		named("dots", "..", ".."),
		named("a backslash", `\n`, `\n`),
		named("a replacement", "a&#xfffd;b", "a\ufffdb"),
		named("100,000 characters", strings.Repeat("y", 100_000), strings.Repeat("y", 255)),
		{
			what: "an entity of its own", doc: document{head: "<!DOCTYPE domain [<!ENTITY e 'ent'>]>", name: "&e;ity"},
			want: map[string]string{nameColumn: quoted("entity")},
		},
		{
			what: "a file as an entity", doc: document{head: "<!DOCTYPE domain [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>", name: "&e;external"},
			want: map[string]string{nameColumn: quoted("external")},
		},
		{
			what: "a UUID of zeros", doc: document{uuid: "00000000-0000-0000-0000-000000000000", name: "zeros"},
			want: map[string]string{nameColumn: quoted("zeros"), uuidColumn: quoted("")},
		},
		{
			what: "4,096 virtual CPUs", doc: document{vcpu: "<vcpu>4096</vcpu>"},
			want: map[string]string{curCPUColumn: "INTEGER: 4096", maxCPUColumn: "INTEGER: 4096"},
		},
		{
			what: "more than libvirt tells", doc: document{vcpu: "<vcpu>65535</vcpu>"},
			want: map[string]string{maxCPUColumn: "absent"}, count: map[string]int{affinityColumn: 0},
		},
		{
			what: "none at the moment", doc: document{vcpu: "<vcpu current='0'>2</vcpu>"},
			want: map[string]string{maxCPUColumn: "INTEGER: 2"},
		},
		{
			what: "a set beyond the host", doc: document{vcpu: "<vcpu cpuset='0-4095'>1</vcpu>"},
			want: map[string]string{affinityColumn + ".1.196608": "INTEGER: 1"},
		},
		sized("7 EiB, which no unit has numbers for", "<memory unit='EiB'>7</memory>", "INTEGER: 1024", "absent"),
		sized("1 EiB", "<memory unit='EiB'>1</memory>", "INTEGER: 1073741824", "INTEGER: 1073741824"),
		sized("3 TiB", "<memory unit='TiB'>3</memory>", "INTEGER: 1048576", "INTEGER: 3145728"),
		sized("nothing at the moment", "<memory>1024</memory><currentMemory>0</currentMemory>", "INTEGER: 1024", "INTEGER: 1024"),
		sized("more at the moment", "<memory>1024</memory><currentMemory>9999</currentMemory>", "INTEGER: 1024", "INTEGER: 1024"),
		{
			what: "100 disks and 100 interfaces", doc: document{devices: disks(100) + nics(100)},
			count: map[string]int{diskColumn: 100, ifIndexColumn: 100},
		},
		{
			what: "a path of 600 octets with a command", doc: document{
				devices: "<disk type='file'><source file='/" + strings.Repeat("ü", 100) + "&#x9b;" + strings.Repeat("😀", 100) + "'/><target dev='vda'/></disk>",
			},
			want: map[string]string{resourceColumn + ".1": quoted("/" + strings.Repeat("ü", 100) + "\ufffd" + strings.Repeat("😀", 12))},
		},
		{
			what: "one address twice", doc: document{devices: strings.Repeat(nics(1), 2)},
			want: map[string]string{
				addressColum + ".1": quoted("RT\x00\x00\x01\x00"), addressColum + ".2": quoted("RT\x00\x00\x01\x00"),
			},
			count: map[string]int{ifIndexColumn: 2},
		},
		{
			what: "one end on the host twice", doc: document{devices: strings.Repeat("<interface type='bridge'><source bridge='br0'/><target dev='t0'/></interface>", 2)},
			count: map[string]int{ifIndexColumn: 2},
		},
		{
			what: "3 MB of metadata", doc: document{rest: "<metadata><a xmlns='urn:x'>" + strings.Repeat("z", 3_000_000) + "</a></metadata>"},
			want: map[string]string{maxCPUColumn: "INTEGER: 1"},
		},
		{
			what: "metadata that is nested deep", doc: document{
				rest: "<metadata>" + strings.Repeat("<a xmlns='urn:x'>", 250) + strings.Repeat("</a>", 250) + "</metadata>",
			},
			want: map[string]string{maxCPUColumn: "INTEGER: 1"},
		},
	}
}

// TestInputAccepted has a real libvirtd with all that it accepts at once.
func TestInputAccepted(t *testing.T) {
	t.Parallel()
	b := startBench(t)
	all := acceptedInput()
	vms := inputOwn + inputNeighbours + len(all)
	for n, a := range all {
		if err := b.define(t, a.doc.xml(n+1)); err != nil {
			t.Fatalf("libvirt no longer accepts %s, which is to be tested as refused: %.500v", a.what, err)
		}
	}
	lab.Eventually(t, settle, "all are served", func() error { return served.VMs(t, b.snmpd, vms) })
	for n, a := range all {
		lab.Eventually(t, settle, a.what+" is served", func() error { return b.serves(t, a, n+1) })
	}
	b.checkNeighbours(t)
	b.checkShow(t, vms)

	// The same names in notifications. A UUID of zeros is none, also to virsh.
	var want []string
	for n, a := range all {
		if name, ok := a.want[nameColumn]; ok && a.doc.uuid == "" {
			b.libvirtd.Virsh(t, "start", inputID(n+1))
			want = append(want, name)
		}
	}
	lab.Eventually(t, settle, "all notifications are received", func() error {
		var got []string
		for _, x := range b.trapd.Received(t) {
			if x.ID.Compare(served.MIB.Append(0, 1)) == 0 { // vmRunning
				got = append(got, x.Objects[0].Value.String())
			}
		}
		if diff := cmp.Diff(slices.Sorted(slices.Values(want)), slices.Sorted(slices.Values(got))); diff != "" {
			return fmt.Errorf("unexpected names (-want +got):\n%s", diff)
		}
		return nil
	})
	b.checkNeighbours(t)
	b.checkShow(t, vms)
}

// serves returns nil if what is served of the n-th virtual machine is what is wanted.
func (b *bench) serves(t *testing.T, a accepted, n int) error {
	t.Helper()
	id, err := hv.ParseUUID(inputID(n))
	if err != nil {
		t.Fatal(err)
	}
	text := quoted(string(id[:]))
	if a.doc.uuid != "" {
		text = quoted("") // of zeros
	}
	vbs := b.snmpd.BulkWalk(t, served.UUID)
	index := ""
	for i, v := range served.ColumnOf(vbs, served.UUID) {
		if v.String() == text {
			index = i
		}
	}
	if index == "" {
		return fmt.Errorf("no virtual machine has the UUID %s", text)
	}
	got, want := map[string]string{}, map[string]string{}
	maps.Copy(want, a.want)
	for instance := range a.want {
		table := served.MIB.Append(1)
		part := strings.SplitN(instance, ".", 4) // table, 1, column, rest
		name := append(table, mib.MustOID(strings.Join(append(part[:3:3], index), "."))...)
		if len(part) > 3 {
			name = append(name, mib.MustOID(part[3])...)
		}
		got[instance] = "absent"
		if v := b.snmpd.Get(t, name)[0].Value; !v.IsException() {
			got[instance] = v.String()
		}
	}
	for column, n := range a.count {
		o := append(served.MIB.Append(1), mib.MustOID(column+"."+index)...)
		vbs := slices.DeleteFunc(b.snmpd.BulkWalk(t, o), func(vb mib.Varbind) bool { return vb.Value.IsException() })
		got[column], want[column] = strconv.Itoa(len(vbs)), strconv.Itoa(n)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		return fmt.Errorf("unexpected values of %s (-want +got):\n%s", a.what, diff)
	}
	return nil
}
