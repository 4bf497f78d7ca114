package libvirt

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/libvirt/libvirttest"
)

// quick are bounds that a test can wait for, and a busy machine can keep.
func quick() bounds {
	const short = 600 * time.Millisecond
	return bounds{
		open: patience, call: short, chunk: short, lone: short, short: short, state: portions * short, reason: short,
		heartbeat: short,
	}
}

// sourceOf returns a source of that URI, with those bounds.
func sourceOf(t *testing.T, uri string, b bounds) *Source {
	t.Helper()
	target, err := parseURI(uri, env)
	if err != nil {
		t.Fatalf("failed to parse: %v", err)
	}
	s := newSource(target, b, nopLog())
	t.Cleanup(func() { s.Close() })
	return s
}

// fake starts a daemon made of values, and returns a source for it. If some of its requests hang, the source has quick
// bounds.
func fake(t *testing.T, d libvirttest.Daemon) (*libvirttest.Server, *Source) {
	t.Helper()
	b := defaultBounds()
	if d.Hang != nil {
		b = quick()
	}
	srv := libvirttest.Start(t, d)
	return srv, sourceOf(t, "qemu:///system?socket="+srv.Socket(), b)
}

// patiently returns a context that lasts for the test, or until patience has run out.
func patiently(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// uuid returns the n-th UUID.
func uuid(n int) libvirttest.UUID {
	return libvirttest.UUID{0: 0xfe, 6: 0x40, 8: 0x80, 14: byte(n >> 8), 15: byte(n)}
}

// key returns the n-th key.
func key(n int) string { return hv.UUID(uuid(n)).String() }

// running returns the n-th virtual machine, which runs, with a disk and a network interface.
func running(n int, name string) libvirttest.Domain {
	return libvirttest.Domain{
		Name: name, UUID: uuid(n), ID: int32(n), State: 1, Reason: 1, Persistent: true,
		XML: `<domain type='kvm' id='` + itoa(n) + `'><name>` + name + `</name><uuid>` + key(n) + `</uuid>` +
			`<memory unit='KiB'>2048</memory><currentMemory unit='KiB'>1024</currentMemory>` +
			`<vcpu current='1'>2</vcpu><os><type>hvm</type></os><devices>` +
			`<disk type='file' device='disk'><driver type='raw'/><source file='/d'/><target dev='vda' bus='virtio'/></disk>` +
			`<interface type='bridge'><mac address='52:54:00:00:00:01'/><target dev='tap` + itoa(n) + `'/></interface>` +
			`</devices></domain>`,
		Stats: []libvirttest.Param{
			{Name: "cpu.time", Value: uint64(1000 + n)},
			{Name: "vcpu.current", Value: uint32(1)},
			{Name: "vcpu.0.time", Value: uint64(500)},
			{Name: "block.count", Value: uint32(1)},
			{Name: "block.0.name", Value: "vda"},
			{Name: "block.0.rd.reqs", Value: uint64(7)},
			{Name: "block.0.capacity", Value: uint64(4096)},
			{Name: "net.0.name", Value: "tap" + itoa(n)},
			{Name: "net.0.rx.bytes", Value: uint64(9)},
		},
		MaxMem: 2048, Memory: 1024, CPUTime: uint64(1000 + n),
		CPUs:  []libvirttest.CPU{{Number: 0, Time: 500, Map: []byte{0b10}}},
		Disks: map[string]libvirttest.Disk{"vda": {Counters: [4]int64{7, 70, 8, -1}, Allocation: 512, Capacity: 4096, Physical: 1024}},
		NICs:  map[string][8]int64{"tap" + itoa(n): {9, 1, 0, 0, 5, 2, 0, -1}},
	}
}

// off returns the n-th virtual machine, which is off.
func off(n int, name string) libvirttest.Domain {
	d := running(n, name)
	d.ID, d.State, d.Reason = -1, 5, 1
	d.XML = `<domain type='kvm'><name>` + name + `</name><uuid>` + key(n) + `</uuid><vcpu>1</vcpu></domain>`
	d.Stats = []libvirttest.Param{
		{Name: "cpu.time", Value: uint64(99)},
		{Name: "block.count", Value: uint32(1)},
		{Name: "block.0.name", Value: "vda"},
		{Name: "block.0.allocation", Value: uint64(512)},
		{Name: "block.0.physical", Value: uint64(4096)},
		{Name: "block.0.capacity", Value: uint64(4096)},
	}
	return d
}

// summaries reads the states, by name.
func summaries(t *testing.T, s *Source) map[string]hv.Summary {
	t.Helper()
	sums, err := s.States(patiently(t))
	if err != nil {
		t.Fatalf("failed to read the states: %v", err)
	}
	byName := map[string]hv.Summary{}
	for _, sum := range sums {
		byName[sum.Name] = sum
	}
	return byName
}

// outcome is what was handed to yield for one virtual machine.
type outcome[T any] struct {
	value T
	err   error
}

// gather calls read and gathers what it yields. A key that comes twice is a failure.
func gather[T any](t *testing.T, read func(yield func(string, T, error)) error) (map[string]outcome[T], error) {
	t.Helper()
	got := map[string]outcome[T]{}
	err := read(func(key string, v T, err error) {
		if _, twice := got[key]; twice {
			t.Errorf("%q was handed over twice", key)
		}
		got[key] = outcome[T]{v, err}
	})
	return got, err
}

// statistics reads the statistics of all keys.
func statistics(t *testing.T, s *Source, keys ...string) map[string]outcome[hv.Statistics] {
	t.Helper()
	got, err := gather(t, func(yield func(string, hv.Statistics, error)) error {
		return s.Statistics(patiently(t), keys, yield)
	})
	if err != nil {
		t.Fatalf("failed to read the statistics: %v", err)
	}
	return got
}

// definitions reads the definitions of all keys.
func definitions(t *testing.T, s *Source, keys ...string) map[string]outcome[hv.Definition] {
	t.Helper()
	got, err := gather(t, func(yield func(string, hv.Definition, error)) error {
		return s.Definitions(patiently(t), keys, yield)
	})
	if err != nil {
		t.Fatalf("failed to read the definitions: %v", err)
	}
	return got
}

func itoa(n int) string { return strconv.Itoa(n) }

func replace(text, old, new string) string { return strings.ReplaceAll(text, old, new) }
