package libvirt

import (
	"testing"

	"github.com/vmond/vmond/hv"
)

func TestPinning(t *testing.T) {
	t.Parallel()
	p := newPinning("2-3", []pinXML{{"0", "0"}, {"1", "0-70"}, {"-1", "5"}, {"2", ""}, {"9999999", "1"}})
	tests := []struct {
		name     string
		p        pinning
		id, cpus int
		want     string
	}{
		{"a rule of its own", p, 0, 4, "0"},
		{"a rule beyond the host", p, 1, 4, "0-3"},
		{"a rule that is empty", p, 2, 4, "2-3"},
		{"the rule of the rest", p, 3, 4, "2-3"},
		{"host not known", p, 3, 0, "2-3"},
		{"no rule", newPinning("", nil), 0, 10, "0-9"},
		{"a rule that makes no sense", newPinning("x", nil), 0, 1, "0"},
		{"no rule and no host", newPinning("", nil), 0, 0, "absent"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := "absent"
			if set, ok := tt.p.of(tt.id, tt.cpus).Get(); ok {
				got = set.String()
			}
			if got != tt.want {
				t.Errorf("unexpected set: %s, want %s", got, tt.want)
			}
		})
	}
}

func TestCPUMap(t *testing.T) {
	t.Parallel()
	maps := []byte{0b1, 0, 0xff, 0xff}
	tests := []struct {
		name       string
		i, n, cpus int
		want       string
	}{
		{"first", 0, 2, 12, "0"},
		{"second, with bits beyond the host", 1, 2, 12, "0-11"},
		{"beyond the last", 2, 2, 12, "absent"},
		{"one octet each", 2, 4, 3, "0-2"},
		{"too short", 0, 3, 12, "absent"},
		{"too long", 0, 1, 12, "absent"},
		{"host not known", 0, 2, 0, "absent"},
		{"negative", -1, 2, 12, "absent"},
		{"more than there is memory", 0, 1 << 62, 12, "absent"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := "absent"
			if set, ok := cpuMap(maps, tt.i, tt.n, tt.cpus).Get(); ok {
				got = set.String()
			}
			if got != tt.want {
				t.Errorf("unexpected set: %s, want %s", got, tt.want)
			}
		})
	}
}

func TestSetAffinity(t *testing.T) {
	t.Parallel()
	cpus := []hv.CPU{{ID: 0, Affinity: hv.Some(hv.CPUSet{1})}, {ID: 3, Affinity: hv.Some(hv.CPUSet{1})}}
	setAffinity(cpus, map[int]hv.Opt[hv.CPUSet]{3: hv.Some(hv.CPUSet{2}), 0: {}, 7: hv.Some(hv.CPUSet{4})})
	want := []string{"0", "1"}
	for i, c := range cpus {
		if set, _ := c.Affinity.Get(); set.String() != want[i] {
			t.Errorf("unexpected set of %d: %v, want %s", c.ID, set, want[i])
		}
	}
}
