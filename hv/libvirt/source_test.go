package libvirt

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/libvirt/libvirttest"
)

// A method is one of the Source's, for a test of what they have in common.
type method struct {
	name string
	call func(ctx context.Context, s *Source) error
}

func methods() []method {
	return []method{
		{"Host", func(ctx context.Context, s *Source) error { _, err := s.Host(ctx); return err }},
		{"States", func(ctx context.Context, s *Source) error { _, err := s.States(ctx); return err }},
		{"Definitions", func(ctx context.Context, s *Source) error {
			return s.Definitions(ctx, []string{key(1)}, func(string, hv.Definition, error) {})
		}},
		{"Statistics", func(ctx context.Context, s *Source) error {
			var one error
			err := s.Statistics(ctx, []string{key(1)}, func(_ string, _ hv.Statistics, err error) { one = err })
			return errors.Join(err, one)
		}},
		{"Surveys", func(ctx context.Context, s *Source) error {
			var one error
			err := s.Surveys(ctx, []string{key(1)}, func(_ string, _ hv.Survey, err error) { one = err })
			return errors.Join(err, one)
		}},
		{"State", func(ctx context.Context, s *Source) error { _, err := s.State(ctx, key(1)); return err }},
	}
}

// TestNewIsInert makes sure that New and Close alone connect to nothing.
func TestNewIsInert(t *testing.T) {
	t.Parallel()
	srv := libvirttest.Start(t, someDaemon())
	uri := "qemu:///system?socket=" + srv.Socket()
	s, err := New(uri, nopLog())
	if err != nil {
		t.Fatalf("failed to make a source: %v", err)
	}
	if got := s.String(); got != uri {
		t.Errorf("unexpected text: %q", got)
	}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Errorf("failed to close: %v", err)
		}
	}
	if n := srv.Calls(libvirttest.AuthList); n != 0 {
		t.Errorf("%d connections", n)
	}
}

func TestClosed(t *testing.T) {
	t.Parallel()
	for _, m := range methods() {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			srv, s := fake(t, someDaemon())
			if err := m.call(patiently(t), s); err != nil {
				t.Fatalf("unexpected error before: %v", err)
			}
			s.Close()
			if err := m.call(patiently(t), s); !errors.Is(err, ErrClosed) {
				t.Errorf("unexpected error after: %v", err)
			}
			eventually(t, "the connections end", func() bool { return srv.Conns() == 0 })
		})
	}
}

// TestCloseUnderWay ends what is under way.
func TestCloseUnderWay(t *testing.T) {
	t.Parallel()
	for _, m := range methods() {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			d := someDaemon()
			asked := make(chan struct{}, 100)
			d.Hang = func(p libvirttest.Proc, _ []libvirttest.Domain) bool {
				hang := p != libvirttest.AuthList && p != libvirttest.ConnectOpen
				if hang {
					asked <- struct{}{}
				}
				return hang
			}
			srv := libvirttest.Start(t, d)
			s := sourceOf(t, "qemu:///system?socket="+srv.Socket(), endless())
			ended := make(chan error, 1)
			go func() { ended <- m.call(patiently(t), s) }()
			<-asked
			s.Close()
			select {
			case err := <-ended:
				if err == nil {
					t.Errorf("no error")
				}
			case <-patiently(t).Done():
				t.Errorf("not within %v", patience)
			}
		})
	}
}

// endless are bounds that no test can wait for.
func endless() bounds {
	const long = time.Hour
	return bounds{open: long, call: long, chunk: long, lone: long, short: long, state: long, heartbeat: long}
}

// TestHang has daemons that fall silent at some point. Each method returns, with an error, when its context is done.
func TestHang(t *testing.T) {
	t.Parallel()
	points := map[string]libvirttest.Proc{
		"before the greeting": libvirttest.AuthList, "while opening": libvirttest.ConnectOpen, "later": 0,
	}
	for name, at := range points {
		for _, m := range methods() {
			t.Run(m.name+" "+name, func(t *testing.T) {
				t.Parallel()
				d := someDaemon()
				d.Hang = func(p libvirttest.Proc, _ []libvirttest.Domain) bool {
					return p == at || at == 0 && p != libvirttest.AuthList && p != libvirttest.ConnectOpen
				}
				srv := libvirttest.Start(t, d)
				s := sourceOf(t, "qemu:///system?socket="+srv.Socket(), endless())
				for _, cause := range []error{context.DeadlineExceeded, context.Canceled} {
					ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
					if cause == context.Canceled {
						cancel()
						ctx, cancel = context.WithCancel(t.Context())
						time.AfterFunc(50*time.Millisecond, cancel)
					}
					if err := m.call(ctx, s); err == nil {
						t.Errorf("no error")
					}
					cancel()
				}
				eventually(t, "the connections end", func() bool { return srv.Conns() == 0 })
				srv.Change(func(d *libvirttest.Daemon) { d.Hang = nil })
				if err := m.call(patiently(t), s); err != nil {
					t.Errorf("unexpected error once it answers: %v", err)
				}
			})
		}
	}
}

// TestReconnect loses its connections in all ways and reads on.
func TestReconnect(t *testing.T) {
	t.Parallel()
	for _, m := range methods() {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			srv, s := fake(t, someDaemon())
			for range 5 {
				if err := m.call(patiently(t), s); err != nil {
					t.Fatalf("unexpected error: %v", err)
				}
				srv.Hangup()
			}
		})
	}
}

// TestHangupUnderWay has a daemon that ends the connection at a request. It is not asked for ever.
func TestHangupUnderWay(t *testing.T) {
	t.Parallel()
	d := someDaemon()
	d.Hangup = map[libvirttest.Proc]bool{libvirttest.ConnectListAllDomains: true}
	srv, s := fake(t, d)
	if _, err := s.States(patiently(t)); !errors.Is(err, errLost) {
		t.Errorf("unexpected error: %v", err)
	}
	if n := srv.Calls(libvirttest.ConnectListAllDomains); n != retries+1 {
		t.Errorf("%d requests", n)
	}
}

// TestHangupWhileOpening has a daemon that ends the connection before it is open.
func TestHangupWhileOpening(t *testing.T) {
	t.Parallel()
	for _, p := range []libvirttest.Proc{libvirttest.AuthList, libvirttest.ConnectOpen} {
		d := someDaemon()
		d.Hangup = map[libvirttest.Proc]bool{p: true}
		_, s := fake(t, d)
		_, err := s.Host(patiently(t))
		if !errors.Is(err, errUnreachable) || !strings.Contains(err.Error(), "hung up") {
			t.Errorf("unexpected error: %v", err)
		}
	}
}

// TestRefused has a daemon that does not have the driver.
func TestRefused(t *testing.T) {
	t.Parallel()
	d := someDaemon()
	d.Fail = func(p libvirttest.Proc, _ []libvirttest.Domain) error {
		if p == libvirttest.ConnectOpen {
			return libvirttest.Error{Code: 5, Message: "no connection driver available for qemu:///system"}
		}
		return nil
	}
	srv, s := fake(t, d)
	_, err := s.Host(patiently(t))
	if !errors.Is(err, errUnreachable) || !strings.Contains(err.Error(), "no connection driver available") {
		t.Errorf("unexpected error: %v", err)
	}
	eventually(t, "the connections end", func() bool { return srv.Conns() == 0 })
}

// nonsense returns a packet with that body in the place of an answer.
func nonsense(p libvirttest.Proc, length uint32, body ...uint32) []byte {
	// The serial is that of the first request after the two that open.
	const firstSerial = 3
	var b []byte
	for _, v := range append([]uint32{length, 0x20008086, 1, uint32(p), 1, firstSerial, 0}, body...) {
		b = binary.BigEndian.AppendUint32(b, v)
	}
	return b
}

// TestNonsense has daemons whose answers make no sense. They are errors, and neither a panic nor a hang.
func TestNonsense(t *testing.T) {
	t.Parallel()
	const p = libvirttest.ConnectGetType
	tests := []struct {
		name string
		raw  []byte
	}{
		{"shorter than its header", nonsense(p, 3)},
		{"longer than any", nonsense(p, 1<<31)},
		{"empty", nonsense(p, 28)},
		{"a string beyond the end", nonsense(p, 32, 1000)},
		{"a string of impossible length", nonsense(p, 32, 1<<32-1)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := someDaemon()
			d.Raw = map[libvirttest.Proc][]byte{p: tt.raw}
			srv, s := fake(t, d)
			if _, err := s.Host(patiently(t)); err == nil {
				t.Errorf("no error")
			}
			srv.Change(func(d *libvirttest.Daemon) { d.Raw = nil })
			if _, err := s.Host(patiently(t)); err != nil {
				t.Errorf("unexpected error once it makes sense: %v", err)
			}
		})
	}
}

// TestAtOnce calls all methods from many goroutines, while connections are lost.
func TestAtOnce(t *testing.T) {
	t.Parallel()
	srv, s := fake(t, someDaemon())
	var callers sync.WaitGroup
	for range 4 {
		for _, m := range methods() {
			callers.Go(func() {
				for range 10 {
					err := m.call(patiently(t), s)
					if err != nil && !errors.Is(err, errLost) && !errors.Is(err, errUnreachable) {
						t.Errorf("%s: unexpected error: %v", m.name, err)
					}
				}
			})
		}
	}
	for range 5 {
		srv.Hangup()
		_, err := s.States(patiently(t))
		if err != nil && !errors.Is(err, errLost) && !errors.Is(err, errUnreachable) {
			t.Errorf("unexpected error: %v", err)
		}
	}
	callers.Wait()
	if n := srv.Busiest(); n > 4 {
		t.Errorf("%d requests at a time on one connection", n)
	}
}

// TestSilent connects to something that accepts and says nothing, and to something that does not even accept.
func TestSilent(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Fatalf("failed to listen: %v", err)
	}
	defer l.Close()
	s := sourceOf(t, "qemu:///system?socket="+l.Addr().String(), endless())
	for _, m := range methods() {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
		if err := m.call(ctx, s); !errors.Is(err, errUnreachable) {
			t.Errorf("%s: unexpected error: %v", m.name, err)
		}
		cancel()
	}
}
