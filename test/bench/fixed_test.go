package bench

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// checkGolden compares a text with that of a file.
func checkGolden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("unexpected %s (-want +got):\n%s", name, diff)
	}
}

// fixedMachine is one that never was.
func fixedMachine() machine {
	return machine{date: "2026-11-21", revision: "v1.0.0-7-gabcdef0", facts: []string{"2 CPUs: Some CPU", "24.7 GB of memory"}}
}

// fixedFigures are figures of each kind.
func fixedFigures() []figure {
	return []figure{
		{
			work: "a walk", unit: "varbinds/s", beside: "the C subagent",
			ours: []float64{110_000, 90_000, 100_000}, theirs: []float64{50_000, 45_000, 40_000}, goal: atLeast(2),
		},
		{work: "", unit: "CPU ms", beside: "the C subagent", ours: []float64{1.5, 1.25}, theirs: []float64{1, 1}, goal: atMost(1)},
		{work: "a search", unit: "allocations", ours: []float64{0, 0, 0}, goal: atMost(0)},
		{work: "a start", unit: "s", ours: []float64{0.123456}},
	}
}

// fixedPoints grow as they were to, but for the last curve.
func fixedPoints() []point {
	return []point{
		{vms: 100, next: 160, walk: 11, refresh: 9, event: 5},
		{vms: 1_000, next: 190, walk: 11.5, refresh: 95, event: 6},
		{vms: 10_000, next: 240, walk: 12, refresh: 1_100, event: 9},
		{vms: 100_000, next: 310, walk: 12.4, refresh: 13_000, event: 25},
	}
}
