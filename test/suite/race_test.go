package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// fakeGo is a program that notes how it is called, and lists two packages if it is to list any.
const fakeGo = `#!/bin/sh
echo "$*" >> "$NOTES"
if [ "$1" = list ]; then echo x/one; echo x/two; fi
`

// TestRace proves that all tests but the soak, and the vmond that they start, have the race detector.
func TestRace(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "go"), []byte(fakeGo), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir)
	t.Setenv(binaryEnv, "") // which the steps set
	got := map[string][]string{}
	s := &suite{}
	for _, step := range s.steps() {
		notes := filepath.Join(dir, step.name)
		t.Setenv("NOTES", notes)
		switch step.name {
		case "install", "format", "vet", "build", "freebsd", "fuzz":
			continue
		}
		var out bytes.Buffer
		if err := step.run(t.Context(), &turn{out: &out}); err != nil {
			t.Fatalf("%s: %v\n%s", step.name, err, &out)
		}
		text, err := os.ReadFile(notes)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			command, _, _ := strings.Cut(line, " ")
			if command == "list" {
				continue
			}
			if strings.Contains(line, " -race ") {
				command += " -race"
			}
			got[step.name] = append(got[step.name], command)
		}
	}
	want := map[string][]string{
		"soak":        {"test"},
		"unit":        {"test -race"},
		"integration": {"build -race", "test -race", "test -race"},
		"faults":      {"build -race", "test -race"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("unexpected commands (-want +got):\n%s", diff)
	}
}
