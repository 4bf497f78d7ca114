package vmmib

import (
	"encoding/hex"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAffected(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		indices []int32
		want    string
	}{
		{"none", nil, ""},
		{"the first", []int32{1}, "80"},
		{"the last of an octet", []int32{8}, "01"},
		{"the first of the next", []int32{9}, "0080"},
		{"an octet", []int32{1, 2, 3, 4, 5, 6, 7, 8}, "ff"},
		{"the RFC's own bits in two octets", []int32{1, 3, 10}, "a040"},
		{"the first of the third", []int32{17}, "000080"},
		{"in any order", []int32{10, 1, 3}, "a040"},
		{"twice", []int32{3, 1, 3, 10, 10}, "a040"},
		{"far away", []int32{80, 2}, "40000000000000000001"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var a affected
			for _, i := range tt.indices {
				a.add(i)
			}
			if diff := cmp.Diff(tt.want, hex.EncodeToString(a.value().AppendOctets(nil))); diff != "" {
				t.Errorf("unexpected list (-want +got):\n%s", diff)
			}
		})
	}
}

// TestAffectedFits proves that a set fits a message exactly as long as its highest index does.
func TestAffectedFits(t *testing.T) {
	t.Parallel()
	for _, size := range []int{0, 484, 1472, 8192, MaxMessageSize, MaxMessageSize + 1, math.MaxInt} {
		most := MaxIndex(size)
		for _, index := range []int32{most, most + 1, math.MaxInt32} {
			if index == 0 {
				continue // no index
			}
			for _, set := range [][]int32{{1, index}, {index, 1}} {
				var a affected
				for _, i := range set {
					a.add(i)
				}
				if want := index == most; a.fits(size) != want {
					t.Errorf("size %d: %d fits: want %t", size, set, want)
				}
			}
		}
	}
}

// TestAffectedTakesNoMemoryForWhatNeverFits proves that one absurd index costs nothing.
func TestAffectedTakesNoMemoryForWhatNeverFits(t *testing.T) {
	t.Parallel()
	var a affected
	a.add(math.MaxInt32)
	a.add(MaxIndex(MaxMessageSize) + 1)
	if len(a.bits) != 0 {
		t.Errorf("unexpected %d octets", len(a.bits))
	}
	a.add(MaxIndex(MaxMessageSize))
	if want := MaxMessageSize - messageOverhead; len(a.bits) != want {
		t.Errorf("unexpected %d octets, want %d", len(a.bits), want)
	}
}

// FuzzAffected proves that the list has the indices that were put in, read in the RFC's words, and no octet too many.
func FuzzAffected(f *testing.F) {
	for _, seed := range [][]byte{nil, {0, 0, 1}, {0, 0, 1, 0, 0, 3, 0, 0, 10}, {0xff, 0xff, 0xff}, {7, 0xf4, 0x38, 7, 0xf4, 0x39}} {
		f.Add(seed)
	}
	const octets = 3 // of an index, up to 2^24-1
	f.Fuzz(func(t *testing.T, data []byte) {
		var a affected
		var want []int32
		fits := true
		for in := range slices.Chunk(data, octets) {
			var index int32
			for _, b := range in {
				index = index<<8 | int32(b)
			}
			if index == 0 {
				continue
			}
			a.add(index)
			want = append(want, index)
			fits = fits && index <= MaxIndex(MaxMessageSize)
		}
		if a.fits(MaxMessageSize) != fits {
			t.Fatalf("%d fits: want %t", want, fits)
		}
		if !fits {
			return
		}
		slices.Sort(want)
		list := a.value().AppendOctets(nil)
		var got []int32
		for i, o := range list {
			for bit := range 8 {
				if o&(0x80>>bit) != 0 {
					got = append(got, int32(8*i+bit+1))
				}
			}
		}
		if diff := cmp.Diff(slices.Compact(want), got); diff != "" {
			t.Errorf("unexpected indices (-want +got):\n%s", diff)
		}
		if len(list) > 0 && list[len(list)-1] == 0 {
			t.Errorf("the list %x could be shorter", list)
		}
	})
}
