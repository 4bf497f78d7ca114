package freebsd

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"testing"
	"testing/synctest"
)

// TestRecordingDevices proves that each open stream has every line, one with each read, and how it ends.
func TestRecordingDevices(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := NewRecording()
		if r.Announce("!system=DEVFS") {
			t.Error("a line is read by nobody")
		}
		ctx, cancel := context.WithCancel(t.Context())
		open := func() io.ReadCloser {
			d, err := r.Devices(ctx)
			if err != nil {
				t.Fatal(err)
			}
			return d
		}
		dropped, left := open(), open()
		if !r.Announce("one") || !r.Announce("two") {
			t.Error("a line is read by nobody")
		}
		line := make([]byte, 100)
		for _, d := range []io.Reader{dropped, left} {
			for _, want := range []string{"one\n", "two\n"} {
				if n, err := d.Read(line); err != nil || string(line[:n]) != want {
					t.Errorf("%q, %v, want %q", line[:n], err, want)
				}
			}
		}
		r.DropDevices()
		if _, err := dropped.Read(line); !errors.Is(err, io.EOF) {
			t.Errorf("the error of a stream that is dropped is %v", err)
		}
		if err := dropped.Close(); err != nil {
			t.Error(err)
		}
		last, closed := open(), open()
		if err := closed.Close(); err != nil {
			t.Error(err)
		}
		if _, err := closed.Read(line); !errors.Is(err, fs.ErrClosed) {
			t.Errorf("the error of a stream that is closed is %v", err)
		}
		done := make(chan error)
		go func() { _, err := last.Read(line); done <- err }()
		synctest.Wait()
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("the error of ctx is %v", err)
		}
		if r.Announce("three") {
			t.Error("a stream that ended is fed")
		}
	})
}
