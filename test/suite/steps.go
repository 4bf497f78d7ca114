package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// The packages that need real daemons. That of the guests needs root too.
const (
	module      = "github.com/vmond/vmond"
	lab         = module + "/test/lab"
	integration = module + "/test/integration"
	guests      = module + "/test/guests"
)

const (
	// unitTimeout and integrationTimeout are for a package that hangs: they show where.
	unitTimeout        = "-timeout=5m"
	integrationTimeout = "-timeout=8m"
)

// steps are all steps, in the order in which they find mistakes fastest.
func (s *suite) steps() []step {
	return []step{
		{name: "install", about: "the packages of test/packages that are missing", run: s.install, vital: true},
		{name: "format", about: "gofmt", run: s.format},
		{name: "vet", about: "go vet ./...", run: s.vet},
		{name: "build", about: "go build ./...", run: s.build, vital: true},
		{name: "unit", about: "go test -race, all packages that need no daemon", run: s.unit},
		{name: "integration", about: "go test -race, against snmpd, libvirtd and QEMU", run: s.integration},
		{name: "fuzz", about: fmt.Sprintf("every target, those of %s for %v", strings.Join(wireDirs(), " and "), s.fuzzTime), run: s.fuzz},
	}
}

func (s *suite) install(ctx context.Context) error {
	return s.command(ctx, "test/install", "run", "test")
}
func (s *suite) vet(ctx context.Context) error   { return s.command(ctx, "go", "vet", "./...") }
func (s *suite) build(ctx context.Context) error { return s.command(ctx, "go", "build", "./...") }

func (s *suite) format(ctx context.Context) error {
	files, err := exec.CommandContext(ctx, "gofmt", "-l", ".").Output()
	if err != nil {
		return err
	}
	if len(files) > 0 {
		return fmt.Errorf("gofmt would change\n%s", files)
	}
	return nil
}

func (s *suite) unit(ctx context.Context) error {
	list, err := exec.CommandContext(ctx, "go", "list", "./...").Output()
	if err != nil {
		return fmt.Errorf("go list: %w", err)
	}
	var packages []string
	for pkg := range strings.FieldsSeq(string(list)) {
		if !slices.Contains([]string{lab, integration, guests}, pkg) {
			packages = append(packages, pkg)
		}
	}
	return s.goTest(ctx, append([]string{unitTimeout}, packages...)...)
}

// integration runs the tests against real programs one package after the other, because each keeps the machine busy.
func (s *suite) integration(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "vmond-suite-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	bin := filepath.Join(dir, "vmond")
	if err := s.command(ctx, "go", "build", "-race", "-o", bin, "./cmd/vmond"); err != nil {
		return err
	}
	if err := os.Setenv("VMOND_BINARY", bin); err != nil {
		return err
	}
	args := []string{"-count=1", "-p=1", integrationTimeout}
	err = s.goTest(ctx, append(args, lab, integration)...)
	if root := sudo(ctx); root != "" {
		args = append(args, "-exec", root)
	}
	return errors.Join(err, s.goTest(ctx, append(args, guests)...))
}

// goTest runs go test with the race detector. That it is verbose is for the skipped tests: only so are they named.
func (s *suite) goTest(ctx context.Context, args ...string) error {
	f := &filter{out: s.out, report: &s.report}
	defer f.Close()
	cmd := exec.CommandContext(ctx, "go", append([]string{"test", "-race", "-vet=off", "-v"}, args...)...)
	cmd.Stdout, cmd.Stderr = f, f
	return runProgram(cmd)
}
