package main

import "testing"

func TestOnlyTimeIsUp(t *testing.T) {
	t.Parallel()
	const before = "fuzz: elapsed: 18s, execs: 83433 (4359/sec), new interesting: 18 (total: 381)\n"
	tests := []struct {
		name, out string
		want      bool
	}{
		{"the deadline", "--- FAIL: FuzzParse (20.11s)\n    context deadline exceeded\nFAIL\nexit status 1\nFAIL\tx/y\t20.132s\n", true},
		{"a failing input", "--- FAIL: FuzzParse (1.02s)\n    --- FAIL: FuzzParse (0.00s)\n        parse_test.go:9: unexpected\n\n" +
			"    Failing input written to testdata/fuzz/FuzzParse/1\nFAIL\nexit status 1\n", false},
		{"a failing input that says the same", "--- FAIL: FuzzParse (1.02s)\n    context deadline exceeded\nFAIL\n" +
			"    Failing input written to testdata/fuzz/FuzzParse/1\n", false},
		{"another error", "--- FAIL: FuzzParse (1.02s)\n    fuzzing process hung or terminated unexpectedly\nFAIL\n", false},
		{"more than the deadline", "--- FAIL: FuzzParse (1.02s)\n    context deadline exceeded\n    and more\nFAIL\n", false},
		{"a panic", "panic: runtime error\nexit status 2\n", false},
		{"it does not build", "./parse_test.go:3:1: syntax error\nFAIL\tx/y [build failed]\n", false},
		{"success", "PASS\nok  \tx/y\t20.1s\n", false},
	}
	for _, tt := range tests {
		if got := onlyTimeIsUp([]byte(before + tt.out)); got != tt.want {
			t.Errorf("%s: got %t, want %t", tt.name, got, tt.want)
		}
	}
}
