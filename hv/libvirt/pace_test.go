package libvirt

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/libvirt/libvirttest"
)

func TestPace(t *testing.T) {
	t.Parallel()
	type request struct {
		n    int
		took time.Duration
	}
	const ms = time.Millisecond
	tests := []struct {
		name     string
		requests []request
		want     []int // the size after each
	}{
		{"as usual", []request{{20, 100 * ms}, {100, 500 * ms}}, []int{100, 100}},
		{"slow", []request{{20, 2000 * ms}, {5, 500 * ms}}, []int{5, 5}},
		{"so slow that one is all", []request{{20, 20_000 * ms}, {1, 5000 * ms}}, []int{1, 1}},
		{"next to nothing", []request{{20, 1}, {500, 0}}, []int{500, 500}},
		{"slow for once", []request{{20, 100 * ms}, {100, 5000 * ms}, {10, 50 * ms}, {12, 60 * ms}, {17, 85 * ms}}, []int{100, 10, 12, 16, 20}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var p pace
			if got := p.size(); got != firstChunk {
				t.Errorf("unexpected first size: want %d, got %d", firstChunk, got)
			}
			var got []int
			for _, r := range tt.requests {
				p.note(r.n, r.took)
				got = append(got, p.size())
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("unexpected sizes (-want +got):\n%s", diff)
			}
		})
	}
}

// TestStatisticsTellTheirTime proves that the statistics have the time of the request that read them.
func TestStatisticsTellTheirTime(t *testing.T) {
	t.Parallel()
	d, keys := many(5 * firstChunk)
	srv, s := fake(t, d)
	for reading := range 2 {
		before, began := srv.Calls(libvirttest.ConnectGetAllStats), time.Now()
		times := map[time.Time]int{}
		for _, got := range statistics(t, s, keys...) {
			times[got.value.At]++
			if got.value.At.Before(began) {
				t.Errorf("reading %d: statistics of %v before it", reading, began.Sub(got.value.At))
			}
		}
		if requests := srv.Calls(libvirttest.ConnectGetAllStats) - before; len(times) != requests {
			t.Errorf("reading %d: %d times of %d requests", reading, len(times), requests)
		}
	}
}

// TestPaceIsOfTheRequestAlone proves that the pace does not count the opening of the connection, the definitions that are read
// meanwhile, and the time of who takes the statistics: what these took is no part of what a virtual machine is thought to need.
func TestPaceIsOfTheRequestAlone(t *testing.T) {
	t.Parallel()
	const pause = 50 * time.Millisecond
	var others atomic.Int64 // how long what is not the request took
	linger := func() {
		began := time.Now()
		<-time.After(pause)
		others.Add(int64(time.Since(began)))
	}
	d, keys := many(2)
	d.Fail = func(p libvirttest.Proc, _ []libvirttest.Domain) error {
		if p == libvirttest.AuthList || p == libvirttest.DomainGetXMLDesc {
			linger()
		}
		return nil
	}
	srv, s := fake(t, d)
	began := time.Now()
	if err := s.Statistics(patiently(t), keys, func(string, hv.Statistics, error) { linger() }); err != nil {
		t.Fatal(err)
	}
	all := time.Since(began)
	if srv.Calls(libvirttest.AuthList) == 0 || srv.Calls(libvirttest.DomainGetXMLDesc) != len(keys) {
		t.Fatal("no connection was opened, or no definition read")
	}
	took := s.pace.cost * time.Duration(len(keys))
	if most := all - time.Duration(others.Load()); took <= 0 || took > most {
		t.Errorf("the request counts as one of %v, but all took %v and the rest of it %v", took, all, all-most)
	}
}

// TestPaceOfNoRequest proves that what is not asked for, because there is no connection, does not count as quick.
func TestPaceOfNoRequest(t *testing.T) {
	t.Parallel()
	d, keys := many(2)
	d.Hang = func(p libvirttest.Proc, _ []libvirttest.Domain) bool { return p == libvirttest.AuthList }
	_, s := fake(t, d)
	ctx, cancel := context.WithTimeout(t.Context(), s.bounds.short)
	defer cancel()
	if err := s.Statistics(ctx, keys, func(string, hv.Statistics, error) {}); err == nil {
		t.Fatal("no error of a daemon that cannot be opened")
	}
	if got := s.pace.size(); got != firstChunk {
		t.Errorf("unexpected size: want %d, got %d", firstChunk, got)
	}
}

// TestStatisticsAskAboutFewerOfTheSlow has a daemon take long for each virtual machine, and proves that the next request is about
// fewer, and that none is made before the one before was answered.
func TestStatisticsAskAboutFewerOfTheSlow(t *testing.T) {
	t.Parallel()
	const (
		each = 100 * time.Millisecond // what one takes of the daemon's time
		slow = 2                      // are asked about meanwhile
		most = int(chunkTime / each)  // that the next request may be about
	)
	d, keys := many(firstChunk)
	var sizes []int
	lasts := each
	d.Fail = func(p libvirttest.Proc, about []libvirttest.Domain) error {
		if p == libvirttest.ConnectGetAllStats {
			sizes = append(sizes, len(about))
			<-time.After(time.Duration(len(about)) * lasts)
		}
		return nil
	}
	srv, s := fake(t, d)
	statistics(t, s, keys[:slow]...)
	srv.Change(func(*libvirttest.Daemon) { lasts = 0 })
	statistics(t, s, keys...)
	srv.Change(func(*libvirttest.Daemon) {
		if len(sizes) < 3 || sizes[0] != slow || sizes[1] > most {
			t.Fatalf("unexpected sizes of the requests: %v, want %d and then %d at most", sizes, slow, most)
		}
	})
	if n := srv.Busiest(); n != 1 {
		t.Errorf("%d requests were under way at a time", n)
	}
}
