package soak

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv"
)

var (
	one, two = hv.UUID{1}, hv.UUID{2}

	pauses  = tale{one, hv.StateRunning, hv.StatePaused, false}
	resumes = tale{one, hv.StatePaused, hv.StateRunning, false}
	stops   = tale{one, hv.StateRunning, hv.StateShutdown, false}
	goes    = tale{one, hv.StateShutdown, hv.StateUnknown, true}
	other   = tale{two, hv.StateSuspended, hv.StateResuming, false}
)

func TestStory(t *testing.T) {
	t.Parallel()
	type counts struct{ Told, Twice, Gaps int }
	running := map[hv.UUID]hv.OperState{one: hv.StateRunning}
	tests := []struct {
		name  string
		tales []tale
		truth map[hv.UUID]hv.OperState
		want  counts
	}{
		{"nothing", nil, running, counts{}},
		{"a whole life", []tale{pauses, resumes, stops, goes}, nil, counts{4, 0, 0}},
		{"two lives", []tale{pauses, other, resumes}, map[hv.UUID]hv.OperState{one: hv.StateRunning, two: hv.StateResuming}, counts{3, 0, 0}},
		{"one in the middle is missing", []tale{pauses, stops}, map[hv.UUID]hv.OperState{one: hv.StateShutdown}, counts{2, 0, 1}},
		{"the first may be any", []tale{resumes}, running, counts{1, 0, 0}},
		{"one comes twice", []tale{pauses, pauses, resumes}, running, counts{3, 1, 0}},
		{"the last is missing", []tale{pauses}, running, counts{1, 0, 1}},
		{"the end is missing", []tale{stops}, nil, counts{1, 0, 1}},
		{"one that is gone is there", []tale{stops, goes}, running, counts{2, 0, 1}},
		{"one that is gone is told of again", []tale{goes, pauses}, map[hv.UUID]hv.OperState{one: hv.StatePaused}, counts{2, 0, 1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var s story
			for _, tale := range tt.tales {
				s.tell(tale)
			}
			s.ends(tt.truth)
			if diff := cmp.Diff(tt.want, counts{s.told, s.twice, s.gaps}); diff != "" {
				t.Errorf("unexpected counts (-want +got):\n%s%q", diff, s.examples)
			}
			if len(s.examples) != s.gaps {
				t.Errorf("%d examples of %d gaps", len(s.examples), s.gaps)
			}
		})
	}
}

func TestStoryForgets(t *testing.T) {
	t.Parallel()
	var s story
	s.tell(pauses)
	s.forget()
	s.tell(stops)
	s.ends(map[hv.UUID]hv.OperState{one: hv.StateShutdown})
	if s.gaps != 0 || s.told != 2 {
		t.Errorf("%d gaps in a story of %d that was forgotten in between", s.gaps, s.told)
	}
}

func TestStoryTellsFewExamples(t *testing.T) {
	t.Parallel()
	var s story
	for range 3 * maxExamples {
		s.tell(pauses)
		s.tell(stops)
	}
	if len(s.examples) != maxExamples || s.gaps != 6*maxExamples-1 {
		t.Errorf("%d examples of %d gaps, want %d of %d", len(s.examples), s.gaps, maxExamples, 6*maxExamples-1)
	}
	want := fmt.Sprintf("%v: running to shutdown after running to paused", one)
	if diff := cmp.Diff(want, s.examples[0]); diff != "" {
		t.Errorf("unexpected example (-want +got):\n%s", diff)
	}
}
