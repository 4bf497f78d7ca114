package libvirt

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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
