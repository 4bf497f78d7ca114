package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"

	"github.com/vmond/vmond/agentx"
	"github.com/vmond/vmond/cmd/internal/config"
	"github.com/vmond/vmond/cmd/internal/control"
	"github.com/vmond/vmond/cmd/internal/events"
	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
)

func TestStatusLine(t *testing.T) {
	t.Parallel()
	age := hv.Some(3400 * time.Millisecond)
	tests := []struct {
		name string
		h    control.Health
		want string
	}{
		{"nothing yet", control.Health{}, "waiting for the hypervisor, waiting for the master"},
		{"master only", control.Health{Master: control.Master{Registered: true}}, "waiting for the hypervisor, master connected"},
		{"all well", control.Health{
			Hypervisor: control.Hypervisor{VMs: 42, Age: age}, Master: control.Master{Registered: true},
		}, "serving 42 VMs, master connected, snapshot 3s old"},
		{"connected is not enough", control.Health{
			Hypervisor: control.Hypervisor{VMs: 1, Age: age}, Master: control.Master{Connected: true},
		}, "serving 1 VM, waiting for the master, snapshot 3s old"},
		{"notifications wait", control.Health{
			Hypervisor: control.Hypervisor{VMs: 2, Age: age}, Notifications: control.Notifications{Waiting: 7, Accepted: 1},
		}, "serving 2 VMs, waiting for the master, 7 notifications waiting, snapshot 3s old"},
		{"notifications were told", control.Health{
			Hypervisor: control.Hypervisor{VMs: 2, Age: age}, Master: control.Master{Registered: true},
			Notifications: control.Notifications{PerVM: true, Accepted: 1, Dropped: 2},
		}, "serving 2 VMs, master connected, snapshot 3s old"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, statusLine(tt.h)); diff != "" {
				t.Errorf("unexpected status (-want +got):\n%s", diff)
			}
		})
	}
}

// failing returns the health of a hypervisor whose states were read, if ever, that long ago.
func failing(age hv.Opt[time.Duration]) control.Hypervisor {
	states := control.Reading{Age: age, ReadingHealth: collector.ReadingHealth{Failures: 3, LastError: "connection refused"}}
	return control.Hypervisor{Age: age, Readings: control.Readings{States: states}}
}

// asked returns the health of a hypervisor whose states have been asked for that long, after so many failures.
func asked(age hv.Opt[time.Duration], waits time.Duration, failures int) control.Hypervisor {
	h := control.Hypervisor{Age: age}
	if failures > 0 {
		h = failing(age)
	}
	h.Readings.States.Age, h.Readings.States.Waits = age, hv.Some(waits)
	return h
}

func TestUnreadable(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		h    control.Hypervisor
		want string
	}{
		{"nothing yet", control.Hypervisor{}, ""},
		{"never", failing(hv.Opt[time.Duration]{}), "the hypervisor cannot be read: connection refused"},
		{"not any more", failing(hv.Some(72 * time.Second)), "the hypervisor was last read 1m12s ago: connection refused"},
		{"being read", asked(hv.Some(3*time.Second), time.Second, 0), ""},
		{"being read for the first time", asked(hv.Opt[time.Duration]{}, time.Second, 0), ""},
		{"silent", asked(hv.Some(5*time.Second), 4*time.Second, 0), "the hypervisor was last read 5s ago: no answer for 4s"},
		{"silent from the beginning", asked(hv.Opt[time.Duration]{}, 4*time.Second, 0), "the hypervisor cannot be read: no answer for 4s"},
		{
			"silent again", asked(hv.Some(72*time.Second), 4*time.Second, 3),
			"the hypervisor was last read 1m12s ago: connection refused",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, unreadable(tt.h)); diff != "" {
				t.Errorf("unexpected text (-want +got):\n%s", diff)
			}
		})
	}
}

// A fixed is a vmond that always answers the same.
type fixed struct {
	snapshot *collector.Snapshot
	health   control.Health
	events   []events.Event
}

func (f fixed) Snapshot() *collector.Snapshot { return f.snapshot }
func (f fixed) Health() control.Health        { return f.health }
func (f fixed) Events() []events.Event        { return f.events }

// TestTrouble proves that show and check tell of a hypervisor that went away, beside what was last read of it.
func TestTrouble(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "c")
	door := control.New(path, "", fixed{
		snapshot: example(t), health: control.Health{Hypervisor: failing(hv.Some(72 * time.Second))},
	}, zap.NewNop())
	if err := door.Listen(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	end := make(chan error, 1)
	go func() { end <- door.Run(ctx) }()
	const want = "the hypervisor was last read 1m12s ago: connection refused"

	var stdout, stderr strings.Builder
	if code := run([]string{"show", "host", "--control", path}, &stdout, &stderr); code != exitDone {
		t.Errorf("unexpected exit code %d", code)
	}
	if !strings.Contains(stdout.String(), "QEMU") {
		t.Errorf("unexpected output %q", stdout.String())
	}
	if diff := cmp.Diff("vmond: "+want+"\n", stderr.String()); diff != "" {
		t.Errorf("unexpected standard error (-want +got):\n%s", diff)
	}
	verdict, err := tryControl(t.Context(), config.Control{Path: path})
	if err != nil || !strings.HasSuffix(verdict, "; "+want) {
		t.Errorf("unexpected verdict %q, %v", verdict, err)
	}

	cancel()
	if err := <-end; err != nil {
		t.Errorf("unexpected error: %v", err)
	}
}

func TestMasterHealth(t *testing.T) {
	t.Parallel()
	st := agentx.Status{
		Address: "unix:/x", Connected: true, Since: now(), LastError: "connection refused",
		Requests: agentx.Requests{Get: 1, GetNext: 2, GetBulk: 3, TestSet: 4, CommitSet: 5, UndoSet: 6, CleanupSet: 7, Malformed: 100},
	}
	want := control.Master{Address: "unix:/x", Connected: true, Since: now(), Error: "connection refused", Requests: 28}
	if diff := cmp.Diff(want, masterHealth(st)); diff != "" {
		t.Errorf("unexpected health (-want +got):\n%s", diff)
	}
	st.Registered = true
	want.Registered, want.Error = true, ""
	if diff := cmp.Diff(want, masterHealth(st)); diff != "" {
		t.Errorf("unexpected health once registered (-want +got):\n%s", diff)
	}
}

func TestExitCode(t *testing.T) {
	t.Parallel()
	other := errors.New("disk full")
	tests := []struct {
		name   string
		err    error
		want   int
		logged bool
	}{
		{"none", nil, 0, false},
		{"cobra's", other, 2, false},
		{"work", workError{error: other}, 1, false},
		{"work that is logged", workError{error: other, logged: true}, 1, true},
		{"usage found at work", workError{error: fmt.Errorf("x: %w", usageError{other})}, 2, false},
		{"configuration found at work", workError{error: &config.Error{Err: other}}, 2, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := exitCode(tt.err); got != tt.want {
				t.Errorf("exit code %d, want %d", got, tt.want)
			}
			if got := isLogged(tt.err); got != tt.logged {
				t.Errorf("logged: %t, want %t", got, tt.logged)
			}
		})
	}
}
