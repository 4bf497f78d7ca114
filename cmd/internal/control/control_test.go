package control

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/vmond/vmond/cmd/internal/events"
	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A fixed is a Source that always tells the same.
type fixed struct {
	snapshot *collector.Snapshot
	health   Health
	events   []events.Event
}

func (f fixed) Snapshot() *collector.Snapshot { return f.snapshot }
func (f fixed) Health() Health                { return f.health }
func (f fixed) Events() []events.Event        { return f.events }

// example returns a Source that tells something of everything.
func example() fixed {
	at := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	vm := &collector.VM{
		Index: 3, Summary: hv.Summary{Key: "k", Name: "we\nb", State: hv.StateRunning, Run: 7}, Defined: true,
		CurMem: hv.Some(int64(1 << 30)), StatsAt: at,
		Disks: []collector.Disk{{Index: 1, Disk: hv.Disk{Key: "vda"}, Stats: hv.DiskStats{Key: "vda", Capacity: hv.Some(int64(5))}}},
	}
	snapshot := collector.NewSnapshot(hv.Host{Software: "QEMU", Version: "7.2", CPUs: []int{0, 1}}, at, vm)
	snapshot.ToldAt = at.Add(2 * time.Second)
	return fixed{
		snapshot: snapshot,
		health: Health{
			Version: "1.2.3", PID: 42, Uptime: time.Hour, Goroutines: 11, HeapLive: 1 << 20,
			Hypervisor: Hypervisor{URI: "qemu:///system", VMs: 1, Age: hv.Some(3 * time.Second),
				Readings: NewReadings(collector.Health{
					States: collector.ReadingHealth{LastSuccess: at, Took: time.Millisecond},
					Watch:  collector.ReadingHealth{Failures: 2, LastError: "gone", LastFailure: at},
				}, at.Add(3*time.Second))},
			Master:        Master{Address: "unix:/x", Since: at, Error: "connection refused"},
			Notifications: Notifications{Bulk: true, Waiting: 1, Accepted: 2, Refused: 3, Dropped: 4, Resent: 5},
			LibreNMS: LibreNMS{
				Served: true, ExtendUnknown: "permission denied", Age: hv.Some(time.Second), Octets: 6, WithoutIfs: 7, WithoutDisks: 8,
				WithoutVMs: 9, File: "/y", FileError: "no space left",
			},
		},
		events: []events.Event{
			{
				Change: collector.Change{
					Number: 1, At: at, Index: 3, Name: "we\nb", To: hv.Some(hv.StateRunning), Cause: "started (booted)",
				},
				PerVM: events.Fate{Outcome: events.Refused, At: at, Error: "processingError"},
			},
			{Change: collector.Change{Number: 2, At: at, Index: 3, From: hv.Some(hv.StateRunning), Cause: "reading", Missed: true}},
		},
	}
}

// start runs a server until the test ends.
func start(t *testing.T, path string, src Source) {
	t.Helper()
	startLogged(t, path, src, zap.NewNop())
}

// startLogged is start with a log.
func startLogged(t *testing.T, path string, src Source, log *zap.Logger) {
	t.Helper()
	s := New(path, "", src, log)
	select {
	case <-s.Ready():
		t.Error("ready before there is a socket")
	default:
	}
	if err := s.Listen(); err != nil {
		t.Fatalf("failed to listen: %v", err)
	}
	<-s.Ready()
	ctx, cancel := context.WithCancel(context.Background())
	end := make(chan error, 1)
	go func() { end <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-end; err != nil {
			t.Errorf("unexpected error at the end: %v", err)
		}
		if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the socket is left behind: %v", err)
		}
	})
}

// listenError has a server listen that must fail, and returns its error.
func listenError(t *testing.T, path, group string) string {
	t.Helper()
	err := New(path, group, example(), zap.NewNop()).Listen()
	if err == nil {
		t.Fatal("unexpected success")
	}
	return err.Error()
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "run", "vmond", "control.sock")
	src := example()
	start(t, path, src)

	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode(); got != fs.ModeSocket|0o660 {
		t.Errorf("unexpected mode %v", got)
	}

	c := NewClient(path)
	defer c.Close()
	for range 2 {
		got, err := c.Snapshot(t.Context())
		if err != nil {
			t.Fatalf("failed to get the snapshot: %v", err)
		}
		if diff := cmp.Diff(text(t, src.snapshot), text(t, got)); diff != "" {
			t.Errorf("unexpected snapshot (-want +got):\n%s", diff)
		}
		health, err := c.Health(t.Context())
		if err != nil {
			t.Fatalf("failed to get the health: %v", err)
		}
		if diff := cmp.Diff(src.health, health); diff != "" {
			t.Errorf("unexpected health (-want +got):\n%s", diff)
		}
		journal, err := c.Events(t.Context())
		if err != nil {
			t.Fatalf("failed to get the events: %v", err)
		}
		if diff := cmp.Diff(src.events, journal); diff != "" {
			t.Errorf("unexpected events (-want +got):\n%s", diff)
		}
	}
}

// text returns v as JSON.
func text(t *testing.T, v any) string {
	t.Helper()
	b, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestHTTP pins what scripts see that do not use the Client.
func TestHTTP(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, method, path string
		status             int
		body               string
	}{
		{"health", "GET", "/health", 200, `{"version":"1.2.3","pid":42,"uptime":3600000000000,"goroutines":11,"heap_live":1048576,` +
			`"hypervisor":{"uri":"qemu:///system","vms":1,"age":3000000000,"readings":{` +
			`"states":{"age":3000000000,"last_success":"2026-11-20T12:00:00Z","took":1000000},"definitions":{},"statistics":{},` +
			`"surveys":{},"watch":{"failures":2,"last_error":"gone","last_failure":"2026-11-20T12:00:00Z"},"store":{}}},` +
			`"master":{"address":"unix:/x","connected":false,"registered":false,"since":"2026-11-20T12:00:00Z","error":"connection refused","requests":0},` +
			`"notifications":{"per_vm":false,"bulk":true,"waiting":1,"accepted":2,"refused":3,"dropped":4,"resent":5},` +
			`"librenms":{"served":true,"extend_unknown":"permission denied","age":1000000000,"octets":6,"without_ifs":7,"without_disks":8,` +
			`"without_vms":9,"file":"/y","file_error":"no space left"}}` + "\n"},
		{"events", "GET", "/events", 200, `[{"number":1,"at":"2026-11-20T12:00:00Z","vm":3,"uuid":"","vm_name":"we\nb","persistent":"unknown",` +
			`"to":"running","cause":"started (booted)","per_vm":{"outcome":"refused","at":"2026-11-20T12:00:00Z","error":"processingError"},` +
			`"bulk":{"outcome":"off"}},{"number":2,"at":"2026-11-20T12:00:00Z","vm":3,"uuid":"","vm_name":"","persistent":"unknown",` +
			`"from":"running","cause":"reading","missed":true,"per_vm":{"outcome":"off"},"bulk":{"outcome":"off"}}]` + "\n"},
		{"snapshot", "GET", "/snapshot", 200, `{"host":{"software":"QEMU","version":"7.2","cpus":[0,1]},"states_at":"2026-11-20T12:00:00Z",` +
			`"states_age":2000000000,"told_at":"2026-11-20T12:00:02Z",` +
			`"vms":[{"index":3,"key":"k","uuid":"","name":"we\nb","state":"running","admin":"unknown","autostart":"unknown","persistent":"unknown","run":7,` +
			`"defined":true,"cur_mem":1073741824,"stats_at":"2026-11-20T12:00:00Z",` +
			`"disks":[{"index":1,"key":"vda","source":"unknown","read_only":"unknown","media":"unknown","stats":{"key":"vda","capacity":5}}],"stats_age":2000000000}]}` + "\n"},
		{"nothing is set", "POST", "/snapshot", 405, "Method Not Allowed\n"},
		{"nothing else", "GET", "/metrics", 404, "404 page not found\n"},
	}
	h := New("/unused", "", example(), zap.NewNop()).handler()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest(tt.method, tt.path, nil))
			if w.Code != tt.status {
				t.Errorf("status %d, want %d", w.Code, tt.status)
			}
			if diff := cmp.Diff(tt.body, w.Body.String()); diff != "" {
				t.Errorf("unexpected body (-want +got):\n%s", diff)
			}
		})
	}
}

func TestStaleSocket(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "control.sock")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	// As kill -9 leaves it: the file without a listener.
	l.SetUnlinkOnClose(false)
	l.Close()
	start(t, path, example())
	c := NewClient(path)
	defer c.Close()
	if _, err := c.Health(t.Context()); err != nil {
		t.Errorf("unexpected error: %v", err)
	}
}

func TestSocketInUse(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "control.sock")
	start(t, path, example())
	want := `control socket "` + path + `" is in use: another vmond answers there`
	if diff := cmp.Diff(want, listenError(t, path, "")); diff != "" {
		t.Errorf("unexpected error (-want +got):\n%s", diff)
	}
	c := NewClient(path)
	defer c.Close()
	if _, err := c.Health(t.Context()); err != nil {
		t.Errorf("the first one no longer answers: %v", err)
	}
}

func TestListenErrors(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, path, group, want string }{
		{"a file is in the way", file, "", `control socket "` + file + `" is in the way: it is not a socket`},
		{"below a file", file + "/control.sock", "", "control socket: mkdir " + file + ": not a directory"},
		{"no such group", filepath.Join(dir, "c.sock"), "no-such-group", "control socket: group: unknown group no-such-group"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, listenError(t, tt.path, tt.group)); diff != "" {
				t.Errorf("unexpected error (-want +got):\n%s", diff)
			}
			if info, err := os.Lstat(tt.path); err == nil && info.Mode()&fs.ModeSocket != 0 {
				t.Error("a socket is left behind")
			}
		})
	}
	if b, err := os.ReadFile(file); err != nil || string(b) != "precious" {
		t.Errorf("the file is %q, %v", b, err)
	}
}

func TestClientErrors(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	missing := filepath.Join(dir, "missing.sock")
	stale := filepath.Join(dir, "stale.sock")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: stale, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	l.Close()
	tests := []struct {
		name, path string
		answer     func(http.ResponseWriter)
		want       string
	}{
		{"missing", missing, nil, `no vmond answers on socket "` + missing + `"`},
		{"stale", stale, nil, `no vmond answers on socket "` + stale + `"`},
		{"another program", "a.sock", func(w http.ResponseWriter) { _, _ = io.WriteString(w, "<html>") },
			`control socket "a.sock": /health is answered with "text/html; charset=utf-8", which is not what vmond answers`},
		{"refused", "b.sock", func(w http.ResponseWriter) { http.NotFound(w, nil) },
			`control socket "b.sock": /health is answered with "404 Not Found"`},
		{"cut off", "c.sock", func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"version": "1`)
		}, `control socket "c.sock": answer to /health: unexpected EOF`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := tt.path
			if tt.answer != nil {
				path = filepath.Join(dir, tt.path)
				serveHTTP(t, path, tt.answer)
			}
			c := NewClient(path)
			defer c.Close()
			_, err := c.Health(t.Context())
			if err == nil {
				t.Fatal("unexpected success")
			}
			if diff := cmp.Diff(tt.want, strings.ReplaceAll(err.Error(), path, tt.path)); diff != "" {
				t.Errorf("unexpected error (-want +got):\n%s", diff)
			}
			if want := tt.answer == nil; errors.Is(err, ErrNotRunning) != want {
				t.Errorf("errors.Is(err, ErrNotRunning) = %t", !want)
			}
		})
	}
}

// serveHTTP has a program that is not vmond answer on a socket.
func serveHTTP(t *testing.T, path string, answer func(http.ResponseWriter)) {
	t.Helper()
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	hs := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { answer(w) })}
	var wg sync.WaitGroup
	wg.Go(func() { _ = hs.Serve(l) })
	t.Cleanup(func() { hs.Close(); wg.Wait() })
}

// TestClientTimeout proves that a vmond that does not answer is given up.
func TestClientTimeout(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "hung.sock")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	c := NewClient(path)
	defer c.Close()
	_, err = c.Snapshot(ctx)
	if want := `vmond does not answer in time on socket "` + path + `"`; err == nil || err.Error() != want {
		t.Errorf("unexpected error %v, want %s", err, want)
	}
}

// TestRunEnds proves that a client that keeps its connection, and one that sends half a request, do not hold up the end.
func TestRunEnds(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "control.sock")
	start(t, path, example())
	c := NewClient(path)
	t.Cleanup(c.Close)
	if _, err := c.Health(t.Context()); err != nil {
		t.Fatal(err)
	}
	half, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { half.Close() })
	if _, err := io.WriteString(half, "GET /hea"); err != nil {
		t.Fatal(err)
	}
}

// TestSlowReaders proves that readers who ask for much and then stand still hold up nobody, and that what they asked for is
// not made before they read it. It runs alone, because it looks at the memory of the process.
func TestSlowReaders(t *testing.T) {
	const readers, vms = 20, 10_000
	path := filepath.Join(t.TempDir(), "control.sock")
	many := example()
	list := make([]*collector.VM, vms)
	for i := range list {
		list[i] = &collector.VM{Index: int32(i + 1), Summary: hv.Summary{Name: strings.Repeat("x", 255)}}
	}
	many.snapshot = collector.NewSnapshot(hv.Host{}, time.Time{}, list...)
	start(t, path, many)
	size := len(text(t, many.snapshot))
	before := heap()
	for range readers {
		slow, err := net.Dial("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { slow.Close() })
		if _, err := io.WriteString(slow, "GET /snapshot HTTP/1.1\r\nHost: vmond\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		// The answer has begun when there is something of it.
		if _, err := io.ReadFull(slow, make([]byte, len("HTTP/1.1 200 OK"))); err != nil {
			t.Fatal(err)
		}
	}
	if grown := heap() - before; grown > size {
		t.Errorf("%d readers take %d octets, more than one text of %d", readers, grown, size)
	}
	c := NewClient(path)
	defer c.Close()
	if _, err := c.Health(t.Context()); err != nil {
		t.Errorf("unexpected error while others stand still: %v", err)
	}
	if s, err := c.Snapshot(t.Context()); err != nil || s.Len() != vms {
		t.Errorf("unexpected snapshot while others stand still: %v", err)
	}
}

// heap returns how many octets are in use.
func heap() int {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// TestPatience proves that each write may take a while, and all together not for ever.
func TestPatience(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var until time.Duration
		r := newReader(httptest.NewRecorder(), began.Add(writeTimeout))
		r.bear = func(t time.Time) error { until = t.Sub(began); return nil }
		var got []time.Duration
		for range 4 {
			if _, err := r.Write(nil); err != nil {
				t.Fatal(err)
			}
			got = append(got, until)
			time.Sleep(writeTimeout / 3)
		}
		want := []time.Duration{stallTimeout, writeTimeout/3 + stallTimeout, writeTimeout*2/3 + stallTimeout, writeTimeout}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("unexpected ends of writes (-want +got):\n%s", diff)
		}
	})
}

// TestBrokenAnswer proves that an answer that cannot be made to its end does not look as if it were whole, and is told.
func TestBrokenAnswer(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "control.sock")
	broken := example()
	broken.snapshot = collector.NewSnapshot(hv.Host{}, time.Time{},
		&collector.VM{Index: 1}, &collector.VM{Index: 2, StatsAt: time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)})
	core, logs := observer.New(zap.ErrorLevel)
	startLogged(t, path, broken, zap.New(core))
	c := NewClient(path)
	defer c.Close()
	if s, err := c.Snapshot(t.Context()); err == nil {
		t.Errorf("unexpected snapshot of %d virtual machines", s.Len())
	}
	if n := logs.FilterMessage("failed to make an answer").Len(); n != 1 {
		t.Errorf("it was told %d times, want once: %v", n, logs.All())
	}
}
