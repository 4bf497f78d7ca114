//go:build linux

package guests

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/test/lab"
	"github.com/vmond/vmond/test/nms"
)

const (
	// A tenth is the last digit of a percentage, of which ps cuts off the rest.
	tenth = 0.1
	// second is the last digit of an age, hundredth that of a CPU time.
	second, hundredth = 1, 0.01
	// milli is how many milliseconds a nanosecond has, grain the last digit of a time of requests.
	milli, grain = 1e-6, 1e-6
	// kibi is the unit of ps.
	kibi = 1024
	// asReported is the last digit of what is a whole number.
	asReported = 0
)

// entries are keys of HV::Monitor's document with their values.
type entries map[string]any

// A document is the part of HV::Monitor's document that says something.
type document struct {
	Error       int    `json:"error"`
	ErrorString string `json:"errorString"`
	Data        struct {
		HV     string             `json:"hv"`
		VMs    map[string]entries `json:"VMs"`
		Totals entries            `json:"totals"`
	} `json:"data"`

	// unknown are the paths of what is null.
	unknown []string
}

// documentOf asks the running vmond for the document, which managers get in another form.
func documentOf(t *testing.T, v *lab.Vmond) (document, error) {
	t.Helper()
	var d document
	plain, err := v.Run(t, "librenms", "--control", v.Control)
	if err != nil {
		return d, err
	}
	if err := json.Unmarshal([]byte(plain), &d); err != nil {
		return d, err
	}
	if d.Error != 0 {
		return d, fmt.Errorf("error %d: %s", d.Error, d.ErrorString)
	}
	packed, err := v.Run(t, "librenms", "-c", "--control", v.Control)
	if err != nil {
		return d, err
	}
	d.unknown = nms.Check(t, []byte(packed), nms.Anything).Unknown()
	return d, nil
}

// TestDocument proves that the document for LibreNMS has what virsh, ps and /proc tell of real guests: also of one that is
// paused, one that is saved and one that was never started.
func TestDocument(t *testing.T) {
	g := lab.StartGuests(t)
	s := lab.StartSnmpd(t)
	v := lab.StartVmond(t, g.URI(), s.AgentX)
	g.Traffic(t)
	w := witness{}
	first := map[string]process{}
	for _, name := range []string{"web", "db", "temp"} {
		first[name] = look(t, g, name)
	}
	for _, step := range []struct {
		name string
		do   func()
		want map[string]float64 // status_int
	}{
		{"three run", func() {}, map[string]float64{"web": 1, "db": 1, "temp": 1, "off": 5}},
		{"one is paused", func() { g.Virsh(t, "suspend", "db") }, map[string]float64{"web": 1, "db": 3, "temp": 1, "off": 5}},
		{"one is saved", func() { g.Virsh(t, "managedsave", "web") }, map[string]float64{"web": 5, "db": 3, "temp": 1, "off": 5}},
	} {
		step.do()
		ok := t.Run(step.name, func(t *testing.T) {
			lab.Eventually(t, settle, "the document agrees with virsh and ps", func() error {
				return w.documentAgrees(t, g, v, first, step.want)
			})
		})
		if !ok {
			t.FailNow()
		}
	}
}

// documentAgrees compares one document with what virsh, ps and /proc told before and tell after the reading that it is of.
func (w witness) documentAgrees(
	t *testing.T, g *lab.Guests, v *lab.Vmond, first map[string]process, states map[string]float64,
) error {
	t.Helper()
	was, before := w.ask(t, g), processes(t, g, first)
	awaitReading(t, v, time.Now())
	d, err := documentOf(t, v)
	if err != nil {
		return err
	}
	is, after := w.ask(t, g), processes(t, g, first)
	var c documentComparison
	for _, at := range d.unknown {
		if !strings.HasSuffix(at, ".snaps") { // of which nobody has looked for long enough
			c.differs("%s is not known", at)
		}
	}
	if d.Data.HV != "libvirt" || len(d.Data.VMs) != len(states) {
		c.differs("%q with %d virtual machines", d.Data.HV, len(d.Data.VMs))
	}
	memory := memTotal(t)
	for uuid, then := range was {
		now := is[uuid]
		vm, ok := d.Data.VMs[now.name]
		if !ok {
			c.differs("%s is not there", now.name)
			continue
		}
		c.name, c.entries = now.name, vm
		c.is("status_int", states[now.name])
		c.is("mem_alloc", float64(now.kibibytes(t, "Max memory")))
		c.is("cpus", parse(t, now.stats["vcpu.maximum"]))
		c.text("os_type", now.info["OS Type"])
		c.disks(t, then, now)
		c.nics(t, then, now)
		if !now.active() {
			c.idle()
			continue
		}
		c.process(before[now.name], after[now.name], lost(first[now.name], after[now.name]))
		c.within("pmem", 100*before[now.name].ps["rss"]*kibi/memory, 100*after[now.name].ps["rss"]*kibi/memory, tenth)
	}
	c.totals(d)
	return errors.Join(c.diffs...)
}

// processes looks at those of the virtual machines that have one.
func processes(t *testing.T, g *lab.Guests, of map[string]process) map[string]process {
	t.Helper()
	active := strings.Fields(g.Virsh(t, "list", "--name"))
	all := map[string]process{}
	for name := range of {
		if slices.Contains(active, name) {
			all[name] = look(t, g, name)
		}
	}
	return all
}

// memTotal returns the memory of this machine in bytes.
func memTotal(t *testing.T) float64 {
	t.Helper()
	out, err := exec.Command("sed", "-n", "s/^MemTotal: *\\([0-9]*\\) kB$/\\1/p", "/proc/meminfo").Output()
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, strings.TrimSpace(string(out))) * kibi
}

// A documentComparison is of one virtual machine after the other.
type documentComparison struct {
	name    string
	entries entries
	diffs   []error
}

func (c *documentComparison) differs(format string, args ...any) {
	c.diffs = append(c.diffs, fmt.Errorf(format, args...))
}

// within compares a number with the lower and the higher of two, which are no more exact than slack.
func (c *documentComparison) within(key string, a, b, slack float64) {
	got, ok := c.entries[key].(float64)
	if low, high := min(a, b)-slack, max(a, b)+slack; !ok || got < low || got > high {
		c.differs("%s of %s = %v, want %v to %v", key, c.name, c.entries[key], low, high)
	}
}

func (c *documentComparison) is(key string, want float64) { c.within(key, want, want, asReported) }

func (c *documentComparison) text(key, want string) {
	if c.entries[key] != want {
		c.differs("%s of %s = %q, want %q", key, c.name, c.entries[key], want)
	}
}

// idle compares one that has no process: nothing of it counts.
func (c *documentComparison) idle() {
	for _, key := range []string{
		"rss", "vsz", "pcpu", "pmem", "etimes", "usertime", "systime", "minflt", "majflt", "nvcsw", "nivcsw", "pri", "nice",
		"rbytes", "wbytes", "rreqs", "wreqs", "rtime", "wtime", "freqs", "ftime",
		"ibytes", "obytes", "ipkts", "opkts", "ierrs", "oerrs", "idrop", "odrop", "coll",
	} {
		c.is(key, 0)
	}
}

// process compares what ps and /proc tell.
func (c *documentComparison) process(before, after process, threadsEnded bool) {
	for key, column := range map[string]string{"minflt": "min_flt", "majflt": "maj_flt", "nice": "nice", "pri": "pri"} {
		c.within(key, before.ps[column], after.ps[column], asReported)
	}
	for key, column := range map[string]string{"rss": "rss", "vsz": "vsz"} {
		c.within(key, kibi*before.ps[column], kibi*after.ps[column], asReported)
	}
	c.within("pcpu", before.ps["pcpu"], after.ps["pcpu"], tenth)
	c.within("etimes", before.ps["etimes"], after.ps["etimes"], second)
	c.within("usertime", before.user, after.user, hundredth)
	c.within("systime", before.system, after.system, hundredth)
	low, high := before.switched(), after.switched()
	if threadsEnded {
		// vmond counts what they had, too; by how much that is more nobody can tell now.
		high = switches{math.Inf(1), math.Inf(1)}
	}
	c.within("nvcsw", low.voluntary, high.voluntary, asReported)
	c.within("nivcsw", low.involuntary, high.involuntary, asReported)
}

// disks compares the disks, and their sums. The image of an optical drive is no disk in use.
func (c *documentComparison) disks(t *testing.T, then, now vm) {
	t.Helper()
	vm, disks := c.entries, part(c.entries["disks"])
	sums := map[string]bounds{}
	for _, d := range now.disks {
		c.entries = disks[d.target]
		if c.entries == nil {
			c.differs("disk %s of %s is not there", d.target, now.name)
			continue
		}
		for key, field := range map[string]string{
			"rbytes": "rd.bytes", "wbytes": "wr.bytes", "rreqs": "rd.reqs", "wreqs": "wr.reqs", "freqs": "fl.reqs",
		} {
			b := boundsOf(t, then, now, d.prefix+field, 1)
			c.within(key, b.low, b.high, asReported)
			sums[key] = sums[key].plus(b)
		}
		for key, field := range map[string]string{"rtime": "rd.times", "wtime": "wr.times", "ftime": "fl.times"} {
			b := boundsOf(t, then, now, d.prefix+field, milli)
			c.within(key, b.low, b.high, grain)
			sums[key] = sums[key].plus(b)
		}
		if !d.known {
			continue
		}
		physical, _ := now.number(t, d.prefix+"physical")
		for key, n := range map[string]int64{"alloc": d.capacity, "in_use": d.allocation, "on_disk": int64(physical)} {
			c.is(key, float64(n))
			if d.device == "disk" {
				sums["disk_"+key] = sums["disk_"+key].plus(bounds{float64(n), float64(n)})
			}
		}
	}
	c.entries = vm
	if len(disks) != len(now.disks) {
		c.differs("%s has %d disks, want %d", now.name, len(disks), len(now.disks))
	}
	c.sums(sums)
}

// nics compares the network interfaces as the guest sees them, and their sums. One without a process has none.
func (c *documentComparison) nics(t *testing.T, then, now vm) {
	t.Helper()
	vm, nics := c.entries, part(c.entries["ifs"])
	if !now.active() {
		if len(nics) > 0 {
			c.differs("%s is off and has %v", now.name, slices.Collect(maps.Keys(nics)))
		}
		return
	}
	sums := map[string]bounds{}
	for i, n := range now.nics {
		c.entries = nics[fmt.Sprintf("nic%d", i)]
		if c.entries == nil {
			c.differs("interface %d of %s is not there", i, now.name)
			continue
		}
		c.text("mac", hv.MAC(n.mac).String())
		c.text("if", n.host)
		c.text("parent", map[bool]string{true: n.source}[n.typ == "bridge"])
		c.is("coll", 0)
		for key, field := range map[string]string{
			"ibytes": "rx.bytes", "ipkts": "rx.pkts", "ierrs": "rx.errs", "idrop": "rx.drop",
			"obytes": "tx.bytes", "opkts": "tx.pkts", "oerrs": "tx.errs", "odrop": "tx.drop",
		} {
			b := boundsOf(t, then, now, fmt.Sprintf("net.%d.%s", i, field), 1)
			c.within(key, b.low, b.high, asReported)
			sums[key] = sums[key].plus(b)
		}
	}
	c.entries = vm
	if len(nics) != len(now.nics) {
		c.differs("%s has %d interfaces, want %d", now.name, len(nics), len(now.nics))
	}
	c.sums(sums)
}

// sums compares the sums over the devices.
func (c *documentComparison) sums(sums map[string]bounds) {
	for key, b := range sums {
		c.within(key, b.low, b.high, grain)
	}
}

// totals compares each total with the sum over all virtual machines.
func (c *documentComparison) totals(d document) {
	states := map[float64]string{1: "on", 3: "paused", 5: "off_hard"}
	want := map[string]float64{}
	for _, vm := range d.Data.VMs {
		want[states[vm["status_int"].(float64)]]++
		for key, v := range vm {
			if n, ok := v.(float64); ok && key != "status_int" && key != "pri" && key != "nice" {
				want[key] += n
			}
		}
	}
	c.name, c.entries = "all", d.Data.Totals
	for key, n := range want {
		c.within(key, n, n, grain)
	}
}

// bounds are what virsh told before and after.
type bounds struct{ low, high float64 }

func (b bounds) plus(c bounds) bounds { return bounds{b.low + c.low, b.high + c.high} }

// boundsOf returns a counter of domstats in another unit. Nobody counts for one that has no process.
func boundsOf(t *testing.T, then, now vm, key string, unit float64) bounds {
	t.Helper()
	low, _ := then.number(t, key)
	high, _ := now.number(t, key)
	return bounds{float64(low) * unit, float64(high) * unit}
}

// part returns the devices of a virtual machine.
func part(v any) map[string]entries {
	all := map[string]entries{}
	devices, _ := v.(map[string]any)
	for name, d := range devices {
		e, _ := d.(map[string]any)
		all[name] = e
	}
	return all
}
