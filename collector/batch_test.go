package collector

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestBatch(t *testing.T) {
	tests := []struct {
		name string
		do   func(b *batch[int])
		want []int // the sizes that were handed over
	}{
		{"nothing", func(b *batch[int]) { b.flush() }, nil},
		{"few", func(b *batch[int]) { b.add(1); b.add(2); b.flush(); b.flush() }, []int{2}},
		{"many", func(b *batch[int]) {
			for i := range 2*batchSize + 1 {
				b.add(i)
			}
			b.flush()
		}, []int{batchSize, batchSize, 1}},
		{"one, and no more for long", func(b *batch[int]) { b.add(1); pass(2 * batchAge) }, []int{1}},
		{"slowly", func(b *batch[int]) {
			for i := range 4 {
				b.add(i)
				pass(batchAge * 2 / 3)
			}
			b.flush()
		}, []int{2, 2}},
		{"a list that was full begins a new time", func(b *batch[int]) {
			for i := range batchSize {
				b.add(i)
			}
			pass(batchAge / 2)
			b.add(1)
			pass(batchAge * 3 / 4)
			b.add(2)
			b.flush()
		}, []int{batchSize, 2}},
	}
	for _, tt := range tests {
		// How many come is only a guess.
		for _, expected := range []int{-1, 0, 1, 2*batchSize + 1, 10 * batchSize} {
			t.Run(fmt.Sprintf("%s of %d", tt.name, expected), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					var got []int
					b := newBatch(expected, func(list []int) { got = append(got, len(list)) })
					tt.do(b)
					pass(10 * time.Second)
					if diff := cmp.Diff(tt.want, got); diff != "" {
						t.Errorf("unexpected batches (-want +got):\n%s", diff)
					}
				})
			})
		}
	}
}

// TestBatchMemory proves that a batch takes the memory for what is to come, and no more.
func TestBatchMemory(t *testing.T) {
	t.Parallel()
	var got []int
	b := newBatch(2*batchSize+3, func(list []int) { got = append(got, cap(list)) })
	for i := range 2*batchSize + 3 {
		b.add(i)
	}
	b.flush()
	if diff := cmp.Diff([]int{batchSize, batchSize, 3}, got); diff != "" {
		t.Errorf("unexpected capacities (-want +got):\n%s", diff)
	}
}
