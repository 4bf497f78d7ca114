// Package life proves that the collector tells the lives of virtual machines as they were: a simulated hypervisor is
// driven at random, and what is told of it is held against what was done.
package life

import (
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
