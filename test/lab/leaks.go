package lab

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"
)

// leakless runs the tests of a package and returns the exit status. A goroutine that they leave is a failure.
func leakless(m *testing.M) int {
	code := m.Run()
	if code != 0 {
		return code
	}
	if err := goleak.Find(); err != nil {
		fmt.Fprintln(os.Stderr, "lab:", err)
		return 1
	}
	return 0
}
