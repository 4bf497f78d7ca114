package main

import (
	"bytes"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/mibs"
)

// committed is the file that "go generate" writes.
const committed = "../vmmib/oids_gen.go"

func TestCommittedFileIsUpToDate(t *testing.T) {
	got, err := generate(mibs.FS(), moduleName, packageName)
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(committed)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("unexpected source, run go generate ./mib/vmmib (-want +got):\n%s", diff)
	}
}

func TestRunWritesTheFile(t *testing.T) {
	output := filepath.Join(t.TempDir(), "oids_gen.go")
	if err := run(output); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(output)
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(committed)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, got) {
		t.Error("unexpected file: not the committed one")
	}
	if err := run(filepath.Join(t.TempDir(), "missing", "oids_gen.go")); err == nil {
		t.Error("no error for a directory that does not exist")
	}
}

// Modules of the machine that SMIPATH names must not come before those of the project.
func TestGenerateIgnoresTheEnvironment(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "VM-MIB.txt"), []byte("VM-MIB DEFINITIONS ::= BEGIN END\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SMIPATH", dir)
	TestCommittedFileIsUpToDate(t)
}

// Gosmi's global state neither races nor carries over from one module to the next.
func TestGenerateIsSerialised(t *testing.T) {
	const goroutines = 4
	small := files(t, smallMIB)
	wantSmall, err := generate(small, "SMALL-MIB", "small")
	if err != nil {
		t.Fatal(err)
	}
	wantBig, err := generate(mibs.FS(), moduleName, packageName)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range goroutines {
		wg.Go(func() {
			got, err := generate(small, "SMALL-MIB", "small")
			if err != nil || !bytes.Equal(wantSmall, got) {
				t.Errorf("unexpected source of the small module, error %v (-want +got):\n%s", err, cmp.Diff(string(wantSmall), string(got)))
			}
		})
		wg.Go(func() {
			got, err := generate(mibs.FS(), moduleName, packageName)
			if err != nil || !bytes.Equal(wantBig, got) {
				t.Errorf("unexpected source of VM-MIB, error %v (-want +got):\n%s", err, cmp.Diff(string(wantBig), string(got)))
			}
		})
	}
	wg.Wait()
}
