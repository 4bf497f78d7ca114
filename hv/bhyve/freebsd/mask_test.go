package freebsd

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// set returns a mask of so many octets with the CPUs in it.
func set(size int, cpus ...int) []byte {
	b := make([]byte, size)
	for _, cpu := range cpus {
		b[cpu/8] |= 1 << (cpu % 8)
	}
	return b
}

func TestDecodeMask(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		b    []byte
		want []int
		err  string
	}{
		{"one of FreeBSD 14", recorded(t, "native/cpuset_getaffinity.100618.bin"), []int{2}, ""},
		{"all of 13 and on", set(32, 0, 1, 2, 3, 63, 64, 127, 128, 255), []int{0, 1, 2, 3, 63, 64, 127, 128, 255}, ""},
		{"the last of 14", set(128, 1023), []int{1023}, ""},
		{"the last there may be", set(maxMask, 8*maxMask-1), []int{8*maxMask - 1}, ""},
		{"none", set(32), nil, ""},
		{"a word", set(8, 7, 8), []int{7, 8}, ""},
		{"nothing", nil, nil, "0 octets are not a set of CPUs"},
		{"a part of a word", set(12), nil, "12 octets are not a set of CPUs"},
		{"too long", set(maxMask + 8), nil, "1032 octets are not a set of CPUs"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := DecodeMask(tt.b)
			if diff := cmp.Diff(tt.want, got); diff != "" || textOf(err) != tt.err {
				t.Errorf("unexpected CPUs and %v (-want +got):\n%s", err, diff)
			}
		})
	}
}

// FuzzMask decodes sets of CPUs: they come in ascending order, and make the same set again.
func FuzzMask(f *testing.F) {
	f.Add(recorded(f, "native/cpuset_getaffinity.100618.bin"))
	f.Add(set(32, 0, 255))
	f.Fuzz(func(t *testing.T, b []byte) {
		cpus, err := DecodeMask(b)
		if err != nil {
			return
		}
		for i := range cpus[min(1, len(cpus)):] {
			if cpus[i] >= cpus[i+1] {
				t.Errorf("CPU %d before %d", cpus[i], cpus[i+1])
			}
		}
		if again := set(len(b), cpus...); !bytes.Equal(again, b) {
			t.Errorf("unexpected set (-want +got):\n%s", cmp.Diff(b, again))
		}
	})
}
