package collector

import (
	"testing"

	"pgregory.net/rapid"
)

// TestFinder proves for lists of any length that the first element of a key is found, or none.
func TestFinder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfN(rapid.IntRange(0, 2*few), 0, 3*few).Draw(t, "list")
		find := finder(list, func(n *int) int { return *n })
		for key := -1; key <= 2*few; key++ {
			want := -1
			for i, n := range list {
				if n == key {
					want = i
					break
				}
			}
			if got := find(key); got != want {
				t.Fatalf("%d is found at %d in %v, want %d", key, got, list, want)
			}
		}
	})
}
