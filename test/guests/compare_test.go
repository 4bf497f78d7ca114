//go:build linux

package guests

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/mib"
	"github.com/vmond/vmond/test/lab"
)

const (
	// slack is by how much two clocks may differ that count from the same start, in hundredths of a second: the start is
	// worked out from several readings of the time.
	slack = 20
	// startSlack is how long libvirt may take from the start of a process until it tells of it. Both are the moment at which
	// the virtual machine was switched on.
	startSlack = 300
	// micro is how many nanoseconds a unit of vmCpuTime and of the latencies has.
	micro = 1000
	// noSize and noLimit are the values for what is not known, and for what is not bounded.
	noSize, noLimit = -1, -1
)

// words turns the words of dominfo into numbers of VM-MIB.
var (
	autoStarts  = map[string]int32{"enable": 2, "disable": 3}
	persistents = map[string]int32{"yes": 2, "no": 3}
	media       = map[string]int32{"disk": 3, "cdrom": 4, "floppy": 5}
	adminStates = map[string]int32{"running": 1, "idle": 1, "paused": 3, "shut off": 4}
	operStates  = map[string]int32{"running": 4, "idle": 4, "paused": 8, "in shutdown": 10, "shut off": 11, "crashed": 12}
)

// The numbers of a virtual machine that was saved.
const (
	adminSuspended = 2
	operSuspended  = 6
)

// agree returns nil if all that snmpwalk says is what virsh tells: what moves lies between what virsh told before and what
// it tells after the walk. The uptimes are worked out when they are asked for, so they are taken anew.
func (w witness) agree(t *testing.T, g *lab.Guests, s *lab.Snmpd, before map[hv.UUID]vm, booted uint64) error {
	t.Helper()
	for uuid, v := range before {
		before[uuid] = w.up(t, uuid, v)
	}
	walked := walkOf(t, s)
	processors := s.Walk(t, hrProcessorFrw)
	names := s.Walk(t, ifName)
	after := w.ask(t, g)
	walked.scalars(g, len(after), booted)
	for uuid, now := range after {
		then, ok := before[uuid]
		index, ok2 := walked.indexOf(uuid)
		if !ok || !ok2 {
			walked.differs("%s (%v) has no row", now.name, uuid)
			continue
		}
		c := comparison{walk: walked, g: g, index: index, before: then, after: now, uuid: uuid}
		c.vm()
		c.cpus(processors)
		c.disks()
		c.nics(names)
	}
	for name, v := range walked.values {
		walked.differs("nobody knows of %s = %v", name, v)
	}
	if len(walked.diffs) > 0 {
		return errors.New(strings.Join(walked.diffs, "\n"))
	}
	return nil
}

// scalars compares what is said of the hypervisor.
func (w *walk) scalars(g *lab.Guests, vms int, booted uint64) {
	w.t.Helper()
	// "Running hypervisor: QEMU 7.2.22"
	software, version, _ := strings.Cut(colons(g.Virsh(w.t, "version"))["Running hypervisor"], " ")
	w.is("vmHvSoftware", vmHvSoftware, mib.Text(software))
	w.is("vmHvVersion", vmHvVersion, mib.Text(version))
	w.is("vmHvObjectID", vmHvObjectID, mib.ObjectID(mib.OID{0, 0}))
	w.within("vmHvUpTime", vmHvUpTime, mib.TypeTimeTicks, booted-slack, hostUpTime(w.t)+slack)
	w.is("vmNumber", vmNumber, mib.Integer(int32(vms)))
	w.within("vmTableLastChange", vmTableLastChange, mib.TypeTimeTicks, 0, hostUpTime(w.t)+slack)
	w.is("vmPerVMNotificationsEnabled", vmPerVMEnabled, mib.Integer(2))
	w.is("vmBulkNotificationsEnabled", vmBulkEnabled, mib.Integer(2))
}

// A comparison is of one virtual machine.
type comparison struct {
	*walk
	g             *lab.Guests
	index         uint32
	uuid          hv.UUID
	before, after vm
}

// column returns a column of a table in the row of the virtual machine, or of one of its devices.
func (c comparison) column(entry mib.OID, column uint32, more ...uint32) mib.OID {
	return append(entry.Append(column, c.index), more...)
}

// called returns what to call a column in a message.
func (c comparison) called(object string, more ...any) string {
	return strings.TrimSpace(object + " of " + c.after.name + " " + fmt.Sprintln(more...))
}

// vm compares the row of vmTable.
func (c comparison) vm() {
	c.t.Helper()
	v, at := c.after, func(column uint32) mib.OID { return c.column(vmEntry, column) }
	admin, oper := adminStates[v.info["State"]], operStates[v.info["State"]]
	if v.saved() {
		admin, oper = adminSuspended, operSuspended
	}
	c.is(c.called("vmName"), at(2), mib.Text(v.name))
	c.is(c.called("vmUUID"), at(3), mib.Octets(c.uuid[:]))
	c.is(c.called("vmOSType"), at(4), mib.Text(v.info["OS Type"]))
	c.is(c.called("vmAdminState"), at(5), mib.Integer(admin))
	c.is(c.called("vmOperState"), at(6), mib.Integer(oper))
	c.is(c.called("vmAutoStart"), at(7), mib.Integer(autoStarts[v.info["Autostart"]]))
	c.is(c.called("vmPersistent"), at(8), mib.Integer(persistents[v.info["Persistent"]]))
	c.is(c.called("vmCurCpuNumber"), at(9), mib.Integer(int32(atoi(c.t, v.info["CPU(s)"]))))
	c.is(c.called("vmMinCpuNumber"), at(10), mib.Integer(noLimit))
	c.is(c.called("vmMaxCpuNumber"), at(11), mib.Integer(int32(atoi(c.t, v.stats["vcpu.maximum"]))))
	c.memory()
	if v.off() {
		c.is(c.called("vmUpTime"), at(16), mib.TimeTicks(0))
	} else {
		c.within(c.called("vmUpTime"), at(16), mib.TypeTimeTicks, c.before.up-min(startSlack, c.before.up), v.up+slack)
	}
	if v.active() {
		c.counter("vmCpuTime", at(17), "cpu.time", micro)
	} else {
		c.isNot(c.called("vmCpuTime"), at(17)) // what libvirt tells then is its own
	}
}

// memory compares the sizes, which count in a unit.
func (c comparison) memory() {
	c.t.Helper()
	unit, ok := c.take(c.column(vmEntry, 12))
	if !ok || unit.Type() != mib.TypeInteger || unit.Int() < 1 {
		c.differs("%s = %v", c.called("vmMemUnit"), unit)
		return
	}
	for column, key := range map[uint32]string{13: "Used memory", 15: "Max memory"} {
		bytes := c.after.kibibytes(c.t, key)
		c.is(c.called(key), c.column(vmEntry, column), mib.Integer(int32(bytes/int64(unit.Int()))))
	}
	c.is(c.called("vmMinMem"), c.column(vmEntry, 14), mib.Integer(noLimit))
}

// counter compares a counter with those of domstats, divided. It is served if and only if virsh knows it.
func (c comparison) counter(object string, name mib.OID, key string, divisor uint64) {
	c.t.Helper()
	low, ok := c.before.number(c.t, key)
	high, ok2 := c.after.number(c.t, key)
	if !ok || !ok2 {
		c.isNot(c.called(object, key), name)
		return
	}
	c.within(c.called(object, key), name, mib.TypeCounter64, low/divisor, high/divisor)
}

// cpus compares the rows of vmCpuTable and vmCpuAffinityTable. The physical CPUs are those that the snmpd itself has in
// its hrProcessorTable, under its own numbers.
func (c comparison) cpus(processors []mib.Varbind) {
	c.t.Helper()
	if len(processors) == 0 {
		c.differs("snmpd knows no processors")
	}
	for id, pins := range c.after.pins {
		counted := c.after.stats[fmt.Sprintf("vcpu.%d.time", id)] != ""
		number := uint32(id + 1)
		c.counter("vmCpuCoreTime", c.column(vmCPUEntry, 2, number), fmt.Sprintf("vcpu.%d.time", id), micro)
		// vcpupin tells also of those that are not plugged in, whose affinity is not served.
		if id >= int(atoi(c.t, c.after.info["CPU(s)"])) {
			if counted {
				c.differs("%s runs, but is not plugged in", c.called("CPU", id))
			}
			continue
		}
		for n, processor := range processors {
			want := mib.Integer(2)
			if pins.Has(n) {
				want = mib.Integer(1)
			}
			c.is(c.called("vmCpuAffinity", id, n), c.column(vmAffinityEntry, 3, number, processor.Name[len(processor.Name)-1]), want)
		}
	}
}

// disks compares the rows of vmStorageTable. Those of a virtual machine that was never changed are numbered in the order
// of its definition.
func (c comparison) disks() {
	c.t.Helper()
	for i, d := range c.after.disks {
		at := func(column uint32) mib.OID { return c.column(vmStorageEntry, column, uint32(i+1)) }
		called := func(object string) string { return c.called(object, d.target) }
		access := int32(2)
		if d.readOnly {
			access = 3
		}
		c.is(called("vmStorageParent"), at(3), mib.Integer(0))
		c.is(called("vmStorageSourceType"), at(4), mib.Integer(d.sourceType()))
		c.is(called("vmStorageSourceTypeString"), at(5), mib.Text(d.format))
		c.is(called("vmStorageResourceID"), at(6), mib.Text(d.source))
		c.is(called("vmStorageAccess"), at(7), mib.Integer(access))
		c.is(called("vmStorageMediaType"), at(8), mib.Integer(media[d.device]))
		c.is(called("vmStorageMediaTypeString"), at(9), mib.Text(d.bus))
		c.sizes(d, at)
		for column, key := range map[uint32]string{13: "rd.reqs", 14: "wr.reqs", 15: "rd.bytes", 16: "wr.bytes"} {
			c.counter(called("a counter"), at(column), d.prefix+key, 1)
		}
		for column, key := range map[uint32]string{17: "rd.times", 18: "wr.times"} {
			c.counter(called("a latency"), at(column), d.prefix+key, micro)
		}
	}
}

// sourceType returns the vmStorageSourceType of a disk: of a file, whether it has holes.
func (d disk) sourceType() int32 {
	const other, block, raw, sparse = 2, 3, 4, 5
	switch {
	case d.source == "":
		return other
	case d.typ == "block":
		return block
	case d.format == "raw" && d.allocation >= d.capacity:
		return raw
	}
	return sparse
}

// sizes compares the two sizes of a disk, which count in a unit and are rounded up to it.
func (c comparison) sizes(d disk, at func(uint32) mib.OID) {
	c.t.Helper()
	unit, ok := c.take(at(10))
	if !ok || unit.Type() != mib.TypeInteger || unit.Int() < 1 {
		c.differs("%s = %v", c.called("vmStorageSizeUnit", d.target), unit)
		return
	}
	size := func(bytes int64) mib.Value {
		if !d.known {
			return mib.Integer(noSize)
		}
		u := int64(unit.Int())
		return mib.Integer(int32((bytes + u - 1) / u))
	}
	allocation := d.allocation
	// RFC 7666: these two take what they are defined with.
	if t := d.sourceType(); t == 3 || t == 4 {
		allocation = d.capacity
	}
	c.is(c.called("vmStorageDefinedSize", d.target), at(11), size(d.capacity))
	c.is(c.called("vmStorageAllocatedSize", d.target), at(12), size(allocation))
}

// nics compares the rows of vmNetworkTable, also with what the snmpd itself calls the interfaces.
func (c comparison) nics(names []mib.Varbind) {
	c.t.Helper()
	for i, n := range c.after.nics {
		at := func(column uint32) mib.OID { return c.column(vmNetworkEntry, column, uint32(i+1)) }
		var index, parent int32
		// While a virtual machine is off, a tap that was made for it is nobody's.
		if n.host != "" && c.after.active() {
			index = ifIndex(c.t, n.host)
		}
		if index != 0 && n.source == c.g.Bridge && c.g.Uplink != "" {
			parent = ifIndex(c.t, c.g.Uplink)
		}
		c.is(c.called("vmNetworkIfIndex", n.host), at(2), mib.Integer(index))
		c.is(c.called("vmNetworkParent", n.host), at(3), mib.Integer(parent))
		c.is(c.called("vmNetworkModel", n.host), at(4), mib.Text(n.model))
		c.is(c.called("vmNetworkPhysAddress", n.host), at(5), mib.Octets(n.mac))
		for _, vb := range names {
			if vb.Name[len(vb.Name)-1] == uint32(index) && !vb.Value.Equal(mib.Text(n.host)) {
				c.differs("ifName.%d of snmpd = %v, want %s", index, vb.Value, n.host)
			}
		}
	}
}
