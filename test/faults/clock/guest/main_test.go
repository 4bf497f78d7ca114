//go:build linux

package main

import (
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/vmond/vmond/test/lab"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestAlone proves that nobody's clock is set but that of a machine which has nothing but us.
func TestAlone(t *testing.T) {
	t.Parallel()
	for pid, want := range map[int]bool{1: true, 2: false, os.Getpid(): false, 0: false} {
		if got := alone(pid, "own") == nil; got != want {
			t.Errorf("alone as process %d of a machine: %t", pid, got)
		}
		if alone(pid, os.Getenv(lab.MachineEnv)) == nil {
			t.Errorf("alone as process %d of something else", pid)
		}
	}
}

// TestStepsLeadBack proves that the clock is set forth and back, and first not at all.
func TestStepsLeadBack(t *testing.T) {
	t.Parallel()
	sum := steps()[0]
	for _, d := range steps() {
		sum += d
	}
	if sum != 0 || len(steps()) < 2 {
		t.Errorf("unexpected steps: %v", steps())
	}
}
