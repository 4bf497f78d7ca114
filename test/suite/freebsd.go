package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
)

// A port is what is compiled for FreeBSD on one architecture.
type port struct {
	arch  string
	tasks [][]string // the arguments of go
}

// ports are what is compiled, since nothing of it can be run here. No cache spares the linking of test binaries. For one
// architecture they are all linked; for the other only where the words of the kernel are read, and where all comes together: go vet
// reads the others there as well.
func ports() []port {
	build, vet := []string{"build", "./..."}, []string{"vet", "./..."}
	tests := []string{"test", "-vet=off", "-c", "-o", os.DevNull}
	return []port{
		{"amd64", [][]string{build, vet, slices.Concat(tests, []string{"./..."})}},
		{"arm64", [][]string{build, vet, slices.Concat(tests, []string{"./hv/bhyve/...", "./cmd/..."})}},
	}
}

// freebsd compiles all that there is for FreeBSD, without C. It goes on after an error, so that all of them are known at once.
func (s *suite) freebsd(ctx context.Context, t *turn) error {
	var errs []error
	for _, p := range ports() {
		for _, args := range p.tasks {
			cmd := exec.CommandContext(ctx, "go", args...)
			cmd.Env = append(os.Environ(), "GOOS=freebsd", "GOARCH="+p.arch, "CGO_ENABLED=0")
			cmd.Stderr = t.out // on standard output it only says which packages have no tests
			if err := runProgram(cmd); err != nil {
				errs = append(errs, fmt.Errorf("freebsd on %s: %w", p.arch, err))
			}
		}
	}
	return errors.Join(errs...)
}
