package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFilter(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, in, want string
		report         report
	}{
		{
			name: "passed",
			in: "=== RUN   TestA\n    a_test.go:3: a remark\n--- PASS: TestA (0.00s)\nPASS\n" +
				"ok  \texample.org/a\t0.003s\n?   \texample.org/b\t[no test files]\n",
			want: "ok  \texample.org/a\t0.003s\n?   \texample.org/b\t[no test files]\n",
			report: report{results: []string{
				"ok  \texample.org/a\t0.003s", "?   \texample.org/b\t[no test files]",
			}},
		},
		{
			name:   "cached",
			in:     "PASS\nok  \texample.org/a\t(cached)\n",
			want:   "ok  \texample.org/a\t(cached)\n",
			report: report{results: []string{"ok  \texample.org/a\t(cached)"}},
		},
		{
			name: "skipped",
			in: "=== RUN   TestA\n=== PAUSE TestA\n=== RUN   TestB\n    b_test.go:1: not root\n--- SKIP: TestB (0.00s)\n" +
				"=== RUN   TestC\n=== RUN   TestC/one\n=== CONT  TestA\n    a_test.go:7: no snmpd\n" +
				"=== NAME  TestC/one\n    c_test.go:1: no virsh\n--- SKIP: TestA (0.00s)\n--- PASS: TestC (0.00s)\n" +
				"    --- SKIP: TestC/one (0.00s)\nPASS\nok  \texample.org/a\t0.003s\n",
			want: "ok  \texample.org/a\t0.003s\n",
			report: report{
				results: []string{"ok  \texample.org/a\t0.003s"},
				skips: []skip{
					{"example.org/a", "TestB", "b_test.go:1: not root"},
					{"example.org/a", "TestA", "a_test.go:7: no snmpd"},
					{"example.org/a", "TestC/one", "c_test.go:1: no virsh"},
				},
			},
		},
		{
			name: "failed",
			in: "=== RUN   TestA\n--- PASS: TestA (0.00s)\n=== RUN   TestB\n    b_test.go:9: unexpected x\n" +
				"--- FAIL: TestB (0.10s)\n    --- PASS: TestB/one (0.00s)\nFAIL\nFAIL\texample.org/a\t0.103s\n" +
				"PASS\nok  \texample.org/b\t0.003s\nFAIL\n",
			want: "    b_test.go:9: unexpected x\n--- FAIL: TestB (0.10s)\nFAIL\nFAIL\texample.org/a\t0.103s\n" +
				"ok  \texample.org/b\t0.003s\nFAIL\n",
			report: report{
				results:  []string{"FAIL\texample.org/a\t0.103s", "ok  \texample.org/b\t0.003s"},
				failures: []failure{{"example.org/a", "TestB", []string{"b_test.go:9: unexpected x"}}},
			},
		},
		{
			name: "remarks of each",
			in: "=== RUN   TestA\n=== PAUSE TestA\n=== RUN   TestB\n    b_test.go:9: unexpected x (-want +got):\n          - 1\n" +
				"    process.go:3: snmpd said:\n=== CONT  TestA\n    a_test.go:1: fine\n=== NAME  TestB\n    b_test.go:10: and y\n" +
				"--- FAIL: TestB (0.10s)\n=== NAME  TestA\n--- PASS: TestA (0.10s)\nFAIL\nFAIL\texample.org/a\t0.103s\n",
			want: "    b_test.go:9: unexpected x (-want +got):\n          - 1\n    process.go:3: snmpd said:\n" +
				"    a_test.go:1: fine\n    b_test.go:10: and y\n--- FAIL: TestB (0.10s)\nFAIL\nFAIL\texample.org/a\t0.103s\n",
			report: report{
				results: []string{"FAIL\texample.org/a\t0.103s"},
				failures: []failure{{
					"example.org/a", "TestB", []string{"b_test.go:9: unexpected x (-want +got):", "b_test.go:10: and y"},
				}},
			},
		},
		{
			name: "many remarks",
			in: "=== RUN   TestA\n    a_test.go:1: first\n" + strings.Repeat("    a_test.go:2: again\n", mostRemarks-1) +
				"    a_test.go:3: " + strings.Repeat("x", longestRemark) + "\n--- FAIL: TestA (0.00s)\nFAIL\texample.org/a\t0.1s\n",
			want: "    a_test.go:1: first\n" + strings.Repeat("    a_test.go:2: again\n", mostRemarks-1) +
				"    a_test.go:3: " + strings.Repeat("x", longestRemark) + "\n--- FAIL: TestA (0.00s)\nFAIL\texample.org/a\t0.1s\n",
			report: report{
				results: []string{"FAIL\texample.org/a\t0.1s"},
				failures: []failure{{"example.org/a", "TestA", append(slices.Repeat([]string{"a_test.go:2: again"}, mostRemarks-1),
					("a_test.go:3: " + strings.Repeat("x", longestRemark))[:longestRemark])}},
			},
		},
		{
			name: "not built",
			in:   "# example.org/a [example.org/a.test]\n./a.go:1:1: undefined: x\nFAIL\texample.org/a [build failed]\nFAIL\n",
			want: "# example.org/a [example.org/a.test]\n./a.go:1:1: undefined: x\nFAIL\texample.org/a [build failed]\n" +
				"FAIL\n",
			report: report{results: []string{"FAIL\texample.org/a [build failed]"}},
		},
		{
			name: "cut off",
			in:   "=== RUN   TestA\npanic: test timed out",
			want: "panic: test timed out\n",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			// In one piece, and octet by octet.
			for _, size := range []int{len(tt.in), 1} {
				var out bytes.Buffer
				var got report
				f := &filter{out: &out, report: &got}
				for in := []byte(tt.in); len(in) > 0; in = in[size:] {
					if _, err := f.Write(in[:size]); err != nil {
						t.Fatal(err)
					}
				}
				if err := f.Close(); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(tt.want, out.String()); diff != "" {
					t.Errorf("unexpected output in writes of %d (-want +got):\n%s", size, diff)
				}
				if diff := cmp.Diff(tt.report, got, cmp.AllowUnexported(report{}, skip{}, failure{})); diff != "" {
					t.Errorf("unexpected report in writes of %d (-want +got):\n%s", size, diff)
				}
			}
		})
	}
}
