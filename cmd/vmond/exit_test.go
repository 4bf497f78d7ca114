package main

import (
	"io"
	"strings"
	"testing"
)

// TestOutputIsFull proves that what cannot be written is a failure of the work, whoever writes it.
func TestOutputIsFull(t *testing.T) {
	t.Parallel()
	for _, args := range []string{
		"version", "--version", "completion bash", "completion zsh", "show --direct --hypervisor sim:///", "show vm -o json --direct --hypervisor sim:///",
	} {
		t.Run(args, func(t *testing.T) {
			t.Parallel()
			if got := run(strings.Fields(args), io.Discard, io.Discard); got != exitDone {
				t.Fatalf("unexpected exit code: %d, want %d", got, exitDone)
			}
			var stderr strings.Builder
			if got := run(strings.Fields(args), full{}, &stderr); got != exitFailed {
				t.Errorf("unexpected exit code with a full output: %d, want %d", got, exitFailed)
			}
			if got, want := stderr.String(), "vmond: "+errFull.Error()+"\n"; got != want {
				t.Errorf("unexpected message %q, want %q", got, want)
			}
		})
	}
}
