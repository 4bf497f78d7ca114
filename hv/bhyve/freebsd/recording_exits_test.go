package freebsd

import (
	"context"
	"errors"
	"io/fs"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
)

// TestRecordingExits proves that who watches a process is told of its end, once, and that nobody watches one that has ended.
func TestRecordingExits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := NewRecording()
		if r.End(Exit{PID: 1}) {
			t.Error("the end of a process is told to nobody")
		}
		exits, err := r.Exits()
		if err != nil {
			t.Fatal(err)
		}
		if err := exits.Add(1); !errors.Is(err, ErrNoProcess) {
			t.Errorf("the error of a process that ended is %v", err)
		}
		for _, pid := range []int{42, 42, 43} {
			if err := exits.Add(pid); err != nil {
				t.Error(err)
			}
		}
		told := make(chan []Exit)
		go func() {
			got, err := exits.Wait(t.Context())
			if err != nil {
				t.Error(err)
			}
			told <- got
		}()
		synctest.Wait()
		if !r.End(Exit{42, Exited(3)}) {
			t.Error("nobody is told of the end")
		}
		if diff := cmp.Diff([]Exit{{42, Exited(3)}}, <-told); diff != "" {
			t.Errorf("unexpected exits (-want +got):\n%s", diff)
		}
		if r.End(Exit{42, Exited(3)}) {
			t.Error("an end is told twice")
		}
		r.End(Exit{43, Killed(9)})
		if got, err := exits.Wait(t.Context()); err != nil || len(got) != 1 || got[0] != (Exit{43, Killed(9)}) {
			t.Errorf("%v, %v", got, err)
		}
		if err := exits.Add(42); !errors.Is(err, ErrNoProcess) {
			t.Errorf("the error of a process that ended is %v", err)
		}
		r.SetSysctl([]byte("sh\x00"), "kern.proc.args", 42)
		if err := exits.Add(42); err != nil {
			t.Errorf("a new process of the same number is not watched: %v", err)
		}
		if err := exits.Close(); err != nil {
			t.Error(err)
		}
	})
}

// TestRecordingExitsEnd proves that both ctx and Close wake who waits.
func TestRecordingExitsEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := NewRecording()
		exits, err := r.Exits()
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { _, err := exits.Wait(ctx); done <- err }()
		synctest.Wait()
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("the error of ctx is %v", err)
		}
		go func() { _, err := exits.Wait(t.Context()); done <- err }()
		synctest.Wait()
		for range 2 {
			if err := exits.Close(); err != nil {
				t.Error(err)
			}
		}
		if err := <-done; !errors.Is(err, fs.ErrClosed) {
			t.Errorf("the error of a watch that is closed is %v", err)
		}
		if err := exits.Add(42); !errors.Is(err, fs.ErrClosed) {
			t.Errorf("the error of adding to it is %v", err)
		}
	})
}

// TestRecordingHeraldErrors proves that a host may have neither.
func TestRecordingHeraldErrors(t *testing.T) {
	t.Parallel()
	r := NewRecording()
	r.SetError(fs.ErrPermission, "exits")
	r.SetError(fs.ErrNotExist, "devices")
	if _, err := r.Exits(); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("the error of exits is %v", err)
	}
	if _, err := r.Devices(t.Context()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the error of devices is %v", err)
	}
	r = NewRecording()
	r.SetError(ErrNoProcess, "exit", "42")
	exits, err := r.Exits()
	if err != nil {
		t.Fatal(err)
	}
	if err := exits.Add(42); !errors.Is(err, ErrNoProcess) {
		t.Errorf("the error of adding is %v", err)
	}
}
