package vmmib_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/mib"
	"github.com/vmond/vmond/mib/vmmib"
	"github.com/vmond/vmond/mib/vmmib/vmmibtest"
)

// TestProcessorBase proves which rows vmCpuAffinityTable has, by the host's CPUs and the number of the first one.
func TestProcessorBase(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		cpus []int
		base int32
		want []string
	}{
		{name: "no CPU is known"},
		{name: "net-snmp", cpus: []int{0, 2}, want: []string{"1.1.196608 = INTEGER: 2", "1.1.196610 = INTEGER: 1"}},
		{name: "another agent", cpus: []int{0, 2}, base: 1, want: []string{"1.1.1 = INTEGER: 2", "1.1.3 = INTEGER: 1"}},
		{
			name: "beyond the last index", cpus: []int{0, 2}, base: math.MaxInt32 - 1,
			want: []string{"1.1.2147483646 = INTEGER: 2"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := collector.NewSnapshot(hv.Host{CPUs: tt.cpus}, vmmibtest.Now(), &collector.VM{
				Index: 1, CPUs: []collector.CPU{{Index: 1, CPU: hv.CPU{Affinity: hv.Some(hv.CPUSet{0b100})}}},
			})
			v := vmmib.New(func() *collector.Snapshot { return s }, vmmib.Options{ProcessorBase: tt.base})
			column := mib.MustOID("1.3.6.1.2.1.236.1.6.1.3")
			var got []string
			for _, i := range walk(v.Tree()) {
				if i.name.HasPrefix(column) {
					got = append(got, line(instance{i.name[len(column):], i.value}))
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("unexpected rows (-want +got):\n%s", diff)
			}
		})
	}
}

// TestAffinityAfterGap proves that the physical CPU asked for counts only with the virtual CPU asked for: the next one
// begins with the first physical CPU.
func TestAffinityAfterGap(t *testing.T) {
	t.Parallel()
	s := collector.NewSnapshot(hv.Host{CPUs: []int{0, 1, 2}}, vmmibtest.Now(),
		&collector.VM{Index: 1, CPUs: []collector.CPU{{Index: 1}, {Index: 3}}},
		&collector.VM{Index: 4, CPUs: []collector.CPU{{Index: 1}}})
	column := mib.MustOID("1.3.6.1.2.1.236.1.6.1.3")
	for start, want := range map[string]string{
		"1.1.196609": "1.1.196610",
		"1.1.196610": "1.3.196608",
		"1.2.196609": "1.3.196608",
		"1.3.196610": "4.1.196608",
		"1.9.196609": "4.1.196608",
		"2.1.196609": "4.1.196608",
	} {
		name, _, ok := over(s).Next(nil, append(column.Append(), mib.MustOID(start)...), false, nil)
		if got := name.String(); !ok || got != column.String()+"."+want {
			t.Errorf("Next from %s finds %s, want %s", start, got, want)
		}
	}
}
