//go:build linux

package bench

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/vmond/vmond/test/lab"
)

var measure = flag.Bool("measure", false, "measure at full size, and write RESULTS.md and growth.svg")

// A size says how much is measured.
type size struct {
	rounds  int           // of each comparison
	turn    time.Duration // how long one side of it works in a round, at least
	walked  []int         // virtual machines that are walked
	farm    int           // virtual machines of everything else
	guests  int           // QEMU's
	started int           // domains that are there when vmond starts
	busy    time.Duration // how long it is walked without pause
	idle    time.Duration // how long nobody asks
	growth  []int         // virtual machines
}

// full is what the results are measured with, and small what proves that they can be measured.
var (
	full = size{
		rounds: 7, turn: 2 * time.Second, walked: []int{1_000, 10_000}, farm: 10_000, guests: 20, started: 1_000,
		busy: time.Minute, idle: time.Minute, growth: []int{100, 1_000, 10_000, 100_000},
	}
	small = size{
		rounds: 1, turn: 50 * time.Millisecond, walked: []int{20}, farm: 20, guests: 1, started: 20,
		busy: time.Second, idle: time.Second, growth: []int{10, 20, 40, 80},
	}
)

// A bench is one run of everything.
type bench struct {
	size
	figures []figure
	growth  []point
	whole   bool     // whether nothing may be missing
	absent  []string // what was not measured
}

// TestBench measures everything, one thing after the other. What is slower than it should be is no failure: it is in the results.
// What cannot be measured is one with -measure, and without it is skipped as everywhere.
func TestBench(t *testing.T) {
	b := &bench{size: small, whole: *measure}
	dir := t.TempDir()
	if *measure {
		b.size, dir = full, "."
	}
	lab.UsePlain(t)
	parts := []struct {
		name string
		run  func(t *testing.T)
	}{
		{"walks", b.walks},
		{"states", b.states},
		{"statistics", b.statistics},
		{"footprint", b.footprint},
		{"idleness", b.idleness},
		{"start", b.start},
		{"in process", b.inProcess},
		{"events", b.events},
		{"growth", b.grow},
	}
	for _, p := range parts {
		had := len(b.figures) + len(b.growth)
		if b.part(t, p.name, p.run) && len(b.figures)+len(b.growth) == had && len(b.absent) == 0 {
			t.Fatalf("%s has no figure", p.name)
		}
	}
	for _, c := range complaints(b.figures, b.growth) {
		t.Error(c)
	}
	written := results(thisMachine(), b.figures, b.growth)
	t.Log(written)
	if len(b.absent) > 0 {
		t.Logf("nothing is written, since these are absent: %q", b.absent)
		return
	}
	for name, text := range map[string]string{"RESULTS.md": written, "growth.svg": growthPlot(b.growth)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
