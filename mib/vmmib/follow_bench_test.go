package vmmib_test

import (
	"fmt"
	"testing"

	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/mib/vmmib"
)

// burst returns a change of each virtual machine of a farm.
func burst() []collector.Change {
	changes := make([]collector.Change, farm)
	for i := range changes {
		changes[i] = collector.Change{
			Number: uint64(i) + 1, Index: int32(i) + 1, UUID: hv.UUID{byte(i >> 8), byte(i)}, Name: fmt.Sprint("a-machine-", i),
			From: hv.Some(hv.StatePaused), To: hv.Some(hv.StateRunning),
		}
	}
	return changes
}

// BenchmarkFollow is a burst of 10,000 changes, told in either way, in both, or not at all.
func BenchmarkFollow(b *testing.B) {
	changes := burst()
	for _, o := range []vmmib.NotificationOptions{{}, {PerVM: true}, {Bulk: true}, {PerVM: true, Bulk: true}} {
		b.Run(fmt.Sprintf("perVM=%t,bulk=%t", o.PerVM, o.Bulk), func(b *testing.B) {
			b.ReportAllocs()
			sent := 0
			n := vmmib.NewNotifications(o, func(vmmib.Notification) { sent++ })
			for b.Loop() {
				n.Follow(changes)
			}
			if o.PerVM && sent != b.N*farm || !o.PerVM && sent != 0 {
				b.Errorf("unexpected %d notifications", sent)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/farm, "ns/change")
		})
	}
}
