package sim

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/vmond/vmond/hv"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The interfaces that the collector looks for.
var (
	_ hv.Source   = (*Source)(nil)
	_ hv.Watcher  = (*Source)(nil)
	_ hv.Surveyor = (*Source)(nil)
	_ hv.Closer   = (*Source)(nil)
)

// open returns the simulation of a URI.
func open(t testing.TB, uri string) *Source {
	t.Helper()
	s, err := New(uri)
	if err != nil {
		t.Fatalf("failed to open %q: %v", uri, err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("failed to close %q: %v", uri, err)
		}
	})
	return s
}

// states returns the summaries of all virtual machines by key.
func states(t testing.TB, s *Source) map[string]hv.Summary {
	t.Helper()
	all, err := s.States(t.Context())
	if err != nil {
		t.Fatalf("failed to read states: %v", err)
	}
	byKey := make(map[string]hv.Summary, len(all))
	for _, v := range all {
		if _, twice := byKey[v.Key]; twice {
			t.Fatalf("key %q appears twice", v.Key)
		}
		byKey[v.Key] = v
	}
	return byKey
}

// keys returns the keys of all virtual machines.
func keys(t testing.TB, s *Source) []string {
	t.Helper()
	all, err := s.States(t.Context())
	if err != nil {
		t.Fatalf("failed to read states: %v", err)
	}
	keys := make([]string, len(all))
	for i, v := range all {
		keys[i] = v.Key
	}
	return keys
}

// definition returns the definition of one virtual machine.
func definition(t testing.TB, s *Source, key string) (d hv.Definition) {
	t.Helper()
	err := s.Definitions(t.Context(), []string{key}, func(_ string, got hv.Definition, err error) {
		if err != nil {
			t.Fatalf("failed to read definition of %q: %v", key, err)
		}
		d = got
	})
	if err != nil {
		t.Fatalf("failed to read definitions: %v", err)
	}
	return d
}

// survey returns the survey of one virtual machine.
func survey(t testing.TB, s *Source, key string) (found hv.Survey) {
	t.Helper()
	err := s.Surveys(t.Context(), []string{key}, func(_ string, got hv.Survey, err error) {
		if err != nil {
			t.Fatalf("failed to read survey of %q: %v", key, err)
		}
		found = got
	})
	if err != nil {
		t.Fatalf("failed to read surveys: %v", err)
	}
	return found
}

// statistics returns the statistics of one virtual machine.
func statistics(t testing.TB, s *Source, key string) (st hv.Statistics) {
	t.Helper()
	err := s.Statistics(t.Context(), []string{key}, func(_ string, got hv.Statistics, err error) {
		if err != nil {
			t.Fatalf("failed to read statistics of %q: %v", key, err)
		}
		st = got
	})
	if err != nil {
		t.Fatalf("failed to read statistics: %v", err)
	}
	return st
}
