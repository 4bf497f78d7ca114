package main

import (
	"bytes"
	"regexp"
)

const (
	// deadlineFailure is all that go test says of a target whose time was over when nothing had failed.
	deadlineFailure = `(?m)^--- FAIL: \w+ \([0-9.]+s\)\n    context deadline exceeded\nFAIL$`
	// failingInput is how go test names the input of a target that did fail.
	failingInput = "Failing input written to"
)

// onlyTimeIsUp reports whether a target failed for no other reason than that its time was over. Until Go 1.27 the end of
// -fuzztime is now and then taken for a failure (golang.org/issue/75804): the coordinator compares the error of its
// context with that of a child, which has none yet. A failure of the target itself always comes with its input.
func onlyTimeIsUp(out []byte) bool {
	return regexp.MustCompile(deadlineFailure).Match(out) && !bytes.Contains(out, []byte(failingInput))
}
