package mib

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestIndexFrom(t *testing.T) {
	t.Parallel()
	const last = math.MaxUint32
	tests := []struct {
		name    string
		key     OID
		width   int
		include bool
		want    Index
		ok      bool
	}{
		{name: "no key", width: 2, want: Index{}, ok: true},
		{name: "short key", key: OID{7}, width: 2, want: Index{7}, ok: true},
		{name: "short key, included", key: OID{7}, width: 2, include: true, want: Index{7}, ok: true},
		{name: "whole key", key: OID{7, 3}, width: 2, want: Index{7, 4}, ok: true},
		{name: "whole key, included", key: OID{7, 3}, width: 2, include: true, want: Index{7, 3}, ok: true},
		{name: "long key", key: OID{7, 3, 0}, width: 2, want: Index{7, 4}, ok: true},
		{name: "long key, included", key: OID{7, 3, 0}, width: 2, include: true, want: Index{7, 4}, ok: true},
		{name: "very long key", key: OID{7, 3, 9, 9, 9, 9, 9}, width: 2, want: Index{7, 4}, ok: true},
		{name: "carry", key: OID{7, last}, width: 2, want: Index{8, 0}, ok: true},
		{name: "carry over two", key: OID{7, last, last}, width: 3, want: Index{8, 0, 0}, ok: true},
		{name: "last", key: OID{last, last}, width: 2},
		{name: "last, included", key: OID{last, last}, width: 2, include: true, want: Index{last, last}, ok: true},
		{name: "after the last", key: OID{last, last, 0}, width: 2, include: true},
		{name: "widest", key: OID{1, 2, 3, last}, width: MaxIndex, want: Index{1, 2, 4, 0}, ok: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, ok := indexFrom(tt.key, tt.width, tt.include)
			if ok != tt.ok {
				t.Fatalf("there is one: %v, want %v", ok, tt.ok)
			}
			if diff := cmp.Diff(tt.want, got); ok && diff != "" {
				t.Errorf("unexpected index (-want +got):\n%s", diff)
			}
		})
	}
}
