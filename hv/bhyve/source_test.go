package bhyve

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// sourceOf returns a Source of the machine, which is closed when the test ends.
func sourceOf(t *testing.T, sys freebsd.System) *Source {
	t.Helper()
	s := newSource(sys, "bhyve:///", quiet())
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// summaries returns what States tells, by key.
func summaries(t *testing.T, s *Source) map[string]hv.Summary {
	t.Helper()
	all, err := s.States(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	byKey := map[string]hv.Summary{}
	for _, vm := range all {
		byKey[vm.Key] = vm
	}
	if len(byKey) != len(all) {
		t.Errorf("%d virtual machines have %d keys", len(all), len(byKey))
	}
	return byKey
}

func TestNew(t *testing.T) {
	t.Parallel()
	if _, err := New("sim:///", quiet()); err == nil {
		t.Error("no error for another hypervisor")
	}
	nowhere := "bhyve:///?recorded=" + filepath.Join(t.TempDir(), "none")
	if _, err := New(nowhere, quiet()); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "none") {
		t.Errorf("unexpected error %v for a recording that there is not", err)
	}
	here, err := New("bhyve:///", quiet())
	if runtime.GOOS != "freebsd" {
		if err == nil || !strings.Contains(err.Error(), "bhyve:///") || !strings.Contains(err.Error(), runtime.GOOS) {
			t.Errorf("unexpected error %v on %s", err, runtime.GOOS)
		}
		if Present() {
			t.Errorf("bhyve is present on %s", runtime.GOOS)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := here.Close(); err != nil {
		t.Error(err)
	}
}

func TestPresence(t *testing.T) {
	t.Parallel()
	m := newMachine()
	if !hasVMM(m) {
		t.Error("vmm is not seen")
	}
	if hasVMM(freebsd.NewRecording()) {
		t.Error("vmm is seen where it is not")
	}
	if !strings.Contains(LookedFor(), presence) {
		t.Errorf("%q does not name %q", LookedFor(), presence)
	}
}

func TestStates(t *testing.T) {
	t.Parallel()
	s := sourceOf(t, full())
	got := summaries(t, s)
	for key, vm := range got {
		if (vm.Run != 0) != (vm.State == hv.StateRunning) {
			t.Errorf("%s is %v with run %d", key, vm.State, vm.Run)
		}
		vm.Run = 0
		got[key] = vm
	}
	uuid := func(name string) hv.UUID {
		u, err := hv.ParseUUID(uuidOf(name))
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	want := map[string]hv.Summary{
		"bhyve:hand": {
			Key: "bhyve:hand", Name: "hand", State: hv.StateRunning, Admin: hv.AdminRunning, AutoStart: hv.No, Persistent: hv.No,
		},
		"cbsd:deb": {
			Key: "cbsd:deb", Name: "deb", UUID: uuid("deb"), State: hv.StateRunning, Admin: hv.AdminRunning, AutoStart: hv.Yes,
			Persistent: hv.Yes,
		},
		"cbsd:win": {
			Key: "cbsd:win", Name: "win", UUID: uuid("win"), State: hv.StateShutdown, Admin: hv.AdminShutdown, AutoStart: hv.Yes,
			Persistent: hv.Yes,
		},
		"vm-bhyve:default/web": {
			Key: "vm-bhyve:default/web", Name: "web", UUID: uuid("web"), State: hv.StateRunning, Admin: hv.AdminRunning,
			AutoStart: hv.No, Persistent: hv.Yes,
		},
		"vm-bhyve:tank/db": {
			Key: "vm-bhyve:tank/db", Name: "db", UUID: uuid("db"), State: hv.StateShutdown, Admin: hv.AdminShutdown,
			AutoStart: hv.No, Persistent: hv.Yes,
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("unexpected virtual machines (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff("bhyve:///", s.String()); diff != "" {
		t.Errorf("unexpected URI (-want +got):\n%s", diff)
	}
}

// After Close every method returns an error, and what was under way ends with one.
func TestClose(t *testing.T) {
	t.Parallel()
	ask := map[string]func(s *Source, ctx context.Context) error{
		"Host":   func(s *Source, ctx context.Context) error { _, err := s.Host(ctx); return err },
		"States": func(s *Source, ctx context.Context) error { _, err := s.States(ctx); return err },
		"Definitions": func(s *Source, ctx context.Context) error {
			return s.Definitions(ctx, []string{"bhyve:hand"}, func(string, hv.Definition, error) {})
		},
		"Statistics": func(s *Source, ctx context.Context) error {
			return s.Statistics(ctx, []string{"bhyve:hand"}, func(string, hv.Statistics, error) {})
		},
		"Watch":   func(s *Source, ctx context.Context) error { return s.Watch(ctx, func(hv.Event) {}) },
		"Flush":   func(s *Source, ctx context.Context) error { return s.Flush(ctx) },
		"State":   func(s *Source, ctx context.Context) error { _, err := s.State(ctx, "bhyve:hand"); return err },
		"Inspect": func(s *Source, ctx context.Context) error { _, err := s.Inspect(ctx); return err },
	}
	for name, call := range ask {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSource(full(), "bhyve:///", quiet())
			for range 2 {
				if err := s.Close(); err != nil {
					t.Errorf("unexpected error of Close: %v", err)
				}
			}
			if err := call(s, t.Context()); !errors.Is(err, errClosed) {
				t.Errorf("unexpected error %v, want that it is closed", err)
			}
		})
		t.Run(name+" under way", func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				m := full()
				release := m.hang("kern.proc.proc")
				defer release()
				s := newSource(m, "bhyve:///", quiet())
				done := make(chan error, 1)
				go func() { done <- call(s, t.Context()) }()
				time.Sleep(time.Second)
				if err := s.Close(); err != nil {
					t.Error(err)
				}
				synctest.Wait()
				select {
				case err := <-done:
					if err == nil && name != "Host" { // which asks nothing that hangs here
						t.Error("no error")
					}
				default:
					t.Error("it goes on")
				}
			})
		})
	}
}
