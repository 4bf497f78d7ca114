package sim

import (
	"net/netip"
	"time"

	"github.com/vmond/vmond/hv"
)

// snapshotUnit is what a snapshot takes at least.
const snapshotUnit = 16 * mebibyte

// survey returns what is dear to find out about v. It has addresses only while there is a guest.
func (w *world) survey(v *vm, _ time.Time) hv.Survey {
	h := draw(w.seed, forSurvey, v.id)
	snapshots := weigh(h>>8, share[int]{60, 0}, share[int]{20, 1}, share[int]{12, 2}, share[int]{8, 3})
	s := hv.Survey{
		Run:           hv.Some(v.run),
		Snapshots:     hv.Some(snapshots),
		SnapshotsSize: hv.Some(int64(snapshots) * (1 + int64(h>>16%256)) * snapshotUnit),
	}
	if v.active() && len(w.configured(v).NICs) > 0 {
		s.Addresses = drawAddresses(w.seed, v.id, h)
	}
	return s
}

// drawAddresses returns the addresses of a guest: of some none is known. They are unique among those of the first 2^24
// virtual machines.
func drawAddresses(seed, id, h uint64) []netip.Addr {
	n := id ^ draw(seed, forSurvey)
	a, b, c := byte(n>>16), byte(n>>8), byte(n)
	all := []netip.Addr{
		netip.AddrFrom4([...]byte{10, a, b, c}),
		netip.AddrFrom16([...]byte{0: 0x20, 1: 0x01, 2: 0x0d, 3: 0xb8, 13: a, 14: b, 15: c}), // RFC 3849
	}
	return all[:weigh(h, share[int]{15, 0}, share[int]{60, 1}, share[int]{25, 2})]
}
