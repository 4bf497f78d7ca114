package integration

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/vmond/vmond/hv/bhyve/freebsd"
	"github.com/vmond/vmond/mib"
)

// processorBase is the vmCpuPhysIndex of the host's first CPU: the hrDeviceIndex that net-snmp gives it.
const processorBase = 196608

// recordedFacts are the facts about the recorded hosts, as they were written down with the transcripts that the hosts are made of.
type recordedFacts struct {
	Capture int64                    `json:"capture_time_unix"`
	Boot    int64                    `json:"kern_boottime_unix"`
	VMBhyve map[string]recordedGuest `json:"vm-bhyve"`
	CBSD    map[string]recordedGuest `json:"cbsd"`
}

// A recordedGuest is what is known of a virtual machine. What is nil is not told.
type recordedGuest struct {
	UUID       *string  `json:"vmUUID"`
	OSType     *string  `json:"vmOSType"`
	Admin      *int     `json:"vmAdminState"`
	Oper       *int     `json:"vmOperState"`
	AutoStart  *int     `json:"vmAutoStart"`
	Persistent *int     `json:"vmPersistent"`
	CurCPUs    *int     `json:"vmCurCpuNumber"`
	MinCPUs    *int     `json:"vmMinCpuNumber"`
	MaxCPUs    *int     `json:"vmMaxCpuNumber"`
	MemUnit    *int     `json:"vmMemUnit"`
	CurMem     *int     `json:"vmCurMem"`
	MinMem     *int     `json:"vmMinMem"`
	MaxMem     *int     `json:"vmMaxMem"`
	CurMemMiB  *int     `json:"vmCurMem_MiB"`
	UpTime     *uint64  `json:"vmUpTime_ticks"`
	CPUTime    *uint64  `json:"vmCpuTime_us"`
	CoreTimes  []uint64 `json:"vmCpuCoreTime_us"`
	Affinity   [][]int  `json:"affinity_host_cpus"`

	Disks []recordedDisk `json:"storage"`
	NICs  []recordedNIC  `json:"network"`
}

// A recordedDisk is what is known of a disk.
type recordedDisk struct {
	Disk      int     `json:"disk"`
	Source    *int    `json:"sourceType"`
	Format    *string `json:"sourceTypeString"`
	Resource  *string `json:"resourceID"`
	Access    *int    `json:"access"`
	Media     *int    `json:"mediaType"`
	Bus       *string `json:"mediaTypeString"`
	Defined   *int64  `json:"definedBytes"`
	Allocated *int64  `json:"allocatedBytes"`

	ReadIOs     *uint64 `json:"readIOs"`
	WriteIOs    *uint64 `json:"writeIOs"`
	ReadOctets  *uint64 `json:"readOctets"`
	WriteOctets *uint64 `json:"writeOctets"`
	// Note says of the four that they are those of a whole file system, which are not the disk's.
	Note string `json:"note"`
}

// A recordedNIC is what is known of a network interface.
type recordedNIC struct {
	NIC      int     `json:"nic"`
	Tap      *string `json:"tap"`
	IfIndex  *int    `json:"ifIndex"`
	Bridge   *string `json:"bridge"`
	Physical *string `json:"physicalMember"`
	Model    *string `json:"model"`
	Address  *string `json:"physAddress"`
}

// readRecordedFacts reads the facts. One that nobody would prove is an error.
func readRecordedFacts(t *testing.T) recordedFacts {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "recorded", "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	var facts recordedFacts
	if err := d.Decode(&facts); err != nil {
		t.Fatal(err)
	}
	return facts
}

// A factCheck compares a walk with facts.
type factCheck struct {
	t    *testing.T
	walk map[instance]mib.Value
	// since is how long the recorded clock has gone on, at most.
	since  time.Duration
	links  []freebsd.Interface
	counts map[string]freebsd.Traffic
}

// recordedLinks returns the interfaces of a recorded host, which the facts name and VM-MIB numbers.
func recordedLinks(t *testing.T, h recordedHost) ([]freebsd.Interface, map[string]freebsd.Traffic) {
	t.Helper()
	r, err := freebsd.Load(os.DirFS(h.dir(t)))
	if err != nil {
		t.Fatal(err)
	}
	run := func(argv ...string) []byte {
		text, err := r.Run(context.Background(), freebsd.Command{Argv: argv})
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	counts, err := freebsd.ParseTraffic(run("/usr/bin/netstat", "-ibn", "--libxo", "json"))
	if err != nil {
		t.Fatal(err)
	}
	return freebsd.ParseInterfaces(run("/sbin/ifconfig", "-a")), counts
}

// text proves that an instance has the value, if there is a fact about it.
func (c *factCheck) text(i instance, want string) {
	v, ok := c.walk[i]
	if !ok {
		c.t.Errorf("%v is not served, want %s", i, want)
		return
	}
	if got := render(i.object, v); got != want {
		c.t.Errorf("%v = %s, want %s", i, got, want)
	}
}

// absent proves that there is no such instance.
func (c *factCheck) absent(i instance) {
	if v, ok := c.walk[i]; ok {
		c.t.Errorf("%v = %v is served", i, v)
	}
}

// clock proves that an instance counts from at least so many ticks, and has gone on for no longer than the host.
func (c *factCheck) clock(i instance, least uint64) {
	const tick = time.Second / 100
	got := c.walk[i].Uint()
	most := least
	if least > 0 {
		most += uint64(c.since/tick) + 1
	}
	if _, ok := c.walk[i]; !ok || got < least || got > most {
		c.t.Errorf("%v = %d, want %d to %d", i, got, least, most)
	}
}

// number proves an integer, if there is a fact about it.
func number[T int | int64 | uint64](c *factCheck, i instance, want *T) {
	if want != nil {
		c.text(i, fmt.Sprint(*want))
	}
}

// words proves a text, if there is a fact about it.
func words(c *factCheck, i instance, want *string) {
	if want != nil {
		c.text(i, strconv.Quote(*want))
	}
}

// host proves what is known of a host.
func (c *factCheck) host(facts recordedFacts) {
	const ticks = 100
	c.clock(instance{object: "vmHvUpTime"}, uint64(facts.Capture-facts.Boot)*ticks)
}

// guest proves what is known of a virtual machine.
func (c *factCheck) guest(name string, g recordedGuest) {
	at := func(object string) instance { return instance{vm: name, object: object} }
	c.text(at("vmName"), strconv.Quote(name))
	if g.UUID != nil {
		c.text(at("vmUUID"), uuidText(*g.UUID))
	}
	words(c, at("vmOSType"), g.OSType)
	for object, want := range map[string]*int{
		"vmAdminState": g.Admin, "vmOperState": g.Oper, "vmAutoStart": g.AutoStart, "vmPersistent": g.Persistent,
		"vmCurCpuNumber": g.CurCPUs, "vmMinCpuNumber": g.MinCPUs, "vmMaxCpuNumber": g.MaxCPUs,
		"vmMemUnit": g.MemUnit, "vmCurMem": g.CurMem, "vmMinMem": g.MinMem, "vmMaxMem": g.MaxMem,
	} {
		number(c, at(object), want)
	}
	if g.CurMemMiB != nil {
		unit, n := c.walk[at("vmMemUnit")].Int(), c.walk[at("vmCurMem")].Int()
		if got := int64(unit) * int64(n); got != int64(*g.CurMemMiB)<<20 {
			c.t.Errorf("%s has %d octets of memory, want %d MiB", name, got, *g.CurMemMiB)
		}
	}
	if g.UpTime != nil {
		c.clock(at("vmUpTime"), *g.UpTime)
	}
	number(c, at("vmCpuTime"), g.CPUTime)
	for n, want := range g.CoreTimes {
		number(c, instance{name, "vmCpuCoreTime", strconv.Itoa(n + 1)}, &want)
	}
	for n, want := range g.Affinity {
		c.affinity(name, n, want)
	}
	for _, d := range g.Disks {
		c.disk(name, d)
	}
	for _, n := range g.NICs {
		c.nic(name, n)
	}
}

// uuidText returns a UUID as it is rendered.
func uuidText(uuid string) string {
	if uuid == "" {
		return `""`
	}
	return uuid
}

// affinity proves that a virtual CPU may run on these of the host's, and on no others.
func (c *factCheck) affinity(name string, cpu int, want []int) {
	const enabled, disabled = "1", "2"
	rows := 0
	for i := range c.walk {
		if i.vm != name || i.object != "vmCpuAffinity" {
			continue
		}
		var n, host int
		if _, err := fmt.Sscanf(i.rest, "%d.%d", &n, &host); err != nil || n != cpu+1 {
			continue
		}
		rows++
		if slices.Contains(want, host-processorBase) {
			c.text(i, enabled)
		} else {
			c.text(i, disabled)
		}
	}
	if rows <= len(want) {
		c.t.Errorf("%s: %d rows of the affinity of CPU %d", name, rows, cpu)
	}
}

// disk proves what is known of a disk. bhyve measures no latencies, and counts of no file.
func (c *factCheck) disk(name string, d recordedDisk) {
	at := func(object string) instance { return instance{name, object, strconv.Itoa(d.Disk + 1)} }
	number(c, at("vmStorageSourceType"), d.Source)
	words(c, at("vmStorageSourceTypeString"), d.Format)
	words(c, at("vmStorageResourceID"), d.Resource)
	number(c, at("vmStorageAccess"), d.Access)
	number(c, at("vmStorageMediaType"), d.Media)
	words(c, at("vmStorageMediaTypeString"), d.Bus)
	unit := int64(c.walk[at("vmStorageSizeUnit")].Int())
	for object, want := range map[string]*int64{"vmStorageDefinedSize": d.Defined, "vmStorageAllocatedSize": d.Allocated} {
		if want == nil {
			continue
		}
		if got := unit * int64(c.walk[at(object)].Int()); got != *want {
			c.t.Errorf("%v is %d octets, want %d", at(object), got, *want)
		}
	}
	for object, want := range map[string]*uint64{
		"vmStorageReadIOs": d.ReadIOs, "vmStorageWriteIOs": d.WriteIOs, "vmStorageReadOctets": d.ReadOctets,
		"vmStorageWriteOctets": d.WriteOctets, "vmStorageReadLatency": nil, "vmStorageWriteLatency": nil,
	} {
		if want == nil || d.Note != "" {
			c.absent(at(object))
			continue
		}
		number(c, at(object), want)
	}
}

// nic proves what is known of a network interface. The facts have the names of what VM-MIB has the indices of.
func (c *factCheck) nic(name string, n recordedNIC) {
	at := func(object string) instance { return instance{name, object, strconv.Itoa(n.NIC + 1)} }
	number(c, at("vmNetworkIfIndex"), n.IfIndex)
	words(c, at("vmNetworkModel"), n.Model)
	if n.Address != nil {
		c.text(at("vmNetworkPhysAddress"), *n.Address)
	}
	if n.Tap == nil {
		c.text(at("vmNetworkParent"), "0")
		return
	}
	tap, parent := c.counts[*n.Tap].Index, c.counts[*n.Physical].Index
	number(c, at("vmNetworkIfIndex"), &tap)
	number(c, at("vmNetworkParent"), &parent)
	bridge := slices.IndexFunc(c.links, func(i freebsd.Interface) bool { return i.Name == *n.Bridge })
	if bridge < 0 || !slices.Contains(c.links[bridge].Members, *n.Tap) || !slices.Contains(c.links[bridge].Members, *n.Physical) {
		c.t.Errorf("%s has not both %s and %s as members", *n.Bridge, *n.Tap, *n.Physical)
	}
}
