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
	"time"
)

// The packages that need real daemons. Those of the guests, the benchmark and the faults need root too.
const (
	module      = "github.com/vmond/vmond"
	lab         = module + "/test/lab"
	integration = module + "/test/integration"
	guests      = module + "/test/guests"
	bench       = module + "/test/bench"
	faults      = module + "/test/faults"
	soak        = module + "/test/soak"
)

const (
	// unitTimeout, integrationTimeout and faultsTimeout are for a package that hangs: they show where.
	unitTimeout        = "-timeout=10m"
	integrationTimeout = "-timeout=15m"
	faultsTimeout      = "-timeout=30m"
	// waiting is how many of the tests of faults run at once: most of them wait for most of their time.
	waiting = "-parallel=8"
	// soakSpare is how much longer than its churn the soak may take.
	soakSpare = 10 * time.Minute
)

// steps are all steps, in the order in which they find mistakes fastest.
func (s *suite) steps() []step {
	return []step{
		{name: "install", about: "the packages of test/packages that are missing", run: s.install, vital: true},
		{name: "format", about: "gofmt", run: s.format},
		{name: "vet", about: "go vet ./...", run: s.vet},
		{name: "build", about: "go build ./...", run: s.build, vital: true},
		{name: "soak", about: fmt.Sprintf("10,000 virtual machines churn for %v", s.soakTime), run: s.soak, beside: true},
		{name: "freebsd", about: "go build, go vet and the test binaries for FreeBSD, nothing of which can run here", run: s.freebsd},
		{name: "unit", about: "go test -race, all packages that need no daemon", run: s.unit},
		{name: "fuzz", about: fmt.Sprintf("every target, those of %s for %v", strings.Join(wireDirs(), " and "), s.fuzzTime), run: s.fuzz},
		{name: "integration", about: "go test -race, against snmpd, libvirtd and QEMU", run: s.integration, alone: true},
		{name: "faults", about: "go test -race, against snmpd, libvirtd and QEMU on their worst day", run: s.faults, alone: true},
	}
}

func (s *suite) install(ctx context.Context, t *turn) error {
	return t.command(ctx, "test/install", "run", "test")
}

func (s *suite) vet(ctx context.Context, t *turn) error {
	return t.command(ctx, "go", "vet", "./...")
}

func (s *suite) build(ctx context.Context, t *turn) error {
	return t.command(ctx, "go", "build", "./...")
}

func (s *suite) format(ctx context.Context, _ *turn) error {
	files, err := exec.CommandContext(ctx, "gofmt", "-l", ".").Output()
	if err != nil {
		return err
	}
	if len(files) > 0 {
		return fmt.Errorf("gofmt would change\n%s", files)
	}
	return nil
}

func (s *suite) unit(ctx context.Context, t *turn) error {
	list, err := exec.CommandContext(ctx, "go", "list", "./...").Output()
	if err != nil {
		return fmt.Errorf("go list: %w", err)
	}
	var packages []string
	for pkg := range strings.FieldsSeq(string(list)) {
		if !slices.Contains([]string{lab, integration, guests, bench, faults, soak}, pkg) {
			packages = append(packages, pkg)
		}
	}
	return t.goTest(ctx, append([]string{"-race", unitTimeout}, packages...)...)
}

// soak goes without the race detector: nothing is to be slower than it is, beside other steps.
func (s *suite) soak(ctx context.Context, t *turn) error {
	args := []string{"-count=1", "-timeout=" + (s.soakTime + soakSpare).String(), soak, "-soak=" + s.soakTime.String()}
	return t.goTest(ctx, slices.Concat(mortal(), args)...)
}

func (s *suite) integration(ctx context.Context, t *turn) error {
	return withBinary(ctx, t, func(args []string) error {
		args = append(args, integrationTimeout)
		err := t.goTest(ctx, slices.Concat(mortal(), args, []string{lab, integration})...)
		return errors.Join(err, t.goTest(ctx, slices.Concat(asRoot(ctx), args, []string{guests, bench})...))
	})
}

func (s *suite) faults(ctx context.Context, t *turn) error {
	return withBinary(ctx, t, func(args []string) error {
		return t.goTest(ctx, slices.Concat(asRoot(ctx), args, []string{faultsTimeout, waiting, faults})...)
	})
}

// withBinary builds a vmond with the race detector and calls do with the arguments of go test for packages that run it:
// one after the other, because each keeps the machine busy.
func withBinary(ctx context.Context, t *turn, do func(args []string) error) error {
	dir, err := os.MkdirTemp("", "vmond-suite-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	bin := filepath.Join(dir, "vmond")
	if err := t.command(ctx, "go", "build", "-race", "-o", bin, "./cmd/vmond"); err != nil {
		return err
	}
	if err := os.Setenv(binaryEnv, bin); err != nil {
		return err
	}
	return do([]string{"-race", "-count=1", "-p=1"})
}

// mortal returns the arguments of go test that let a test end with it: a TERM ends go test without a word to what it runs,
// which would go on for as long as it takes.
func mortal() []string { return []string{"-exec", "setpriv --pdeathsig TERM --"} }

// asRoot returns the arguments of go test that let it run a package as root, where we are not and that can be.
func asRoot(ctx context.Context) []string {
	if root := sudo(ctx); root != "" {
		return []string{"-exec", root}
	}
	return mortal()
}

// goTest runs go test. That it is verbose is for the skipped tests: only so are they named.
func (t *turn) goTest(ctx context.Context, args ...string) error {
	f := &filter{out: t.out, report: &t.report}
	defer f.Close()
	cmd := exec.CommandContext(ctx, "go", append([]string{"test", "-vet=off", "-v"}, args...)...)
	cmd.Stdout, cmd.Stderr = f, f
	return runProgram(cmd)
}
