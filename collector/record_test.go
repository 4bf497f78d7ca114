package collector

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv"
)

func TestRecordFollow(t *testing.T) {
	t.Parallel()
	var none hv.Opt[time.Duration]
	at := func(d time.Duration) hv.Opt[time.Duration] { return hv.Some(d) }
	const now = 100 * time.Second
	up := func(started hv.Opt[time.Duration], run, startedRun int64) record {
		return record{Admin: hv.AdminRunning, Run: run, Started: started, StartedRun: startedRun}
	}
	tests := []struct {
		name    string
		old     record
		admin   hv.AdminState
		run     int64
		watched bool
		want    hv.Opt[time.Duration]
		wantRun int64
	}{
		{"found running at the first look", record{}, hv.AdminRunning, 7, false, none, 7},
		{"appeared running while we looked", record{}, hv.AdminRunning, 7, true, at(now), 7},
		{"shutdown to running", record{Admin: hv.AdminShutdown}, hv.AdminRunning, 7, true, at(now), 7},
		{"shutdown to running while nobody looked", record{Admin: hv.AdminShutdown}, hv.AdminRunning, 7, false, none, 7},
		{"shutdown to paused", record{Admin: hv.AdminShutdown}, hv.AdminPaused, 7, true, at(now), 7},
		{"goes on running", up(at(5), 7, 7), hv.AdminRunning, 7, true, at(5), 7},
		{"went on running while nobody looked", up(at(5), 7, 7), hv.AdminRunning, 7, false, at(5), 7},
		{"paused", up(at(5), 7, 7), hv.AdminPaused, 7, true, at(5), 7},
		{"saved", up(at(5), 7, 7), hv.AdminSuspended, 0, true, at(5), 7},
		{"restored", record{Admin: hv.AdminSuspended, Started: at(5), StartedRun: 7}, hv.AdminRunning, 8, true, at(5), 7},
		{"restored while nobody looked", record{Admin: hv.AdminSuspended, Started: at(5), StartedRun: 7}, hv.AdminRunning, 8, false, at(5), 7},
		{"restored before anybody saw it saved", record{Admin: hv.AdminSuspended, Run: 7, Started: at(5), StartedRun: 7}, hv.AdminRunning, 8, true, at(5), 7},
		{"another run, its end unseen", up(at(5), 7, 7), hv.AdminRunning, 8, true, at(now), 8},
		{"another run while nobody looked", up(at(5), 7, 7), hv.AdminRunning, 8, false, none, 8},
		{"a run that an event began gets its number", up(at(5), -1, -1), hv.AdminRunning, 8, true, at(5), 8},
		{"a run that an event began after a restore gets its number", up(at(5), -1, 7), hv.AdminRunning, 8, true, at(5), 7},
		{"a run that an event began, and another while nobody looked", up(at(5), -1, -1), hv.AdminRunning, 8, false, none, 8},
		{"shut down", up(at(5), 7, 7), hv.AdminShutdown, 0, true, none, 0},
		{"save thrown away", record{Admin: hv.AdminSuspended, Started: at(5), StartedRun: 7}, hv.AdminShutdown, 0, true, none, 0},
		{"state unknown for a moment", up(at(5), 7, 7), hv.AdminUnknown, 7, true, at(5), 7},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := tt.old
			r.follow(hv.Summary{Admin: tt.admin, Run: tt.run}, now, tt.watched)
			if diff := cmp.Diff(tt.want, r.Started); diff != "" {
				t.Errorf("unexpected start (-want +got):\n%s", diff)
			}
			if r.StartedRun != tt.wantRun {
				t.Errorf("unexpected run of the start: want %d, got %d", tt.wantRun, r.StartedRun)
			}
			if r.follow(hv.Summary{Admin: tt.admin, Run: tt.run}, now+1, true) {
				t.Error("the same Summary again changed the record")
			}
		})
	}
}

func TestRecordRefine(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		r       record
		process time.Duration
		want    hv.Opt[time.Duration]
		changed bool
	}{
		{"unknown start", record{Run: 7, StartedRun: 7}, 5 * time.Second, hv.Some(5 * time.Second), true},
		{"seen start", record{Run: 7, StartedRun: 7, Started: hv.Some(9 * time.Second)}, 5 * time.Second, hv.Some(5 * time.Second), true},
		{"jitter", record{Run: 7, StartedRun: 7, Started: hv.Some(5 * time.Second)}, 5*time.Second + 20*time.Millisecond, hv.Some(5 * time.Second), false},
		{"restored in another process", record{Run: 8, StartedRun: 7, Started: hv.Some(time.Second)}, 5 * time.Second, hv.Some(time.Second), false},
		{"not active", record{}, 5 * time.Second, hv.Opt[time.Duration]{}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := tt.r
			if got := r.refine(tt.process); got != tt.changed {
				t.Errorf("unexpected report of a change: want %t, got %t", tt.changed, got)
			}
			if diff := cmp.Diff(tt.want, r.Started); diff != "" {
				t.Errorf("unexpected start (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRecordIdentify(t *testing.T) {
	t.Parallel()
	s := hv.Summary{UUID: hv.UUID{1}, Name: "a", Persistent: hv.Yes}
	for name, change := range map[string]func(*hv.Summary){
		"UUID":       func(s *hv.Summary) { s.UUID = hv.UUID{2} },
		"name":       func(s *hv.Summary) { s.Name = "b" },
		"persistent": func(s *hv.Summary) { s.Persistent = hv.No },
	} {
		var r record
		if !r.identify(s) || r.identify(s) {
			t.Errorf("%s: what is new is no change, or what is the same is one", name)
		}
		next := s
		change(&next)
		if !r.identify(next) || r.UUID != next.UUID || r.Name != next.Name || r.Persistent != next.Persistent {
			t.Errorf("%s: unexpected record: %+v", name, r)
		}
	}
}
