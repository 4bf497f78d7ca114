package vmmib

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
	"pgregory.net/rapid"
)

// facts are vmStorageSourceType, vmStorageSizeUnit, vmStorageDefinedSize and vmStorageAllocatedSize.
type facts struct{ Source, Unit, Defined, Allocated int32 }

func factsOf(source hv.SourceType, capacity, allocation hv.Opt[int64]) facts {
	d := &collector.Disk{Disk: hv.Disk{Source: source}, Stats: hv.DiskStats{Capacity: capacity, Allocation: allocation}}
	return facts{storageSourceType(sourceType(d)), storageUnit(d), definedSize(d), allocatedSize(d)}
}

func TestStorageSizes(t *testing.T) {
	t.Parallel()
	const unknown, block, raw, sparse, network = 1, 3, 4, 5, 6
	tests := []struct {
		name                 string
		source               hv.SourceType
		capacity, allocation hv.Opt[int64]
		want                 facts
	}{
		{"empty drive", hv.SourceUnknown, none, none, facts{unknown, 1, -1, -1}},
		{"sparse", hv.SourceSparse, some(1000), some(10), facts{sparse, 1, 1000, 10}},
		{"sparse, of unknown size", hv.SourceSparse, none, some(10), facts{sparse, 1, -1, 10}},
		{"sparse, of unknown allocation", hv.SourceSparse, some(1000), none, facts{sparse, 1, 1000, -1}},
		{"sparse, with snapshots inside", hv.SourceSparse, some(1000), some(2 * gibi), facts{sparse, kibi, 1, 2 * mebi}},
		{"sparse, nothing written", hv.SourceSparse, some(20 * gibi), some(0), facts{sparse, kibi, 20 * mebi, 0}},
		{"sparse, hardly anything written", hv.SourceSparse, some(20 * gibi), some(1), facts{sparse, kibi, 20 * mebi, 1}},
		{"raw", hv.SourceRaw, some(gibi), some(gibi), facts{raw, 1, gibi, gibi}},
		{"raw, with holes", hv.SourceRaw, some(gibi), some(4096), facts{sparse, 1, gibi, 4096}},
		{"raw, all hole", hv.SourceRaw, some(gibi), some(0), facts{sparse, 1, gibi, 0}},
		{"raw, and what describes its blocks", hv.SourceRaw, some(gibi), some(gibi + 4096), facts{raw, 1, gibi, gibi}},
		{"raw, which counts no block for the unit", hv.SourceRaw, some(math.MaxInt32), some(tebi), facts{raw, 1, math.MaxInt32, math.MaxInt32}},
		{"raw, of unknown allocation", hv.SourceRaw, some(gibi), none, facts{raw, 1, gibi, gibi}},
		{"raw, of unknown size", hv.SourceRaw, none, some(gibi), facts{raw, 1, -1, -1}},
		{"block", hv.SourceBlock, some(5 * tebi), some(5 * tebi), facts{block, mebi, 5 * mebi, 5 * mebi}},
		{"block, written to in part", hv.SourceBlock, some(5 * tebi), some(1), facts{block, mebi, 5 * mebi, 5 * mebi}},
		{"block, of unknown size", hv.SourceBlock, none, some(1), facts{block, 1, -1, -1}},
		{"network", hv.SourceNetwork, some(2 * tebi), some(1), facts{network, mebi, 2 * mebi, 1}},
		{"negative", hv.SourceSparse, some(-1), some(-5), facts{sparse, 1, -1, -1}},
		{"raw, negative allocation", hv.SourceRaw, some(gibi), some(-5), facts{raw, 1, gibi, gibi}},
		{"beyond measure", hv.SourceSparse, some(math.MaxInt64), some(7), facts{sparse, 1, -1, 7}},
		{"the greatest", hv.SourceSparse, some(maxSize), some(maxSize - 1), facts{sparse, gibi, math.MaxInt32, math.MaxInt32}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, factsOf(tt.source, tt.capacity, tt.allocation)); diff != "" {
				t.Errorf("unexpected facts (-want +got):\n%s", diff)
			}
		})
	}
}

// TestStorageRules proves what the RFC demands of any disk: sizes and unit in their ranges, and for block and raw an
// allocated size that does not differ from the defined one.
func TestStorageRules(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.OneOf(rapid.Just(none), rapid.Map(rapid.Int64(), some), rapid.Map(rapid.Int64Range(-2, 5*tebi), some))
		source := hv.SourceType(rapid.IntRange(0, 7).Draw(t, "source"))
		f := factsOf(source, size.Draw(t, "capacity"), size.Draw(t, "allocation"))
		if f.Unit < 1 || f.Defined < -1 || f.Allocated < -1 {
			t.Fatalf("out of range: %+v", f)
		}
		if (f.Source == storageSourceTypeBlock || f.Source == storageSourceTypeRaw) && f.Defined != f.Allocated {
			t.Fatalf("block or raw, and sizes that differ: %+v", f)
		}
	})
}
