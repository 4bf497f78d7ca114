package main

import (
	"fmt"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"go.uber.org/goleak"
)

// TestMain has the scripts of testdata/script find this binary as vmond.
func TestMain(m *testing.M) {
	testscript.Main(leakless{m}, map[string]func(){"vmond": main})
}

// leakless runs the tests and fails if a goroutine is left.
type leakless struct{ m *testing.M }

func (l leakless) Run() int {
	code := l.m.Run()
	if code != 0 {
		return code
	}
	if err := goleak.Find(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}
