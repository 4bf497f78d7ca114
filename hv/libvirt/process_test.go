package libvirt

import (
	"math"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/libvirt/libvirttest"
)

// write writes the files below a root, over those that are there.
func write(t testing.TB, root string, texts map[string]string) {
	t.Helper()
	for name, text := range texts {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatalf("failed to make a directory: %v", err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatalf("failed to write: %v", err)
		}
	}
}

// threadStatus is the text of the status of a thread.
func threadStatus(voluntary, involuntary uint64) string {
	return "Name:\tCPU 0/KVM\nVmRSS:\t  225536 kB\nvoluntary_ctxt_switches:\t" + strconv.FormatUint(voluntary, 10) +
		"\nnonvoluntary_ctxt_switches:\t" + strconv.FormatUint(involuntary, 10) + "\n"
}

// qemuStat is what a kernel said of a QEMU that began 2,050 ticks after the boot.
const qemuStat = "42 (qemu-system-x86) S 1 41 41 0 -1 138412416 52143 0 7 0 1234 567 0 0 20 -5 9 0 2050 1234567168 56000 " +
	"18446744073709551615 1 1 0 0 0 0 268444224 4096 16963 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n"

// qemuHost is a host that has been up for 100 s and has a QEMU with UUID 1, of two threads.
func qemuHost(t testing.TB) files {
	t.Helper()
	root := t.TempDir()
	write(t, root, map[string]string{
		"proc/uptime":            "100.00 1",
		"proc/42/cmdline":        "qemu\x00-uuid\x00" + key(1) + "\x00",
		"proc/42/stat":           qemuStat,
		"proc/42/status":         threadStatus(10, 1),
		"proc/42/task/42/status": threadStatus(10, 1),
		"proc/42/task/43/status": threadStatus(200, 3),
	})
	return files{root}
}

// qemuFacts are what qemuHost says of the QEMU.
func qemuFacts() *hv.Process {
	return &hv.Process{
		PID: 42, Age: hv.Some(79500 * time.Millisecond),
		Resident: hv.Some[int64](225536 << 10), Virtual: hv.Some[int64](1234567168),
		UserTime: hv.Some(12340 * time.Millisecond), SystemTime: hv.Some(5670 * time.Millisecond),
		MajorFaults: hv.Some[uint64](7), MinorFaults: hv.Some[uint64](52143),
		VoluntarySwitches: hv.Some[uint64](210), InvoluntarySwitches: hv.Some[uint64](4),
		Nice: hv.Some(-5), Priority: hv.Some(19),
	}
}

func TestProcess(t *testing.T) {
	t.Parallel()
	some := func(texts map[string]string, change func(p *hv.Process)) (map[string]string, *hv.Process) {
		p := qemuFacts()
		change(p)
		return texts, p
	}
	tests := map[string]func() (map[string]string, *hv.Process){
		"as it was": func() (map[string]string, *hv.Process) { return nil, qemuFacts() },
		"later": func() (map[string]string, *hv.Process) {
			return some(map[string]string{
				"proc/uptime": "160.25 1", "proc/42/stat": strings.Replace(qemuStat, " 52143 0 7 0 1234 567 ", " 52144 9 8 9 1300 600 ", 1),
				"proc/42/task/43/status": threadStatus(201, 4), "proc/42/status": "VmRSS: 8 kB\n",
			}, func(p *hv.Process) {
				p.Age, p.Resident = hv.Some(139750*time.Millisecond), hv.Some[int64](8<<10)
				p.UserTime, p.SystemTime = hv.Some(13*time.Second), hv.Some(6*time.Second)
				p.MinorFaults, p.MajorFaults = hv.Some[uint64](52144), hv.Some[uint64](8)
				p.VoluntarySwitches, p.InvoluntarySwitches = hv.Some[uint64](211), hv.Some[uint64](5)
			})
		},
		"of the real-time class": func() (map[string]string, *hv.Process) {
			return some(map[string]string{"proc/42/stat": strings.Replace(qemuStat, " 20 -5 ", " -51 0 ", 1)}, func(p *hv.Process) {
				p.Priority, p.Nice = hv.Some(90), hv.Some(0)
			})
		},
		"without a status": func() (map[string]string, *hv.Process) {
			return some(map[string]string{"proc/42/status": ""}, func(p *hv.Process) { p.Resident = hv.Opt[int64]{} })
		},
		"without an uptime": func() (map[string]string, *hv.Process) {
			return some(map[string]string{"proc/uptime": ""}, func(p *hv.Process) { p.Age = hv.Opt[time.Duration]{} })
		},
		"threads that tell nothing": func() (map[string]string, *hv.Process) {
			return some(map[string]string{"proc/42/task/42/status": "", "proc/42/task/43/status": "Name: x"}, func(p *hv.Process) {
				p.VoluntarySwitches, p.InvoluntarySwitches = hv.Opt[uint64]{}, hv.Opt[uint64]{}
			})
		},
		"another's PID": func() (map[string]string, *hv.Process) {
			return map[string]string{"proc/42/stat": strings.Replace(qemuStat, " 2050 ", " 2051 ", 1)}, nil
		},
		"nothing that makes sense": func() (map[string]string, *hv.Process) {
			return map[string]string{"proc/42/stat": "42 (x) S"}, nil
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			here := qemuHost(t)
			p := here.process(42)
			texts, want := test()
			write(t, here.root, texts)
			if diff := cmp.Diff(want, p.read(here)); diff != "" {
				t.Errorf("unexpected process (-want +got):\n%s", diff)
			}
		})
	}
	here := qemuHost(t)
	p := here.process(42)
	if err := os.RemoveAll(filepath.Join(here.root, "proc/42")); err != nil {
		t.Fatalf("failed to remove: %v", err)
	}
	if got := p.read(here); got != nil || here.process(42) != nil {
		t.Errorf("unexpected process once it has ended: %+v", got)
	}
}

// TestThreads has threads that come and go. The sum never goes back.
func TestThreads(t *testing.T) {
	t.Parallel()
	type present map[string]switches
	steps := []struct {
		name string
		now  present
		want switches
	}{
		{"one", present{"42": {10, 1}}, switches{10, 1}},
		{"a worker", present{"42": {11, 1}, "50": {5, 5}}, switches{16, 6}},
		{"the worker ends", present{"42": {12, 1}}, switches{17, 6}},
		{"another one", present{"42": {12, 1}, "51": {1, 0}}, switches{18, 6}},
		{"an earlier number again", present{"42": {12, 1}, "51": {1, 0}, "50": {0, 0}}, switches{18, 6}},
		{"a number that is another's now", present{"42": {12, 1}, "51": {0, 1}, "50": {0, 0}}, switches{18, 7}},
		{"a number that is another's now, again", present{"42": {12, 1}, "51": {3, 0}, "50": {0, 0}}, switches{21, 7}},
		{"none that can be read", nil, switches{}},
		{"all others have ended", present{"42": {13, 2}}, switches{22, 8}},
	}
	root := t.TempDir()
	var counted threads
	for _, step := range steps {
		if err := os.RemoveAll(filepath.Join(root, "proc")); err != nil {
			t.Fatalf("failed to remove: %v", err)
		}
		for tid, s := range step.now {
			write(t, root, map[string]string{"proc/42/task/" + tid + "/status": threadStatus(s.voluntary, s.involuntary)})
		}
		got, ok := counted.count(files{root}, 42)
		if got != step.want || ok != (step.now != nil) {
			t.Errorf("%s: unexpected sum: %+v, %t, want %+v", step.name, got, ok, step.want)
		}
	}
}

// TestThreadsUnreadable has something of the threads be unreadable once. That is the end of none.
func TestThreadsUnreadable(t *testing.T) {
	t.Parallel()
	const tasks = "proc/42/task"
	tests := map[string]struct {
		move, to string // what is not at its place for a while
		put      string // what is there instead; a directory if it is empty
	}{
		"a status":                      {tasks + "/43/status", "status", ""},
		"a status without switches":     {tasks + "/43/status", "status", "Name: x"},
		"the list":                      {tasks, "tasks", "no directory"},
		"a thread that has not ended":   {tasks + "/43", "thread", "no directory"},
		"all of them, as after the end": {"proc/42", "process", "no directory"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			here := qemuHost(t)
			var counted threads
			before, ok := counted.count(here, 42)
			if !ok {
				t.Fatal("no sum at first")
			}
			place, aside := filepath.Join(here.root, tt.move), filepath.Join(here.root, tt.to)
			rename(t, place, aside)
			if tt.put == "" {
				write(t, here.root, map[string]string{tt.move + "/file": ""})
			} else {
				write(t, here.root, map[string]string{tt.move: tt.put})
			}
			if got, ok := counted.count(here, 42); ok {
				t.Errorf("unexpected sum meanwhile: %+v", got)
			}
			if err := os.RemoveAll(place); err != nil {
				t.Fatalf("failed to remove: %v", err)
			}
			rename(t, aside, place)
			if after, ok := counted.count(here, 42); after != before || !ok {
				t.Errorf("unexpected sum afterwards: %+v, %t, want %+v", after, ok, before)
			}
		})
	}
}

// rename renames a file.
func rename(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatalf("failed to rename: %v", err)
	}
}

// TestThreadsUnlisted has a thread that is known and cannot be found in the list.
func TestThreadsUnlisted(t *testing.T) {
	t.Parallel()
	here := qemuHost(t)
	got, ok := here.switches("42", map[string]switches{"42": {}, "status": {}, "../task/43": {1, 1}, "44": {}})
	want := map[string]switches{"42": {10, 1}, "43": {200, 3}, "../task/43": {200, 3}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(switches{})); diff != "" || !ok {
		t.Errorf("unexpected switches: %t (-want +got):\n%s", ok, diff)
	}
}

// TestThreadsTooMany has as many threads as are counted, and one more.
func TestThreadsTooMany(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	write(t, root, map[string]string{"proc/42/task/42/status": threadStatus(1, 1)})
	for tid := range maxThreads - 1 {
		if err := os.Mkdir(filepath.Join(root, "proc/42/task", "1"+strconv.Itoa(tid)), 0o755); err != nil {
			t.Fatalf("failed to make a directory: %v", err)
		}
	}
	if got, ok := new(threads).count(files{root}, 42); got != (switches{1, 1}) || !ok {
		t.Errorf("unexpected sum: %+v, %t", got, ok)
	}
	if err := os.Mkdir(filepath.Join(root, "proc/42/task/2"), 0o755); err != nil {
		t.Fatalf("failed to make a directory: %v", err)
	}
	if got, ok := new(threads).count(files{root}, 42); ok {
		t.Errorf("unexpected sum of one too many: %+v", got)
	}
}

// TestStatisticsProcess reads the process with the statistics, by both ways of reading them, before and after its definition.
func TestStatisticsProcess(t *testing.T) {
	t.Parallel()
	for name, unsupported := range lacking() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, keys := many(1)
			d.Unsupported = unsupported
			d.Domains[0].Stats = append(d.Domains[0].Stats, libvirttest.Param{Name: "balloon.rss", Value: uint64(1)})
			srv, s := fake(t, d)
			s.files = qemuHost(t)
			check := func(what string, want *hv.Process) {
				t.Helper()
				got := statistics(t, s, keys...)[keys[0]]
				if diff := cmp.Diff(want, got.value.Process); diff != "" || got.err != nil {
					t.Errorf("%s: unexpected process: %v (-want +got):\n%s", what, got.err, diff)
				}
			}
			check("at first", qemuFacts())
			write(t, s.files.root, map[string]string{"proc/42/task/43/status": threadStatus(0, 0)})
			check("a thread ended", qemuFacts())
			definitions(t, s, keys...)
			check("its definition was read again", qemuFacts())

			write(t, s.files.root, map[string]string{"proc/42/stat": strings.Replace(qemuStat, " 2050 ", " 2051 ", 1)})
			check("another has its PID", nil)
			srv.Change(func(d *libvirttest.Daemon) {
				again := running(5, "vm-1")
				again.UUID, again.XML = uuid(1), replace(again.XML, key(5), key(1))
				d.Domains[0] = again
			})
			want := qemuFacts()
			want.Age, want.VoluntarySwitches = hv.Some(79490*time.Millisecond), hv.Some[uint64](10)
			want.InvoluntarySwitches = hv.Some[uint64](1)
			check("it was started again", want)
			srv.Change(func(d *libvirttest.Daemon) { d.Domains[0] = off(1, "vm-1") })
			check("it is off", nil)
		})
	}
}

// TestStatisticsNoProcess has a process that cannot be found, here or because it is elsewhere. What libvirt tells of it is
// all there is; but here no times, which would be others than those of the process, once that is found.
func TestStatisticsNoProcess(t *testing.T) {
	t.Parallel()
	d := libvirttest.Daemon{Domains: []libvirttest.Domain{running(1, "on"), off(2, "off"), running(3, "silent")}}
	for i := range 2 {
		d.Domains[i].Stats = append(d.Domains[i].Stats,
			libvirttest.Param{Name: "cpu.user", Value: uint64(6_000_000_000)}, libvirttest.Param{Name: "cpu.system", Value: uint64(2_000_000_000)},
			libvirttest.Param{Name: "balloon.rss", Value: uint64(500)})
	}
	elsewhere := &hv.Process{
		UserTime: hv.Some(6 * time.Second), SystemTime: hv.Some(2 * time.Second), Resident: hv.Some[int64](500 << 10),
	}
	tests := map[string]struct {
		network, address string
		uri              func(address string) string
		want             *hv.Process
	}{
		"here": {"unix", filepath.Join(t.TempDir(), "sock"), func(address string) string {
			return "qemu:///system?socket=" + address
		}, &hv.Process{Resident: elsewhere.Resident}},
		"here, a driver without processes": {"unix", filepath.Join(t.TempDir(), "sock"), func(address string) string {
			return "ch:///system?socket=" + address
		}, elsewhere},
		"elsewhere": {"tcp", "127.0.0.1:0", func(address string) string {
			return "qemu+tcp://" + address + "/system"
		}, elsewhere},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, err := net.Listen(tt.network, tt.address)
			if err != nil {
				t.Fatalf("failed to listen: %v", err)
			}
			srv := libvirttest.Serve(l, d)
			t.Cleanup(srv.Close)
			s := sourceOf(t, tt.uri(l.Addr().String()), defaultBounds())
			s.files.root = t.TempDir()
			got := statistics(t, s, key(1), key(2), key(3))
			if diff := cmp.Diff(tt.want, got[key(1)].value.Process); diff != "" || got[key(1)].err != nil {
				t.Errorf("unexpected process: %v (-want +got):\n%s", got[key(1)].err, diff)
			}
			for _, n := range []int{2, 3} {
				if o := got[key(n)]; o.err != nil || o.value.Process != nil {
					t.Errorf("unexpected process of %d: %+v, %v", n, o.value.Process, o.err)
				}
			}
		})
	}
}

// TestStatisticsUnknownRun has one whose definition cannot be read. Its times are not told by two counters in turn.
func TestStatisticsUnknownRun(t *testing.T) {
	t.Parallel()
	d, keys := many(1)
	d.Domains[0].XML = "nonsense"
	d.Domains[0].Stats = append(d.Domains[0].Stats, libvirttest.Param{Name: "cpu.user", Value: uint64(6)})
	_, s := fake(t, d)
	if got := statistics(t, s, keys...)[keys[0]]; got.err != nil || got.value.Process != nil || got.value.CPUTime.IsZero() {
		t.Errorf("unexpected statistics: %+v, %v", got.value, got.err)
	}
}

// FuzzStat asks that what is told of a process is possible.
func FuzzStat(f *testing.F) {
	f.Add(qemuStat)
	f.Add(statLine("a) S 1 (b", "9223372036854775807"))
	f.Add(statLine("x", "-1"))
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		st, ok := parseStat(text)
		if !ok {
			return
		}
		for _, n := range []int64{st.minor, st.major, st.virtual} {
			if n < 0 {
				t.Errorf("%d in %+v", n, st)
			}
		}
		for _, n := range []int64{st.user, st.system, st.start} {
			if n < 0 || time.Duration(n)*tick < 0 {
				t.Errorf("%d ticks in %+v", n, st)
			}
		}
		if max(st.priority, st.nice) > math.MaxInt16 || min(st.priority, st.nice) < math.MinInt16 {
			t.Errorf("priority %d, nice %d", st.priority, st.nice)
		}
	})
}

// FuzzStatus asks that memory is not below zero, and that what is read is read again from what is written of it.
func FuzzStatus(f *testing.F) {
	f.Add(threadStatus(7, math.MaxUint64))
	f.Add("VmRSS:\t9007199254740992 kB\nvoluntary_ctxt_switches:\t-1\n")
	f.Add("VmRSS: kB\n\nnonvoluntary_ctxt_switches")
	f.Fuzz(func(t *testing.T, text string) {
		s := parseStatus(text)
		if s.resident.Or(0) < 0 {
			t.Errorf("memory of %d octets", s.resident.Or(0))
		}
		voluntary, ok := s.voluntary.Get()
		involuntary, ok2 := s.involuntary.Get()
		if again := parseStatus(threadStatus(voluntary, involuntary)); ok && ok2 &&
			(again.voluntary != s.voluntary || again.involuntary != s.involuntary) {
			t.Errorf("unexpected status: %+v, once more %+v", s, again)
		}
	})
}
