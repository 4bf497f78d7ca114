package libvirt

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/libvirt/libvirttest"
)

// someStats are the statistics of running(n).
func someStats(n uint64) hv.Statistics {
	return hv.Statistics{
		CPUTime: duration(hv.Some(1000 + n)), CurCPUs: hv.Some(1),
		CPUs:  []hv.CPUStats{{ID: 0, Time: duration(hv.Some[uint64](500))}},
		Disks: []hv.DiskStats{{Key: "vda", Capacity: hv.Some[int64](4096), ReadRequests: hv.Some[uint64](7)}},
		NICs:  []hv.NICStats{{Key: "52:54:00:00:00:01", RxBytes: hv.Some[uint64](9)}},
	}
}

// sameStats compares statistics but for their time and run.
func sameStats() cmp.Option { return cmpopts.IgnoreFields(hv.Statistics{}, "At", "Run") }

// many returns a daemon with virtual machines 1 to n, and their keys.
func many(n int) (libvirttest.Daemon, []string) {
	var d libvirttest.Daemon
	var keys []string
	for i := range n {
		d.Domains = append(d.Domains, running(i+1, fmt.Sprintf("vm-%d", i+1)))
		keys = append(keys, key(i+1))
	}
	return d, keys
}

func TestStatistics(t *testing.T) {
	t.Parallel()
	d, keys := many(250)
	d.Domains = append(d.Domains, off(251, "off"))
	srv, s := fake(t, d)
	got := statistics(t, s, append(keys, key(251), key(252), "nonsense")...)
	if len(got) != 253 {
		t.Fatalf("unexpected number of statistics: %d", len(got))
	}
	for i, k := range keys {
		if diff := cmp.Diff(someStats(uint64(i+1)), got[k].value, sameStats()); diff != "" || got[k].err != nil {
			t.Fatalf("unexpected statistics of %d: %v (-want +got):\n%s", i+1, got[k].err, diff)
		}
		if got[k].value.At.IsZero() {
			t.Fatalf("statistics of %d without a time", i+1)
		}
	}
	off := hv.Statistics{Disks: []hv.DiskStats{{
		Key: "vda", Capacity: hv.Some[int64](4096), Allocation: hv.Some[int64](512), Physical: hv.Some[int64](4096),
	}}}
	if diff := cmp.Diff(off, got[key(251)].value, sameStats()); diff != "" {
		t.Errorf("unexpected statistics of one that is off (-want +got):\n%s", diff)
	}
	for _, gone := range []string{key(252), "nonsense"} {
		if !errors.Is(got[gone].err, hv.ErrGone) {
			t.Errorf("unexpected error of %q: %v", gone, got[gone].err)
		}
	}
	if got := srv.Calls(libvirttest.ConnectGetAllStats); got < 2 {
		t.Errorf("unexpected number of chunks: %d", got)
	}
	if got := srv.Calls(libvirttest.DomainGetXMLDesc); got != len(keys) {
		t.Errorf("%d definitions were read for the names of the interfaces", got)
	}
	statistics(t, s, keys...)
	if got := srv.Calls(libvirttest.DomainGetXMLDesc); got != len(keys) {
		t.Errorf("the definitions were read again: %d", got)
	}
}

// TestStatisticsNewInterface has one that got another interface, and one that was started anew, since its definition
// was read.
func TestStatisticsNewInterface(t *testing.T) {
	t.Parallel()
	d, keys := many(2)
	srv, s := fake(t, d)
	definitions(t, s, keys...)
	read := srv.Calls(libvirttest.DomainGetXMLDesc)
	srv.Change(func(d *libvirttest.Daemon) {
		again := running(7, "vm-1")
		again.UUID, again.XML = uuid(1), replace(again.XML, key(7), key(1))
		more := running(2, "vm-2")
		more.XML = replace(more.XML, "tap2", "tap22")
		more.Stats[len(more.Stats)-2].Value = "tap22"
		d.Domains = []libvirttest.Domain{again, more}
	})
	got := statistics(t, s, keys...)
	for _, k := range keys {
		if n := got[k].value.NICs; got[k].err != nil || len(n) != 1 || n[0].Key != "52:54:00:00:00:01" {
			t.Errorf("unexpected interfaces of %q: %+v, %v", k, n, got[k].err)
		}
	}
	if got := srv.Calls(libvirttest.DomainGetXMLDesc) - read; got != 2 {
		t.Errorf("unexpected number of definitions: %d", got)
	}
}

// TestStatisticsOtherInterface has one whose interface was replaced, while it was off, by one of the same name.
func TestStatisticsOtherInterface(t *testing.T) {
	t.Parallel()
	d, keys := many(1)
	srv, s := fake(t, d)
	definitions(t, s, keys...)
	srv.Change(func(d *libvirttest.Daemon) {
		d.Domains[0].ID = 8
		d.Domains[0].XML = replace(d.Domains[0].XML, "52:54:00:00:00:01", "52:54:00:00:00:02")
		d.Domains[0].XML = replace(d.Domains[0].XML, "id='1'", "id='8'")
	})
	got := statistics(t, s, keys...)[key(1)]
	if got.err != nil || len(got.value.NICs) != 1 || got.value.NICs[0].Key != "52:54:00:00:00:02" {
		t.Errorf("unexpected statistics: %+v, %v", got.value, got.err)
	}
}

// TestStatisticsOfNone asks about none, which libvirt takes for all.
func TestStatisticsOfNone(t *testing.T) {
	t.Parallel()
	srv, s := fake(t, someDaemon())
	got := statistics(t, s, "nonsense", "more nonsense")
	if len(got) != 2 || !errors.Is(got["nonsense"].err, hv.ErrGone) {
		t.Errorf("unexpected statistics: %v", got)
	}
	if got := statistics(t, s); len(got) != 0 {
		t.Errorf("unexpected statistics: %v", got)
	}
	if n := srv.Calls(libvirttest.ConnectGetAllStats); n != 0 {
		t.Errorf("%d requests", n)
	}
}

// TestStatisticsNoWaitSkips has a QEMU that hangs: the first request about it is never answered, later ones leave out
// what QEMU would have to be asked.
func TestStatisticsNoWaitSkips(t *testing.T) {
	t.Parallel()
	d, keys := many(firstChunk)
	held := false
	d.Hang = func(p libvirttest.Proc, about []libvirttest.Domain) bool {
		first := p == libvirttest.ConnectGetAllStats && len(about) > 0 && !held
		held = held || first
		return first
	}
	d.Domains[11].Stats = slices.DeleteFunc(slices.Clone(d.Domains[11].Stats), func(p libvirttest.Param) bool {
		return p.Name == "block.0.rd.reqs" || p.Name == "block.0.capacity"
	})
	srv, s := fake(t, d)
	got := statistics(t, s, keys...)
	for i, k := range keys {
		if err := got[k].err; (err != nil) != (i == 11) || i == 11 && !errors.Is(err, errBusy) {
			t.Errorf("unexpected error of %d: %v", i+1, err)
		}
	}
	if got := srv.Calls(libvirttest.ConnectGetAllStats); got != 2 {
		t.Errorf("unexpected number of requests: %d", got)
	}
}

// TestStatisticsSick has some that are never answered at all. Only they get an error, and the next time they are asked
// after the others and alone.
func TestStatisticsSick(t *testing.T) {
	t.Parallel()
	d, keys := many(8)
	ill := []string{"vm-3", "vm-8"}
	d.Hang = func(p libvirttest.Proc, about []libvirttest.Domain) bool {
		return p == libvirttest.ConnectGetAllStats && slices.ContainsFunc(about, func(d libvirttest.Domain) bool {
			return slices.Contains(ill, d.Name)
		})
	}
	srv, s := fake(t, d)
	for round := range 2 {
		before := srv.Calls(libvirttest.ConnectGetAllStats)
		got := statistics(t, s, keys...)
		if len(got) != len(keys) {
			t.Fatalf("unexpected number of statistics: %d", len(got))
		}
		for i, k := range keys {
			if err := got[k].err; errors.Is(err, errMissed) != slices.Contains(ill, fmt.Sprintf("vm-%d", i+1)) {
				t.Errorf("unexpected error of %d: %v", i+1, err)
			}
		}
		if asked := srv.Calls(libvirttest.ConnectGetAllStats) - before; round == 1 && asked != 3 {
			t.Errorf("unexpected number of requests when they were known: %d", asked)
		}
	}
	srv.Change(func(d *libvirttest.Daemon) { d.Hang = nil })
	for range 2 {
		for k, o := range statistics(t, s, keys...) {
			if o.err != nil {
				t.Errorf("unexpected error of %q, which is well again: %v", k, o.err)
			}
		}
	}
}

// TestStatisticsDeadline returns when the context is done, though nobody answers.
func TestStatisticsDeadline(t *testing.T) {
	t.Parallel()
	d, keys := many(16)
	d.Hang = func(p libvirttest.Proc, _ []libvirttest.Domain) bool { return p == libvirttest.ConnectGetAllStats }
	_, s := fake(t, d)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	_, err := gather(t, func(yield func(string, hv.Statistics, error)) error { return s.Statistics(ctx, keys, yield) })
	if !errors.Is(err, errMissed) {
		t.Errorf("unexpected error: %v", err)
	}
}

// TestStatisticsFailure has one about which each request fails.
func TestStatisticsFailure(t *testing.T) {
	t.Parallel()
	d, keys := many(10)
	d.Fail = func(p libvirttest.Proc, about []libvirttest.Domain) error {
		bad := slices.ContainsFunc(about, func(d libvirttest.Domain) bool { return d.Name == "vm-7" })
		if p == libvirttest.ConnectGetAllStats && bad {
			return libvirttest.Error{Code: libvirttest.CodeInternal, Message: "Unable to encode message payload"}
		}
		return nil
	}
	_, s := fake(t, d)
	got := statistics(t, s, keys...)
	for i, k := range keys {
		if err := got[k].err; (err != nil) != (i == 6) {
			t.Errorf("unexpected error of %d: %v", i+1, err)
		}
	}
}

// singleStats are the statistics of running(n) as a driver without bulk statistics has them.
func singleStats(n uint64) hv.Statistics {
	return hv.Statistics{
		CPUTime: duration(hv.Some(1000 + n)), CurCPUs: hv.Some(1), CurMem: hv.Some[int64](1 << 20), MaxMem: hv.Some[int64](2 << 20),
		CPUs: []hv.CPUStats{{ID: 0, Time: duration(hv.Some[uint64](500))}},
		Disks: []hv.DiskStats{{
			Key: "vda", Capacity: hv.Some[int64](4096), Allocation: hv.Some[int64](512), Physical: hv.Some[int64](1024),
			ReadRequests: hv.Some[uint64](7), ReadBytes: hv.Some[uint64](70), WriteRequests: hv.Some[uint64](8),
		}},
		NICs: []hv.NICStats{{
			Key: "52:54:00:00:00:01", RxBytes: hv.Some[uint64](9), RxPackets: hv.Some[uint64](1),
			RxErrors: hv.Some[uint64](0), RxDrops: hv.Some[uint64](0),
			TxBytes: hv.Some[uint64](5), TxPackets: hv.Some[uint64](2), TxErrors: hv.Some[uint64](0),
		}},
	}
}

// TestStatisticsSingles has drivers without bulk statistics, and the test driver, whose have nothing in them.
func TestStatisticsSingles(t *testing.T) {
	t.Parallel()
	for _, thin := range []bool{false, true} {
		t.Run(fmt.Sprintf("thin=%t", thin), func(t *testing.T) {
			t.Parallel()
			d, keys := many(3)
			d.Domains = append(d.Domains, off(4, "off"))
			keys = append(keys, key(4), key(5))
			d.Unsupported = map[libvirttest.Proc]bool{
				libvirttest.ConnectGetAllStats: !thin, libvirttest.DomainBlockStatsFlags: true,
			}
			for i := range d.Domains {
				d.Domains[i].Stats = nil
			}
			srv, s := fake(t, d)
			for range 2 {
				got := statistics(t, s, keys...)
				for i := range 3 {
					if diff := cmp.Diff(singleStats(uint64(i+1)), got[key(i+1)].value, sameStats()); diff != "" {
						t.Errorf("unexpected statistics: %v (-want +got):\n%s", got[key(i+1)].err, diff)
					}
				}
				off := hv.Statistics{CurCPUs: hv.Some(1), CurMem: hv.Some[int64](1 << 20), MaxMem: hv.Some[int64](2 << 20)}
				if diff := cmp.Diff(off, got[key(4)].value, sameStats()); diff != "" {
					t.Errorf("unexpected statistics of one that is off (-want +got):\n%s", diff)
				}
				if !errors.Is(got[key(5)].err, hv.ErrGone) {
					t.Errorf("unexpected error: %v", got[key(5)].err)
				}
			}
			for _, p := range []libvirttest.Proc{libvirttest.ConnectGetAllStats, libvirttest.DomainBlockStatsFlags} {
				if n := srv.Calls(p); n != 1 {
					t.Errorf("procedure %d, which the driver does not have, was called %d times", p, n)
				}
			}
		})
	}
}

// TestStatisticsSingleStarted has one that is started, and has a device on the host from then on.
func TestStatisticsSingleStarted(t *testing.T) {
	t.Parallel()
	d := libvirttest.Daemon{Domains: []libvirttest.Domain{off(1, "vm")}}
	d.Unsupported = map[libvirttest.Proc]bool{libvirttest.ConnectGetAllStats: true}
	srv, s := fake(t, d)
	if got := statistics(t, s, key(1))[key(1)]; got.err != nil || got.value.NICs != nil {
		t.Errorf("unexpected statistics while it is off: %+v, %v", got.value, got.err)
	}
	srv.Change(func(d *libvirttest.Daemon) { d.Domains[0] = running(1, "vm") })
	if got := statistics(t, s, key(1))[key(1)]; got.err != nil || len(got.value.NICs) != 1 || len(got.value.Disks) != 1 {
		t.Errorf("unexpected statistics while it runs: %+v, %v", got.value, got.err)
	}
}

// TestStatisticsSingleTimes has a driver that counts the times of a disk.
func TestStatisticsSingleTimes(t *testing.T) {
	t.Parallel()
	d, keys := many(1)
	d.Unsupported = map[libvirttest.Proc]bool{libvirttest.ConnectGetAllStats: true, libvirttest.DomainGetVcpus: true}
	disk := d.Domains[0].Disks["vda"]
	disk.Flags = []libvirttest.Param{
		{Name: "rd_operations", Value: int64(1)}, {Name: "rd_bytes", Value: int64(2)},
		{Name: "rd_total_times", Value: int64(3)}, {Name: "wr_operations", Value: int64(4)},
		{Name: "wr_bytes", Value: int64(5)}, {Name: "wr_total_times", Value: int64(6)},
		{Name: "flush_operations", Value: int64(8)}, {Name: "flush_total_times", Value: int64(9)},
		{Name: "errs", Value: int64(-1)},
	}
	d.Domains[0].Disks["vda"] = disk
	_, s := fake(t, d)
	got := statistics(t, s, keys...)[key(1)]
	want := []hv.DiskStats{{
		Key: "vda", Capacity: hv.Some[int64](4096), Allocation: hv.Some[int64](512), Physical: hv.Some[int64](1024),
		FlushRequests: hv.Some[uint64](8), FlushTime: duration(hv.Some[uint64](9)),
		ReadRequests: hv.Some[uint64](1), ReadBytes: hv.Some[uint64](2), ReadTime: duration(hv.Some[uint64](3)),
		WriteRequests: hv.Some[uint64](4), WriteBytes: hv.Some[uint64](5), WriteTime: duration(hv.Some[uint64](6)),
	}}
	if diff := cmp.Diff(want, got.value.Disks); diff != "" {
		t.Errorf("unexpected disks: %v (-want +got):\n%s", got.err, diff)
	}
	if got.value.CPUs != nil {
		t.Errorf("virtual CPUs of a driver that has none: %+v", got.value.CPUs)
	}
}

// TestStatisticsContainer makes sure that what a container uses is not taken for what it was given.
func TestStatisticsContainer(t *testing.T) {
	t.Parallel()
	d, keys := many(1)
	d.Unsupported = map[libvirttest.Proc]bool{libvirttest.ConnectGetAllStats: true}
	srv := libvirttest.Start(t, d)
	s := sourceOf(t, "lxc:///system?socket="+srv.Socket(), quick())
	if got := statistics(t, s, keys...)[key(1)]; got.err != nil || !got.value.CurMem.IsZero() {
		t.Errorf("unexpected statistics: %+v, %v", got.value, got.err)
	}
}

// TestStatisticsSingleSick has one whose disks do not answer, without bulk statistics.
func TestStatisticsSingleSick(t *testing.T) {
	t.Parallel()
	d, keys := many(4)
	d.Unsupported = map[libvirttest.Proc]bool{libvirttest.ConnectGetAllStats: true}
	d.Hang = func(p libvirttest.Proc, about []libvirttest.Domain) bool {
		return p == libvirttest.DomainBlockStatsFlags && about[0].Name == "vm-2"
	}
	_, s := fake(t, d)
	got := statistics(t, s, keys...)
	for i, k := range keys {
		if err := got[k].err; errors.Is(err, errMissed) != (i == 1) {
			t.Errorf("unexpected error of %d: %v", i+1, err)
		}
	}
}

// TestStatisticsByName has one without a UUID, which is found by its name.
func TestStatisticsByName(t *testing.T) {
	t.Parallel()
	d := someDaemon()
	d.Unsupported = map[libvirttest.Proc]bool{libvirttest.ConnectGetAllStats: true}
	d.Domains[5].CPUTime = 5
	d.Domains[5].XML = string(read(t, "testdata/domain/domain-0.xml"))
	_, s := fake(t, d)
	got := statistics(t, s, "name:Domain-0")["name:Domain-0"]
	if got.err != nil || got.value.CPUTime.Or(0) != 5 {
		t.Errorf("unexpected statistics: %+v, %v", got.value, got.err)
	}
}
