package librenms

import (
	"slices"
	"time"
)

// A column is a number of a virtual machine, of a disk or of an interface.
type column uint8

// The columns.
const (
	alloc column = iota
	coll
	cow
	cpus
	diskAlloc
	diskInUse
	diskOnDisk
	etimes
	freqs
	ftime
	ibytes
	idrop
	ierrs
	inUse
	inblk
	ipkts
	majflt
	memAlloc
	minflt
	nice
	nivcsw
	nswap
	nvcsw
	obytes
	odrop
	oerrs
	onDisk
	opkts
	oublk
	pcpu
	pmem
	pri
	rbytes
	rreqs
	rss
	rtime
	snaps
	snapsSize
	systime
	usertime
	vsz
	wbytes
	wreqs
	wtime
	numColumns
)

// The units of what has a fraction. LibreNMS counts in integers all else.
const (
	// percentDecimals are those of a percentage.
	percentDecimals = 1
	// cpuUnit is a hundredth of a second, as ps(1) has it.
	cpuUnit     = 10 * time.Millisecond
	cpuDecimals = 2
	// waitUnit is a millionth of a millisecond.
	waitUnit     = time.Nanosecond
	waitDecimals = 6
)

// columns are the names of the columns, and how many decimals the number of each has.
var columns = [numColumns]struct {
	key      string
	decimals int
}{
	alloc:      {key: "alloc"},
	coll:       {key: "coll"},
	cow:        {key: "cow"},
	cpus:       {key: "cpus"},
	diskAlloc:  {key: "disk_alloc"},
	diskInUse:  {key: "disk_in_use"},
	diskOnDisk: {key: "disk_on_disk"},
	etimes:     {key: "etimes"},
	freqs:      {key: "freqs"},
	ftime:      {"ftime", waitDecimals},
	ibytes:     {key: "ibytes"},
	idrop:      {key: "idrop"},
	ierrs:      {key: "ierrs"},
	inUse:      {key: "in_use"},
	inblk:      {key: "inblk"},
	ipkts:      {key: "ipkts"},
	majflt:     {key: "majflt"},
	memAlloc:   {key: "mem_alloc"},
	minflt:     {key: "minflt"},
	nice:       {key: "nice"},
	nivcsw:     {key: "nivcsw"},
	nswap:      {key: "nswap"},
	nvcsw:      {key: "nvcsw"},
	obytes:     {key: "obytes"},
	odrop:      {key: "odrop"},
	oerrs:      {key: "oerrs"},
	onDisk:     {key: "on_disk"},
	opkts:      {key: "opkts"},
	oublk:      {key: "oublk"},
	pcpu:       {"pcpu", percentDecimals},
	pmem:       {"pmem", percentDecimals},
	pri:        {key: "pri"},
	rbytes:     {key: "rbytes"},
	rreqs:      {key: "rreqs"},
	rss:        {key: "rss"},
	rtime:      {"rtime", waitDecimals},
	snaps:      {key: "snaps"},
	snapsSize:  {key: "snaps_size"},
	systime:    {"systime", cpuDecimals},
	usertime:   {"usertime", cpuDecimals},
	vsz:        {key: "vsz"},
	wbytes:     {key: "wbytes"},
	wreqs:      {key: "wreqs"},
	wtime:      {"wtime", waitDecimals},
}

var (
	// ofProcess are the columns of the process of a virtual machine.
	ofProcess = []column{
		cow, etimes, inblk, majflt, minflt, nice, nivcsw, nswap, nvcsw, oublk, pcpu, pmem, pri, rss, systime, usertime, vsz,
	}
	// ofTraffic are the counters of a disk, and those of a virtual machine that are their sums.
	ofTraffic = []column{freqs, ftime, rbytes, rreqs, rtime, wbytes, wreqs, wtime}
	// ofNIC are the counters of an interface, and those of a virtual machine that are their sums.
	ofNIC = []column{coll, ibytes, idrop, ierrs, ipkts, obytes, odrop, oerrs, opkts}
	// ofDisk are the columns of a disk.
	ofDisk = []column{alloc, freqs, ftime, inUse, onDisk, rbytes, rreqs, rtime, wbytes, wreqs, wtime}
	// ofTotals are the columns of a virtual machine that have a sum over all.
	ofTotals = []column{
		coll, cow, cpus, diskAlloc, diskInUse, diskOnDisk, etimes, freqs, ftime, ibytes, idrop, ierrs, inblk, ipkts,
		majflt, memAlloc, minflt, nivcsw, nswap, nvcsw, obytes, odrop, oerrs, opkts, oublk, pcpu, pmem, rbytes, rreqs,
		rss, rtime, snaps, snapsSize, systime, usertime, vsz, wbytes, wreqs, wtime,
	}
	// gauges are those of ofTotals that LibreNMS stores as they are. The others are counters: it stores how they grow.
	gauges = []column{
		cpus, diskAlloc, diskInUse, diskOnDisk, etimes, majflt, memAlloc, nswap, pcpu, pmem, rss, snaps, snapsSize, vsz,
	}
	// ofVM are all columns of a virtual machine.
	ofVM = slices.Sorted(slices.Values(append([]column{nice, pri}, ofTotals...)))
)
