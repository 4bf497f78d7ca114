package librenms

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"maps"
	"math"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/test/nms"
)

// A judge is a test of one drawn snapshot, which LibreNMS' consumer complains to.
type judge struct {
	testing.TB
	rt *rapid.T
}

func (j judge) Errorf(format string, args ...any) { j.rt.Errorf(format, args...) }

// TestAnySnapshot proves that LibreNMS takes the document of whatever a snapshot has.
func TestAnySnapshot(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		s, l := arbitrarySnapshot(rt), arbitraryLimits(rt)
		d := New(s, l)
		packed := d.Compressed(math.MaxInt)
		got := nms.Check(judge{t, rt}, packed, nms.Anything)
		if len(got.VMs) != s.Len() || got.Shortened != nil {
			rt.Errorf("%d virtual machines of %d, and left out: %v", len(got.VMs), s.Len(), got.Shortened)
		}
		if text := d.JSON(); !bytes.Contains(text, []byte(`\`)) {
			nms.Check(judge{t, rt}, text, nms.Anything)
		}
		if again := New(s, l).Compressed(math.MaxInt); !bytes.Equal(packed, again) {
			rt.Errorf("the same snapshot is told in two ways:\n%s\n%s", packed, again)
		}
	})
}

// TestAnyLimit proves that a document that is shortened is never too long nor cut, that what is left out is so in order and is
// counted, and that the sums stay those of all.
func TestAnyLimit(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		s := arbitrarySnapshot(rt)
		d := New(s, Limits{})
		whole := nms.Check(judge{t, rt}, d.Compressed(math.MaxInt), nms.Anything)
		limit := rapid.IntRange(0, base64.StdEncoding.EncodedLen(4000)).Draw(rt, "limit")
		packed := d.Compressed(limit)
		if len(packed) > limit {
			rt.Fatalf("%d octets, want at most %d", len(packed), limit)
		}
		if packed == nil {
			if c := (choice{order: d.busiest(), without: omission{vms: max(s.Len(), 1)}}); newPacker(limit).pack(d, c) {
				rt.Fatalf("there is nothing, though the sums have room in %d", limit)
			}
			return
		}
		got := nms.Check(judge{t, rt}, packed, nms.Anything)
		if diff := gocmp.Diff(whole.Totals, got.Totals); diff != "" {
			rt.Errorf("unexpected totals (-want +got):\n%s", diff)
		}
		var left [3]int64
		kept := map[string]bool{}
		for _, name := range slices.Sorted(maps.Keys(whole.VMs)) {
			vm, there := got.VMs[name]
			kept[name] = there
			if !there {
				left[0]++
			}
			left[1] += int64(len(whole.VMs[name].Disks) - len(vm.Disks))
			left[2] += int64(len(whole.VMs[name].Ifs) - len(vm.Ifs))
		}
		if told := [3]int64{got.Shortened.Int("VMs"), got.Shortened.Int("disks"), got.Shortened.Int("ifs")}; told != left {
			rt.Errorf("told to be left out: %d, and left out are %d", told, left)
		}
		inOrder(rt, d, kept)
	})
}

// inOrder proves that none was left out that is busier than one that was not.
func inOrder(rt *rapid.T, d *Document, kept map[string]bool) {
	busy := func(vm *collector.VM) []float64 {
		rank := []float64{0, 0, 0, -float64(vm.Index)}
		if vm.Run != 0 {
			rank[0] = 1
		}
		if vm.Run != 0 && d.reader.statusOf(vm.Summary) == on {
			rank[1] = 1
			if vm.Process != nil {
				rank[2], _ = cpuShare(vm.Process)
			}
		}
		return rank
	}
	for _, out := range d.vms {
		for _, in := range d.vms {
			if !kept[out.name] && kept[in.name] && slices.CompareFunc(busy(out.VM), busy(in.VM), cmp.Compare[float64]) > 0 {
				rt.Errorf("%q was left out before %q", out.name, in.name)
			}
		}
	}
}
