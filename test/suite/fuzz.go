package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
)

// A target is a function that go test can fuzz.
type target struct {
	dir, name string
}

// fuzz fuzzes every target, as many at once as there are CPUs.
func (s *suite) fuzz(ctx context.Context, at *turn) error {
	targets, err := findTargets(os.DirFS("."))
	if err != nil {
		return err
	}
	if len(targets) == 0 {
		return errors.New("there is no target")
	}
	var (
		wg   sync.WaitGroup
		mu   sync.Mutex
		errs []error
		free = make(chan struct{}, cpus)
	)
	for _, t := range targets {
		free <- struct{}{}
		wg.Go(func() {
			defer func() { <-free }()
			out, err := s.fuzzOne(ctx, t)
			if ctx.Err() == nil && onlyTimeIsUp(out) {
				err = nil
			}
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				fmt.Fprintf(at.out, "%s", out)
				errs = append(errs, fmt.Errorf("%s in %s: %w", t.name, t.dir, err))
				return
			}
			fmt.Fprintf(at.out, "ok  \t%s in %s\t%s\n", t.name, t.dir, lastCount(out))
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// noMinimizing keeps go test from spending its time on making inputs smaller. By itself it gives each new one a minute,
// and so comes to a hundred runs where it could come to a hundred thousand.
const noMinimizing = "-fuzzminimizetime=1x"

// otherPart is the part of the whole time that targets get which read files and arguments, so that all together stay
// within what a test run may take.
const otherPart = 4

// wireDirs are where the targets are that read what a peer sends. They get the whole time.
func wireDirs() []string { return []string{"agentx", "hv/libvirt"} }

// timeFor returns how long a target is fuzzed.
func (s *suite) timeFor(t target) time.Duration {
	if slices.Contains(wireDirs(), t.dir) {
		return s.fuzzTime
	}
	return s.fuzzTime / otherPart
}

// fuzzOne fuzzes a target and returns what go test says.
func (s *suite) fuzzOne(ctx context.Context, t target) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "go", "test", "-vet=off", "-run=^$", "-fuzz=^"+t.name+"$",
		"-fuzztime="+s.timeFor(t).String(), noMinimizing, "-parallel=1", "./"+t.dir)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := runProgram(cmd)
	return out.Bytes(), err
}

// lastCount returns how often a target was run, as go test says it: "fuzz: elapsed: 20s, execs: 123 (6/sec), ...".
func lastCount(out []byte) string {
	last := ""
	for line := range strings.Lines(string(out)) {
		if rest, ok := strings.CutPrefix(line, "fuzz: elapsed: "); ok {
			last = strings.TrimSpace(rest)
		}
	}
	return last
}

// findTargets returns the targets of all tests, in order of their directories.
func findTargets(fsys fs.FS) ([]target, error) {
	var targets []target
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, "_test.go") {
			return err
		}
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, decl := range file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil && strings.HasPrefix(f.Name.Name, "Fuzz") {
				targets = append(targets, target{path.Dir(name), f.Name.Name})
			}
		}
		return nil
	})
	return targets, err
}
