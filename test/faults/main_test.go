//go:build linux

package faults

import (
	"os"
	"testing"
	"time"

	"github.com/vmond/vmond/test/lab"
)

const (
	// settle is how long anything may take that has no figure of its own, on a busy machine. Nothing waits longer than it
	// needs.
	settle = 60 * time.Second
	// back is how soon after the return of what was away all is as it should be.
	back = 2 * time.Second
)

func TestMain(m *testing.M) { os.Exit(lab.Isolated(m)) }
