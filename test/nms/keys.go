package nms

// A kind is what the value of a key has to be.
type kind struct {
	// float says that it may have a fraction: LibreNMS stores it as GAUGE or DDERIVE. rrdtool refuses all of an update for
	// one fraction in a DERIVE, and what is counted has none in a GAUGE either.
	float bool
	// negative says that it may be below 0: LibreNMS does not store it. What it does store has the minimum 0.
	negative bool
	// gauge says that it is stored as it is, and not how it grows.
	gauge bool
	// always says that it may not be null.
	always bool
}

// The kinds.
var (
	integer = kind{}
	float   = kind{float: true}
	gauge   = kind{gauge: true}
	share   = kind{float: true, gauge: true}
	signed  = kind{negative: true}
	count   = kind{always: true}
)

// both are the numbers of a virtual machine that totals has the sums of.
var both = map[string]kind{
	"mem_alloc": gauge, "cpus": gauge, "rss": gauge, "vsz": gauge, "pcpu": share, "pmem": share, "etimes": gauge,
	"usertime": float, "systime": float, "majflt": gauge, "minflt": integer, "cow": integer, "nvcsw": integer,
	"nivcsw": integer, "nswap": gauge, "inblk": integer, "oublk": integer, "snaps": gauge, "snaps_size": gauge,
	"disk_alloc": gauge, "disk_in_use": gauge, "disk_on_disk": gauge,
	"rbytes": integer, "wbytes": integer, "rreqs": integer, "wreqs": integer, "freqs": integer,
	"rtime": float, "wtime": float, "ftime": float,
	"ipkts": integer, "ierrs": integer, "ibytes": integer, "idrop": integer,
	"opkts": integer, "oerrs": integer, "obytes": integer, "odrop": integer, "coll": integer,
}

// alone are the numbers of a virtual machine that have no sum.
var alone = map[string]kind{"status_int": count, "nice": signed, "pri": signed}

// texts are the texts of a virtual machine.
var texts = []string{"os_type", "ip", "console", "console_type"}

// states are the counters of totals, in the order of what status_int says.
var states = []string{
	"nostate", "on", "blocked", "paused", "off_soft", "off_hard", "crashed", "pmsuspended", "off", "unknown",
}

// ofDisk and ofIf are the numbers of an entry in disks and in ifs, ifTexts the texts of the latter.
var (
	ofDisk = map[string]kind{
		"in_use": integer, "on_disk": integer, "alloc": integer, "rbytes": integer, "wbytes": integer, "rreqs": integer,
		"wreqs": integer, "freqs": integer, "rtime": float, "wtime": float, "ftime": float,
	}
	ofIf = map[string]kind{
		"ipkts": integer, "ierrs": integer, "ibytes": integer, "idrop": integer,
		"opkts": integer, "oerrs": integer, "obytes": integer, "odrop": integer, "coll": integer,
	}
	ifTexts = []string{"mac", "parent", "if"}
)

// summed are the numbers of a virtual machine that are the sums of its disks', and of its interfaces'.
var (
	summedDisks = []string{"rbytes", "wbytes", "rreqs", "wreqs", "freqs", "rtime", "wtime", "ftime"}
	summedIfs   = []string{"ipkts", "ierrs", "ibytes", "idrop", "opkts", "oerrs", "obytes", "odrop", "coll"}
)

// left are the counters of what a document that was shortened has left out.
var left = map[string]kind{"VMs": count, "disks": count, "ifs": count}
