package main

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// stepsOf returns steps that do nothing but end with these errors, and the list into which they write their names.
func stepsOf(vital string, errs map[string]error, names ...string) ([]step, *[]string) {
	ran := &[]string{}
	var steps []step
	for _, name := range names {
		steps = append(steps, step{name: name, vital: name == vital, run: func(context.Context) error {
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
			t.Parallel()
			var out bytes.Buffer
			s := &suite{out: &out, report: report{skips: []skip{{"pkg", "TestX", "no snmpd"}}}}
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
			if want := "skipped pkg TestX: no snmpd\n"; !strings.Contains(out.String(), want) {
				t.Errorf("output has no %q:\n%s", want, &out)
			}
		})
	}
}

func TestRunStepsInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	var out bytes.Buffer
	s := &suite{out: &out}
	steps := []step{
		{name: "a", run: func(context.Context) error { cancel(); return nil }},
		{name: "b", run: func(context.Context) error { t.Error("b ran after an interrupt"); return nil }},
	}
	if s.runSteps(ctx, steps) {
		t.Error("an interrupted suite passed")
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
