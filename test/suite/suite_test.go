package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// stepsOf returns steps that do nothing but end with these errors, and the list into which they write their names.
func stepsOf(vital string, errs map[string]error, names ...string) ([]step, *[]string) {
	ran := &[]string{}
	var steps []step
	for _, name := range names {
		steps = append(steps, step{name: name, vital: name == vital, run: func(context.Context, *turn) error {
			*ran = append(*ran, name)
			return errs[name]
		}})
	}
	return steps, ran
}

func TestRunSteps(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	tests := []struct {
		name  string
		vital string
		errs  map[string]error
		ran   []string
		ok    bool
		last  string
	}{
		{"all pass", "", nil, []string{"a", "b", "c"}, true, "PASS: all 3 steps in 0s, 1 tests skipped"},
		{"one fails", "", map[string]error{"a": broken}, []string{"a", "b", "c"}, false, "FAIL: a, after 0s"},
		{"a vital one fails", "b", map[string]error{"b": broken}, []string{"a", "b"}, false, "FAIL: b, c, after 0s"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // where nothing takes any time
				var out bytes.Buffer
				s := &suite{out: &out, report: report{
					skips:    []skip{{"pkg", "TestX", "no snmpd"}},
					failures: []failure{{"pkg", "TestY", []string{"y_test.go:1: no", "y_test.go:2: never"}}},
				}}
				steps, ran := stepsOf(tt.vital, tt.errs, "a", "b", "c")
				if ok := s.runSteps(t.Context(), steps); ok != tt.ok {
					t.Errorf("runSteps() = %t, want %t", ok, tt.ok)
				}
				if diff := cmp.Diff(tt.ran, *ran); diff != "" {
					t.Errorf("unexpected steps (-want +got):\n%s", diff)
				}
				lines := strings.Split(strings.TrimSpace(out.String()), "\n")
				if got := lines[len(lines)-1]; got != tt.last {
					t.Errorf("last line = %q, want %q", got, tt.last)
				}
				for name, err := range tt.errs {
					if want := fmt.Sprintf("failed  %s: %v\n", name, err); !strings.Contains(out.String(), want) {
						t.Errorf("output has no %q:\n%s", want, &out)
					}
				}
				want := "skipped pkg TestX: no snmpd\nfailed  pkg TestY\n        y_test.go:1: no\n        y_test.go:2: never\n" + tt.last
				if !strings.Contains(out.String(), want) {
					t.Errorf("output has no %q:\n%s", want, &out)
				}
			})
		})
	}
}

func TestRunStepsInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	var out bytes.Buffer
	s := &suite{out: &out}
	steps := []step{
		{name: "a", run: func(context.Context, *turn) error { cancel(); return nil }},
		{name: "b", run: func(context.Context, *turn) error { t.Error("b ran after an interrupt"); return nil }},
	}
	if s.runSteps(ctx, steps) {
		t.Error("an interrupted suite passed")
	}
}

// TestRunStepsBeside proves that a step that runs beside others has ended before one that is alone begins, that what it writes
// comes in one piece, and that it counts as the others do.
func TestRunStepsBeside(t *testing.T) {
	t.Parallel()
	for _, broken := range []error{nil, errors.New("broken")} {
		synctest.Test(t, func(t *testing.T) { // where nothing takes any time
			begun, release, ended := make(chan struct{}), make(chan struct{}), false
			steps := []step{
				{name: "long", about: "what is long", beside: true, run: func(_ context.Context, at *turn) error {
					fmt.Fprintln(at.out, "long begins")
					close(begun)
					<-release
					fmt.Fprintln(at.out, "long ends")
					at.report.results = append(at.report.results, "result of long")
					ended = true
					return broken
				}},
				{name: "short", about: "what is short", run: func(_ context.Context, at *turn) error {
					<-begun
					fmt.Fprintln(at.out, "short")
					close(release)
					return nil
				}},
				{name: "alone", about: "what is alone", alone: true, run: func(_ context.Context, at *turn) error {
					if !ended {
						t.Error("it is not alone")
					}
					fmt.Fprintln(at.out, "alone")
					at.report.results = append(at.report.results, "result of alone")
					return nil
				}},
			}
			var out bytes.Buffer
			s := &suite{out: &out}
			if ok := s.runSteps(t.Context(), steps); ok != (broken == nil) {
				t.Errorf("runSteps() = %t after the error %v", ok, broken)
			}
			failed, result := "", "ok      "
			last := "PASS: all 3 steps in 0s, 0 tests skipped"
			if broken != nil {
				failed, result, last = "== long failed: broken\n", "FAIL    ", "failed  long: broken\nFAIL: long, after 0s"
			}
			want := "== long: what is long; it runs beside what follows\n== short: what is short\nshort\n" +
				"== long has ended\nlong begins\nlong ends\n" + failed +
				"== alone: what is alone\nalone\n== summary\nresult of long\nresult of alone\n" +
				result + "long          0.0s\nok      short         0.0s\nok      alone         0.0s\n" + last + "\n"
			if diff := cmp.Diff(want, out.String()); diff != "" {
				t.Errorf("unexpected output (-want +got):\n%s", diff)
			}
		})
	}
}

// TestRunStepsBesideInterrupted proves that an interrupt reaches a step that runs beside others, and that its end is awaited.
func TestRunStepsBesideInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	var out bytes.Buffer
	s := &suite{out: &out}
	steps := []step{
		{name: "long", beside: true, run: func(ctx context.Context, at *turn) error {
			<-ctx.Done()
			fmt.Fprintln(at.out, "it was ended")
			return ctx.Err()
		}},
		{name: "short", run: func(context.Context, *turn) error { cancel(); return nil }},
		{name: "last", beside: true, run: func(context.Context, *turn) error { t.Error("it was begun"); return nil }},
	}
	if s.runSteps(ctx, steps) {
		t.Error("an interrupted suite passed")
	}
	for _, want := range []string{"it was ended\n", "not run last", "FAIL: long, last, after"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("output has no %q:\n%s", want, &out)
		}
	}
}

// TestOrder proves that what has figures in time runs alone, and that all that is long runs beside something.
func TestOrder(t *testing.T) {
	t.Parallel()
	var got []string
	for _, s := range (&suite{}).steps() {
		word := s.name
		if s.beside {
			word += " beside"
		}
		if s.alone {
			word += " alone"
		}
		got = append(got, word)
	}
	want := []string{
		"install", "format", "vet", "build", "soak beside", "freebsd", "unit", "fuzz", "integration alone", "faults alone",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("unexpected steps (-want +got):\n%s", diff)
	}
}

func TestRunUsage(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"-nosuch"}, {"nosuch"}, {"unit", "nosuch"}} {
		var out, errs bytes.Buffer
		if code := run(t.Context(), args, &out, &errs); code != 2 || errs.Len() == 0 || out.Len() != 0 {
			t.Errorf("run(%q) = %d with output %q and complaint %q, want 2 with a complaint", args, code, &out, &errs)
		}
	}
}

func TestChoose(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name        string
		names, want []string
	}{
		{"all", nil, []string{"a", "b", "c"}},
		{"one", []string{"b"}, []string{"b"}},
		{"in their own order", []string{"c", "a"}, []string{"a", "c"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			steps, _ := stepsOf("", nil, "a", "b", "c")
			chosen, err := choose(steps, tt.names)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, s := range chosen {
				got = append(got, s.name)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("unexpected steps (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFindTargets(t *testing.T) {
	t.Parallel()
	const head = "package a\n\nimport \"testing\"\n\n"
	fsys := fstest.MapFS{
		"a/a.go":        {Data: []byte("package a\n\nfunc FuzzShipped() {}\n")},
		"a/a_test.go":   {Data: []byte(head + "func FuzzOne(f *testing.F) {}\nfunc TestNot(t *testing.T) {}\n")},
		"a/b/b_test.go": {Data: []byte(head + "type x int\nfunc (x) FuzzNot() {}\nfunc FuzzTwo(f *testing.F) {}\n")},
	}
	got, err := findTargets(fsys)
	if err != nil {
		t.Fatal(err)
	}
	want := []target{{"a", "FuzzOne"}, {"a/b", "FuzzTwo"}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(target{})); diff != "" {
		t.Errorf("unexpected targets (-want +got):\n%s", diff)
	}
	fsys["a/c_test.go"] = &fstest.MapFile{Data: []byte("not Go")}
	if _, err := findTargets(fsys); err == nil {
		t.Error("a test that cannot be parsed is no error")
	}
}

func TestLastCount(t *testing.T) {
	t.Parallel()
	out := "fuzz: elapsed: 0s, gathering baseline coverage: 0/9 completed\n" +
		"fuzz: elapsed: 3s, execs: 100 (33/sec), new interesting: 1 (total: 10)\n" +
		"fuzz: elapsed: 6s, execs: 250 (50/sec), new interesting: 2 (total: 11)\nPASS\nok  \tpkg\t6.1s\n"
	if got, want := lastCount([]byte(out)), "6s, execs: 250 (50/sec), new interesting: 2 (total: 11)"; got != want {
		t.Errorf("lastCount() = %q, want %q", got, want)
	}
}

func TestTimeFor(t *testing.T) {
	t.Parallel()
	s := &suite{fuzzTime: 20 * time.Second}
	for dir, want := range map[string]time.Duration{"agentx": 20 * time.Second, "hv/libvirt": 20 * time.Second, "agentx/agentxtest": 5 * time.Second, "hv": 5 * time.Second} {
		if got := s.timeFor(target{dir: dir}); got != want {
			t.Errorf("unexpected time for a target of %q: want %v, got %v", dir, want, got)
		}
	}
}
