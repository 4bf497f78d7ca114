// Suite runs all the tests of the project and says at the end what ran, how long it took, and what did not run.
//
//	go run ./test/suite [-fuzztime 20s] [-soaktime 10m] [STEP...]
//
// The steps are install, format, vet, build, soak, freebsd, unit, fuzz, integration and faults; without any, all of them. It is
// run in the project's directory. Where CI is "true" in the environment, a test that cannot run for want of a component fails.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

const (
	// defaultFuzzTime is how long each target that reads what a peer sends is fuzzed.
	defaultFuzzTime = 20 * time.Second
	// defaultSoakTime is how long the virtual machines churn.
	defaultSoakTime = 10 * time.Minute
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run is main without the process around it. It returns the exit status: 1 if something failed, 2 for wrong usage.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("suite", flag.ContinueOnError)
	flags.SetOutput(stderr)
	fuzzTime := flags.Duration("fuzztime", defaultFuzzTime, "how long each target of agentx and hv/libvirt is fuzzed; all others a quarter of that")
	soakTime := flags.Duration("soaktime", defaultSoakTime, "how long the virtual machines churn in the soak")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	s := &suite{out: stdout, fuzzTime: *fuzzTime, soakTime: *soakTime}
	todo, err := choose(s.steps(), flags.Args())
	if err != nil {
		fmt.Fprintln(stderr, "suite:", err)
		return 2
	}
	if !s.runSteps(ctx, todo) {
		return 1
	}
	return 0
}

// choose returns the steps of these names, in their own order, or all if no name is given.
func choose(steps []step, names []string) ([]step, error) {
	if len(names) == 0 {
		return steps, nil
	}
	var known []string
	for _, s := range steps {
		known = append(known, s.name)
	}
	for _, name := range names {
		if !slices.Contains(known, name) {
			return nil, fmt.Errorf("no step %q: there are %s", name, strings.Join(known, ", "))
		}
	}
	return slices.DeleteFunc(steps, func(s step) bool { return !slices.Contains(names, s.name) }), nil
}
