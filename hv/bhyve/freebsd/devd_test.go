package freebsd

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"path/filepath"
	"testing"
)

// devd listens as devd(8) does, and returns where and how to have the next reader.
func devd(t *testing.T) (path string, next func() *net.UnixConn) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "devd")
	l, err := net.ListenUnix("unixpacket", &net.UnixAddr{Name: path, Net: "unixpacket"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return path, func() *net.UnixConn {
		c, err := l.AcceptUnix()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		return c
	}
}

// say writes lines, each as one packet.
func say(t *testing.T, c net.Conn, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if _, err := c.Write([]byte(line)); err != nil {
			t.Fatal(err)
		}
	}
}

// hear reads as many lines, each with one Read.
func hear(t *testing.T, r io.Reader, lines ...string) {
	t.Helper()
	p := make([]byte, 1024)
	for _, want := range lines {
		if n, err := r.Read(p); err != nil || string(p[:n]) != want {
			t.Errorf("%q, %v, want %q", p[:n], err, want)
		}
	}
}

// TestDevd proves that each Read is a line, even if several have come, and that a reader which is dropped is told and can come again.
func TestDevd(t *testing.T) {
	t.Parallel()
	path, next := devd(t)
	first, err := dialDevd(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	const create, destroy = "!system=DEVFS subsystem=CDEV type=CREATE cdev=vmm/web01\n", "!system=DEVFS subsystem=CDEV type=DESTROY cdev=vmm/web01\n"
	server := next()
	say(t, server, create, destroy)
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	hear(t, first, create, destroy)
	if n, err := first.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
		t.Errorf("a reader that is dropped has %d, %v", n, err)
	}
	for range 2 {
		if err := first.Close(); err != nil {
			t.Error(err)
		}
	}
	again, err := dialDevd(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	say(t, next(), create)
	hear(t, again, create)
	if err := again.Close(); err != nil {
		t.Error(err)
	}
	if _, err := again.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
		t.Errorf("the error of a stream that is closed is %v", err)
	}
}

// TestDevdEnds proves that ctx wakes who reads.
func TestDevdEnds(t *testing.T) {
	t.Parallel()
	path, next := devd(t)
	ctx, cancel := context.WithCancel(t.Context())
	stream, err := dialDevd(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	server := next()
	done := make(chan error)
	go func() {
		p := make([]byte, 1024)
		_, err := stream.Read(p)
		for err == nil {
			_, err = stream.Read(p)
		}
		done <- err
	}()
	say(t, server, "!system=IFNET\n")
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
	if err := stream.Close(); err != nil {
		t.Error(err)
	}
}

// TestDevdNone proves that a host without devd is told apart.
func TestDevdNone(t *testing.T) {
	t.Parallel()
	if _, err := dialDevd(t.Context(), filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the error is %v", err)
	}
	path, _ := devd(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := dialDevd(ctx, path); err == nil {
		t.Error("a stream is opened for nobody")
	}
}
