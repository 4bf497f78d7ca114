package librenms

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/sim"
	"github.com/vmond/vmond/test/nms"
)

// A fed is a Source that has what the test gives it.
type fed struct {
	snapshot atomic.Pointer[collector.Snapshot]
	looks    atomic.Int64
	ready    chan struct{}
}

// newFed returns one that has read nothing yet.
func newFed() *fed {
	r := &fed{ready: make(chan struct{})}
	r.snapshot.Store(collector.NewSnapshot(hv.Host{}, time.Time{}))
	return r
}

func (r *fed) Latest() *collector.Snapshot { return r.snapshot.Load() }
func (r *fed) LookCloser()                 { r.looks.Add(1) }
func (r *fed) Ready() <-chan struct{}      { return r.ready }

// tell has the states be read now, with a virtual machine of that name.
func (r *fed) tell(name string) {
	vm := &collector.VM{Index: 1, Summary: hv.Summary{Key: name, Name: name, State: hv.StateRunning}}
	r.snapshot.Store(collector.NewSnapshot(hv.Host{Software: "QEMU"}, time.Now(), vm))
	select {
	case <-r.ready:
	default:
		close(r.ready)
	}
}

// options are those of the tests.
func options() Options {
	return Options{
		Every: 15 * time.Second, Unread: 5 * time.Minute, Attention: 15 * time.Minute,
		Limits: Limits{States: time.Minute, Statistics: 10 * time.Minute},
	}
}

// keep starts a Keeper in the test's bubble. What it logs at info and above is seen.
func keep(t *testing.T, r *fed, o Options) (k *Keeper, stop func(), logs *observer.ObservedLogs) {
	t.Helper()
	core, logs := observer.New(zapcore.InfoLevel)
	k = NewKeeper(r, CBSD, o, zap.New(core))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- k.Run(ctx) }()
	synctest.Wait()
	return k, func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("unexpected error: %v", err)
		}
	}, logs
}

// get returns the document as a GET has it.
func get(t *testing.T, k *Keeper) string {
	t.Helper()
	return taken(t, k.Tree().Get(Regions()[1]).AppendOctets(nil))
}

// rendered returns the document that the Keeper has now, without a look at it.
func rendered(t *testing.T, k *Keeper) string {
	t.Helper()
	return unpack(t, []byte(taken(t, k.latest.Load().compressed)))
}

// taken returns a document that LibreNMS takes for one, or for an error of vmond's.
func taken(t *testing.T, document []byte) string {
	t.Helper()
	text := string(document)
	if !strings.HasPrefix(text, "{") {
		text = unpack(t, document)
	}
	if strings.HasPrefix(text, `{"version":1,"error":0,`) {
		nms.Check(t, document, nms.Anything) // what is read here has hardly anything
	} else if f := nms.CheckFailed(t, document); f.Code != CodeRun {
		t.Errorf("unexpected error %+v", f)
	}
	return string(document)
}

// unpack returns the JSON of a compressed document.
func unpack(t *testing.T, compressed []byte) string {
	t.Helper()
	zipped, err := gzip.NewReader(base64.NewDecoder(base64.StdEncoding, bytes.NewReader(compressed)))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(zipped)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// pass lets time pass, of which the Keeper makes what it will.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// TestKeeperBegins proves that there is a document at any time, which LibreNMS takes for an error before the first reading, and
// that the first rendering follows that at once.
func TestKeeperBegins(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newFed()
		k, stop, _ := keep(t, r, options())
		defer stop()
		pass(time.Hour)
		want := Failed(CodeRun, CBSD, notYet)
		if diff := cmp.Diff(string(want.Compressed(MaxCompressed)), get(t, k)); diff != "" {
			t.Errorf("unexpected document before the first reading (-want +got):\n%s", diff)
		}
		<-k.Ready() // what waits for all tasks does not wait for a hypervisor here
		r.tell("a")
		pass(0)
		if diff := cmp.Diff(string(New(r.Latest(), options().Limits).Compressed(MaxCompressed)), get(t, k)); diff != "" {
			t.Errorf("unexpected document (-want +got):\n%s", diff)
		}
	})
}

// TestKeeperRenders proves when there is a new document: seldom while nobody looks, often while somebody does, and at once when
// somebody looks after a long time.
func TestKeeperRenders(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, o := newFed(), options()
		o.Limits = Limits{} // the snapshots are as old as the test likes
		k, stop, _ := keep(t, r, o)
		defer stop()
		r.tell("a")
		pass(o.Attention) // after the start it counts as looked at
		steps := []struct {
			name string
			look bool
			wait time.Duration
			want string // the virtual machine in the document
		}{
			{"nobody looks", false, 5*time.Minute - time.Second, "a"},
			{"nobody has looked", false, time.Second, "b"},
			{"a look soon after a rendering waits", true, 14 * time.Second, "b"},
			{"while somebody looks", false, time.Second, "c"},
			{"until the next", false, 14 * time.Second, "c"},
			{"and the next", false, time.Second, "d"},
		}
		name := 'a'
		for _, s := range steps {
			if strings.Contains(rendered(t, k), `"`+string(name)+`"`) {
				name++
				r.tell(string(name))
			}
			if s.look {
				get(t, k)
			}
			pass(s.wait)
			if !strings.Contains(rendered(t, k), `"`+s.want+`"`) {
				t.Errorf("%s: unexpected document %s, want one of %s", s.name, rendered(t, k), s.want)
			}
		}

		// For as long as attention lasts, and a rendering more.
		pass(15 * time.Minute)
		r.tell("x")
		pass(4 * time.Minute)
		if strings.Contains(rendered(t, k), `"x"`) {
			t.Error("it is rendered often although nobody looks any more")
		}
		get(t, k)
		synctest.Wait()
		if !strings.Contains(rendered(t, k), `"x"`) {
			t.Error("the first look after a long time has nothing rendered")
		}
	})
}

// TestKeeperTellsLook proves that each look is one of the collector's, and that nobody else looks.
func TestKeeperTellsLook(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newFed()
		k, stop, _ := keep(t, r, options())
		defer stop()
		r.tell("a")
		pass(time.Hour)
		k.Tree().Get(Regions()[0])
		if n := r.looks.Load(); n != 0 {
			t.Errorf("%d looks without one at the document", n)
		}
		for want := range int64(3) {
			get(t, k)
			if n := r.looks.Load(); n != want+1 {
				t.Errorf("%d looks, want %d", n, want+1)
			}
		}
	})
}

// TestKeeperSpares proves that a snapshot is rendered once, but for the moment at which it becomes too old.
func TestKeeperSpares(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newFed()
		k, stop, _ := keep(t, r, options())
		defer stop()
		r.tell("a")
		pass(0)
		get(t, k)
		first := k.latest.Load()
		pass(time.Minute)
		if k.latest.Load() != first {
			t.Error("one snapshot is rendered twice")
		}
		pass(15 * time.Second)
		old := k.latest.Load()
		if diff := cmp.Diff(string(New(r.Latest(), options().Limits).JSON()), unpack(t, old.compressed)); old == first || diff != "" {
			t.Errorf("unexpected document of old states (-want +got):\n%s", diff)
		}
		pass(time.Minute)
		if k.latest.Load() != old {
			t.Error("that states are old is rendered twice")
		}
		r.tell("b")
		pass(15 * time.Second)
		if !strings.Contains(rendered(t, k), `"b"`) {
			t.Errorf("unexpected document of new states: %s", rendered(t, k))
		}
	})
}

// TestKeeperRests proves that what takes long is done less often.
func TestKeeperRests(t *testing.T) {
	t.Parallel()
	now := time.Now()
	k := NewKeeper(newFed(), CBSD, options(), zap.NewNop())
	if got := k.due(now); !got.Equal(now) {
		t.Errorf("the first is due at %v, want %v", got, now)
	}
	k.began, k.lookedAt = now, now
	for took, want := range map[time.Duration]time.Duration{
		0: 15 * time.Second, 1500 * time.Millisecond: 15 * time.Second, 2 * time.Second: 20 * time.Second,
	} {
		k.took = took
		if got := k.due(now).Sub(now); got != want {
			t.Errorf("after one that took %v, the next begins %v later, want %v", took, got, want)
		}
	}
}

// TestKeeperConfigured proves that other options are in effect at once.
func TestKeeperConfigured(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newFed()
		k, stop, _ := keep(t, r, options())
		defer stop()
		r.tell("a")
		pass(0)
		r.tell("b")
		pass(time.Minute)
		o := options()
		o.Unread = time.Minute
		k.Configure(o)
		synctest.Wait()
		if !strings.Contains(rendered(t, k), `"b"`) {
			t.Errorf("unexpected document %s", rendered(t, k))
		}
	})
}

// TestKeeperHoldsNone proves that a snapshot that was rendered and has become old is not kept.
func TestKeeperHoldsNone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newFed()
		k, stop, _ := keep(t, r, options())
		defer stop()
		r.tell("a")
		pass(0)
		old := weak.Make(r.Latest())
		r.tell("b")
		runtime.GC()
		if old.Value() != nil || !strings.Contains(rendered(t, k), `"a"`) {
			t.Error("the snapshot that was rendered is kept")
		}
	})
}

// TestKeeperFiles proves that the files have the document for as long as somebody keeps them, that this counts as a look, and
// that they then say that nobody does.
func TestKeeperFiles(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, o := newFed(), options()
		dir := t.TempDir()
		o.File = filepath.Join(dir, "hv.json")
		k, stop, logs := keep(t, r, o)
		has := func(when, base string, d *Document) {
			t.Helper()
			want := map[string]string{base: string(d.JSON()), base + ".snmp": string(d.Compressed(MaxCompressed)) + "\n"}
			got := contents(t, dir)
			for name := range got {
				if strings.TrimSuffix(name, ".snmp") != base {
					delete(got, name)
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("unexpected files %s (-want +got):\n%s", when, diff)
			}
		}
		has("before the first reading", "hv.json", Failed(CodeRun, CBSD, notYet))
		r.tell("a")
		pass(0)
		has("after it", "hv.json", New(r.Latest(), o.Limits))
		for _, name := range []string{"b", "c", "d"} {
			r.tell(name)
			pass(15 * time.Second)
			has("with "+name, "hv.json", New(r.Latest(), o.Limits))
		}
		if n := r.looks.Load(); n != 4 {
			t.Errorf("%d looks, want one at each rendering", n)
		}

		o.File = filepath.Join(dir, "other.json")
		k.Configure(o)
		synctest.Wait()
		has("when others are kept", "hv.json", Failed(CodeRun, CBSD, notKept))
		has("that are kept now", "other.json", New(r.Latest(), o.Limits))
		before := stat(t, o.File)
		k.Configure(o)
		synctest.Wait()
		if !os.SameFile(before, stat(t, o.File)) {
			t.Error("the files are written although nothing changed")
		}
		stop()
		has("at the end", "other.json", Failed(CodeRun, CBSD, notRunning))
		if n := logs.Len(); n != 0 {
			t.Errorf("%d entries in the log: %v", n, logs.All())
		}
	})
}

// TestKeeperFileFails proves that files that cannot be written are told of once, and again when they can, and that the document
// is rendered all the same.
func TestKeeperFileFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, o := newFed(), options()
		dir := t.TempDir()
		o.File = filepath.Join(dir, "none", "hv.json")
		k, stop, logs := keep(t, r, o)
		for _, name := range []string{"a", "b"} {
			r.tell(name)
			pass(15 * time.Second)
			if !strings.Contains(rendered(t, k), `"`+name+`"`) {
				t.Errorf("unexpected document %s", rendered(t, k))
			}
		}
		if st := k.Status(); !strings.Contains(st.FileError, "no such file or directory") || st.File != o.File {
			t.Errorf("unexpected status %+v", st)
		}
		makeDir(t, filepath.Dir(o.File))
		r.tell("c")
		pass(15 * time.Second)
		if st := k.Status(); st.FileError != "" {
			t.Errorf("unexpected status %+v", st)
		}
		stop()
		var lines []string
		for _, e := range logs.All() {
			lines = append(lines, e.Level.String()+" "+e.Message+" "+e.ContextMap()["file"].(string))
		}
		want := []string{
			"warn the document cannot be written into its files " + o.File, "info the document is written into its files again " + o.File,
		}
		if diff := cmp.Diff(want, lines); diff != "" {
			t.Errorf("unexpected log (-want +got):\n%s", diff)
		}
	})
}

// TestKeeperStatus proves what is told of the document as it is now.
func TestKeeperStatus(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newFed()
		k, stop, _ := keep(t, r, options())
		defer stop()
		if diff := cmp.Diff(Status{Octets: len(get(t, k))}, k.Status()); diff != "" {
			t.Errorf("unexpected status before the first reading (-want +got):\n%s", diff)
		}
		r.tell("a")
		pass(0)
		if diff := cmp.Diff(Status{Rendered: time.Now(), Octets: len(get(t, k))}, k.Status()); diff != "" {
			t.Errorf("unexpected status (-want +got):\n%s", diff)
		}
	})
}

// TestKeeperShortens proves that it is told what is left out of a document that SNMP could not carry, and that this is what the
// document says.
func TestKeeperShortens(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newFed()
		k, stop, logs := keep(t, r, options())
		defer stop()
		s, err := collector.Once(t.Context(), crowd(t))
		if err != nil {
			t.Fatal(err)
		}
		r.snapshot.Store(s)
		close(r.ready)
		synctest.Wait()
		st := k.Status()
		// A process has no share of a CPU at its birth, nobody surveyed, and a disk of the network is of a capacity only.
		d := nms.Check(t, []byte(get(t, k)), "pcpu", "snaps", "in_use", "on_disk", "disk_in_use", "disk_on_disk")
		told := nms.Numbers{"ifs": number(st.WithoutIfs), "disks": number(st.WithoutDisks), "VMs": number(st.WithoutVMs)}
		if diff := cmp.Diff(d.Shortened, told); diff != "" || len(d.VMs)+st.WithoutVMs != s.Len() || st.Octets > MaxCompressed || st.WithoutVMs == 0 {
			t.Errorf("unexpected status %+v of a document of %d virtual machines, which says (-document +status):\n%s", st, len(d.VMs), diff)
		}
		get(t, k)
		more := *s // another snapshot of the same
		r.snapshot.Store(&more)
		pass(options().Every)
		pass(options().Limits.States + options().Every) // an error is no document that is whole
		r.tell("a")
		pass(options().Every)
		var log []string
		for _, entry := range logs.All() {
			log = append(log, entry.Level.String()+" "+entry.Message)
		}
		want := []string{"warn document is shortened, as SNMP carries no more of it", "info document is whole again"}
		if diff := cmp.Diff(want, log); diff != "" {
			t.Errorf("unexpected log (-want +got):\n%s", diff)
		}
	})
}

// number returns a number as a document has it.
func number(n int) json.Number { return json.Number(strconv.Itoa(n)) }

// crowd returns a hypervisor with more virtual machines than a document has room for.
func crowd(t *testing.T) hv.Source {
	t.Helper()
	src, err := sim.New("sim:///?vms=3000")
	if err != nil {
		t.Fatal(err)
	}
	return src
}
