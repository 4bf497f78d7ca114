package librenms

import "github.com/vmond/vmond/hv"

// The words for the hypervisor. LibreNMS' pages know these two, and leave out graphs for any other.
const (
	Libvirt = "libvirt"
	CBSD    = "CBSD"
)

// bhyveSoftware is what hv/bhyve calls its hypervisor.
const bhyveSoftware = "bhyve"

// zfsVolume is the format of a disk that ZFS counts. hv/bhyve has no counters of any other.
const zfsVolume = "zvol"

// A platform is what is different between the two.
type platform struct {
	word string
	// lacks says which counters there never are. They are 0 in HV::Monitor's document. Some drivers of libvirt have no
	// snapshots.
	lacks [numColumns]bool
	// counted is the format of those disks that are counted. It is empty where all are.
	counted string
	// off and unclear are the states of one that is shut down, and of one whose state is not known.
	off, unclear status
}

var (
	onLibvirt = platform{
		word: Libvirt,
		lacks: [numColumns]bool{
			cow: true, nswap: true, inblk: true, oublk: true, snaps: true, snapsSize: true, coll: true,
		},
		off: offHard, unclear: noState,
	}
	onBhyve = platform{
		word:    CBSD,
		lacks:   [numColumns]bool{rtime: true, wtime: true, ftime: true, freqs: true, coll: true},
		counted: zfsVolume,
		off:     off, unclear: unknown,
	}
)

// platformOf returns the platform of a host. bhyve below libvirt is libvirt's.
func platformOf(h hv.Host) *platform {
	if h.Software == bhyveSoftware {
		return &onBhyve
	}
	return &onLibvirt
}
