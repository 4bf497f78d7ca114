package bhyve

import (
	"io/fs"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

func TestVCPUs(t *testing.T) {
	t.Parallel()
	threads := []freebsd.Process{
		{ThreadName: "mevent"}, {ThreadName: "vcpu 0", Thread: 1}, {ThreadName: "blk-4:0-0"}, {ThreadName: "vcpu 12", Thread: 2},
		{ThreadName: "vcpu x"}, {ThreadName: "vcpu -1"}, {ThreadName: "vcpu 99999"}, {ThreadName: "vcpu "}, {},
	}
	want := map[int]freebsd.Process{0: threads[1], 12: threads[3]}
	if diff := cmp.Diff(want, vcpus(threads)); diff != "" {
		t.Errorf("unexpected threads (-want +got):\n%s", diff)
	}
}

// TestCPUs proves that a guest has as many virtual CPUs as it was given, unless more have a thread: then it was given others.
func TestCPUs(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		given   hv.Opt[int]
		threads []int
		want    []int
	}{
		{"nothing is known", hv.Opt[int]{}, nil, nil},
		{"threads alone", hv.Opt[int]{}, []int{2, 0, 1}, []int{0, 1, 2}},
		{"it does not run", hv.Some(2), nil, []int{0, 1}},
		{"as many", hv.Some(2), []int{0, 1}, []int{0, 1}},
		{"not all have a thread yet", hv.Some(3), []int{0}, []int{0, 1, 2}},
		{"more have one", hv.Some(1), []int{0, 1, 2, 3}, []int{0, 1, 2, 3}},
		{"more have one by its number", hv.Some(2), []int{0, 2}, []int{0, 2}},
	}
	for _, tt := range tests {
		threads := map[int]freebsd.Process{}
		for _, id := range tt.threads {
			threads[id] = freebsd.Process{}
		}
		e := &environment{hostCPUs: func() int { return 0 }}
		var got []int
		for _, c := range e.cpus(freebsd.NewRecording(), &guest{}, makeup{cpus: tt.given}, threads) {
			got = append(got, c.ID)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: unexpected virtual CPUs (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestConsumed(t *testing.T) {
	t.Parallel()
	threads := []freebsd.Process{
		{ThreadName: "mevent", Runtime: time.Second},
		{ThreadName: "vcpu 0", Runtime: 10 * time.Second}, {ThreadName: "vcpu 1", Runtime: 20 * time.Second},
	}
	cpus := map[int]time.Duration{0: 10 * time.Second, 1: 20 * time.Second}
	tests := []struct {
		name    string
		runtime time.Duration
		want    time.Duration
	}{
		{"some threads have ended", 40 * time.Second, 40 * time.Second},
		{"the threads are ahead", 29 * time.Second, 31 * time.Second},
		{"alike", 31 * time.Second, 31 * time.Second},
	}
	for _, tt := range tests {
		got := consumed(freebsd.Process{Runtime: tt.runtime}, threads)
		if diff := cmp.Diff(spent{tt.want, cpus}, got, cmp.AllowUnexported(spent{})); diff != "" {
			t.Errorf("%s: unexpected CPU time (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestPinning(t *testing.T) {
	t.Parallel()
	each := map[int]hv.CPUSet{0: set(t, "2"), 1: set(t, "3,100"), 2: set(t, "100")}
	tests := []struct {
		name string
		p    pinning
		id   int
		cpus int
		want hv.Opt[hv.CPUSet]
	}{
		{"anywhere", pinning{}, 0, 10, hv.Some(hv.CPUSet{0xff, 0x03})},
		{"anywhere on 8", pinning{}, 0, 8, hv.Some(hv.CPUSet{0xff})},
		{"pinned", pinning{each: each}, 0, 8, hv.Some(hv.CPUSet{0x04})},
		{"pinned in part to what there is not", pinning{each: each}, 1, 8, hv.Some(hv.CPUSet{0x08})},
		{"pinned to what there is not", pinning{each: each}, 2, 8, hv.Some(hv.CPUSet{0})},
		{"not pinned", pinning{each: each}, 3, 8, hv.Some(hv.CPUSet{0xff})},
		{"not pinned by itself", pinning{each: each, rest: set(t, "0-3")}, 3, 8, hv.Some(hv.CPUSet{0x0f})},
		{"short set", pinning{rest: set(t, "1")}, 0, 16, hv.Some(hv.CPUSet{0x02, 0})},
		{"unknown host", pinning{each: each}, 0, 0, hv.Opt[hv.CPUSet]{}},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, tt.p.of(tt.id, tt.cpus)); diff != "" {
			t.Errorf("%s: unexpected set (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestParseSet(t *testing.T) {
	t.Parallel()
	long := make([]byte, maxSetText+1)
	for i := range long {
		long[i] = '1'
	}
	tests := []struct {
		text string
		want hv.CPUSet
	}{
		{"0-3", hv.CPUSet{0x0f}},
		{"0,2-4", hv.CPUSet{0x1d}},
		{"", nil},
		{"0-3,^2", nil},
		{"all", nil},
		{"3-1", nil},
		{string(long), nil},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, parseSet(tt.text)); diff != "" {
			t.Errorf("parseSet(%.20q): unexpected set (-want +got):\n%s", tt.text, diff)
		}
	}
}

func TestAffinity(t *testing.T) {
	t.Parallel()
	rec := freebsd.NewRecording()
	mask := make([]byte, 32)
	mask[0], mask[1] = 0x04, 0x01
	rec.SetAffinity(1, mask)
	rec.SetAffinity(2, []byte{1})
	rec.SetError(fs.ErrPermission, "affinity", "3")
	tests := []struct {
		name         string
		thread, cpus int
		want         hv.Opt[hv.CPUSet]
	}{
		{"known", 1, 16, hv.Some(hv.CPUSet{0x04, 0x01})},
		{"what the host has", 1, 8, hv.Some(hv.CPUSet{0x04})},
		{"unknown host", 1, 0, hv.Opt[hv.CPUSet]{}},
		{"makes no sense", 2, 8, hv.Opt[hv.CPUSet]{}},
		{"may not be asked", 3, 8, hv.Opt[hv.CPUSet]{}},
		{"gone", 4, 8, hv.Opt[hv.CPUSet]{}},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, affinity(rec, freebsd.Process{Thread: tt.thread}, tt.cpus)); diff != "" {
			t.Errorf("%s: unexpected set (-want +got):\n%s", tt.name, diff)
		}
	}
}

// FuzzVCPUs proves that whatever threads are called, no number comes out that cannot be.
func FuzzVCPUs(f *testing.F) {
	f.Fuzz(func(t *testing.T, first, second string) {
		threads := []freebsd.Process{{ThreadName: first, Thread: 1}, {ThreadName: second, Thread: 2}}
		for id, thread := range vcpus(threads) {
			if id < 0 || id > 1<<16-1 || thread.Thread != 1 && thread.Thread != 2 {
				t.Errorf("%q and %q: virtual CPU %d is thread %d", first, second, id, thread.Thread)
			}
		}
	})
}
