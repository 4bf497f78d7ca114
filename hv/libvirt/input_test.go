package libvirt

import (
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/libvirt/libvirttest"
)

// A telling is all that is read of one virtual machine. The errors are in words.
type telling struct {
	Summary    hv.Summary
	Definition hv.Definition
	Statistics hv.Statistics

	DefinitionError, StatisticsError string
}

// tellings reads all three depths of all virtual machines, by key.
func tellings(t *testing.T, s *Source) map[string]telling {
	t.Helper()
	list, err := s.States(patiently(t))
	if err != nil {
		t.Fatalf("failed to read the states: %v", err)
	}
	all := map[string]telling{}
	for _, sum := range list {
		if _, twice := all[sum.Key]; twice {
			t.Errorf("%q is in the list twice", sum.Key)
		}
		all[sum.Key] = telling{Summary: sum}
	}
	words := func(err error) string {
		if err == nil {
			return ""
		}
		return err.Error()
	}
	keys := slices.Sorted(maps.Keys(all))
	for key, d := range definitions(t, s, keys...) {
		one := all[key]
		one.Definition, one.DefinitionError = d.value, words(d.err)
		all[key] = one
	}
	for key, st := range statistics(t, s, keys...) {
		one := all[key]
		one.Statistics, one.StatisticsError = st.value, words(st.err)
		one.Statistics.At = time.Time{}
		all[key] = one
	}
	return all
}

// lacking says what drivers do not have: one has bulk statistics, the other not.
func lacking() map[string]map[libvirttest.Proc]bool {
	return map[string]map[libvirttest.Proc]bool{
		"bulk":       nil,
		"one by one": {libvirttest.ConnectGetAllStats: true},
	}
}

// between reads a daemon that has those virtual machines between two healthy ones, and returns what is read of them. The
// healthy ones must be read as they are without them.
func between(t *testing.T, unsupported map[libvirttest.Proc]bool, evil ...libvirttest.Domain) map[string]telling {
	t.Helper()
	// Far from the virtual machines of the tests, which are numbered from 1.
	const first, last = 500, 501
	d := libvirttest.Daemon{HostCPUs: 4, Unsupported: unsupported, Domains: []libvirttest.Domain{
		running(first, "first"), off(last, "last"),
	}}
	_, s := fake(t, d)
	want := tellings(t, s)
	d.Domains = slices.Insert(slices.Clone(d.Domains), 1, evil...)
	_, s = fake(t, d)
	all := tellings(t, s)
	for _, n := range []int{first, last} {
		if diff := cmp.Diff(want[key(n)], all[key(n)]); diff != "" || want[key(n)].StatisticsError != "" {
			t.Errorf("unexpected neighbour (-alone +beside it):\n%s", diff)
		}
		delete(all, key(n))
	}
	return all
}

// beside does that in turn for each driver, and has check look at what is read.
func beside(t *testing.T, evil []libvirttest.Domain, check func(t *testing.T, all map[string]telling)) {
	t.Helper()
	for name, unsupported := range lacking() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			check(t, between(t, unsupported, evil...))
		})
	}
}

// TestInputNames has names that nobody gives in good faith. The source hands them on as they are, if they end somewhere: it
// is not the one who shows them.
func TestInputNames(t *testing.T) {
	t.Parallel()
	names := []string{
		"", " ", "a\nb", "\r", "\t", `"quoted" 'twice' \`, "\x1b[2J\x1b]0;owned\a", "\u009b2J", "\x00", "\x7f", "\u202e", "<&>",
		"\xff\xfe", "gr\xfcn", "..", "../../etc/passwd", "%s%n", strings.Repeat("ü", 150), strings.Repeat("😀", 75),
		"e" + strings.Repeat("\u0301", 400), strings.Repeat("x", 100_000),
	}
	var evil []libvirttest.Domain
	for i, name := range names {
		d := running(i+1, "vm")
		d.Name = name
		evil = append(evil, d)
	}
	beside(t, evil, func(t *testing.T, all map[string]telling) {
		for i, name := range names {
			got := all[key(i+1)]
			if got.Summary.Name != name[:min(len(name), maxName)] || got.Summary.State != hv.StateRunning {
				t.Errorf("unexpected summary of the one named %.50q: %+.100v", name, got.Summary)
			}
			if got.DefinitionError+got.StatisticsError != "" || len(got.Definition.Disks) != 1 || len(got.Statistics.Disks) != 1 {
				t.Errorf("unexpected definition or statistics of the one named %.50q: %+.500v", name, got)
			}
		}
	})
}

// TestInputXML has virtual machines whose XML cannot be read. They are there, in their states and with their counters.
func TestInputXML(t *testing.T) {
	t.Parallel()
	texts := map[string]string{
		"nothing":        "",
		"broken":         "<domain><name>x</name>",
		"another root":   "<network/>",
		"an entity":      "<!DOCTYPE domain [<!ENTITY e 'x'>]><domain><name>&e;</name></domain>",
		"ten megabytes":  "<domain>" + strings.Repeat(" ", 10<<20),
		"nested":         strings.Repeat("<domain>", 1<<14),
		"not UTF-8":      "<domain><name>\xff</name></domain>",
		"another's":      running(99, "another").XML,
		"without a UUID": "<domain><name>vm</name></domain>",
	}
	var evil []libvirttest.Domain
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		d := running(len(evil)+1, name)
		d.XML = texts[name]
		evil = append(evil, d)
	}
	beside(t, evil, func(t *testing.T, all map[string]telling) {
		for i, d := range evil {
			got := all[key(i+1)]
			if got.Summary.Name != d.Name || got.Summary.State != hv.StateRunning {
				t.Errorf("unexpected summary of %q: %+v", d.Name, got.Summary)
			}
			if got.DefinitionError == "" || len(got.DefinitionError) > 1000 {
				t.Errorf("unexpected error of the definition of %q: %.100q", d.Name, got.DefinitionError)
			}
			if used := got.Statistics.CPUTime.Or(0); got.StatisticsError != "" || used != time.Duration(1000+i+1) {
				t.Errorf("unexpected CPU time of %q: %v, %s", d.Name, used, got.StatisticsError)
			}
			if diff := cmp.Diff(hv.Definition{}, got.Definition); diff != "" {
				t.Errorf("unexpected definition of %q (-want +got):\n%s", d.Name, diff)
			}
		}
	})
}

// TestInputIdentity has virtual machines that share what tells them apart, or lack it.
func TestInputIdentity(t *testing.T) {
	t.Parallel()
	twin, other := running(1, "twin"), running(2, "twin")
	again := running(1, "again") // with the UUID of the first
	again.State, again.Stats = 3, nil
	nameless := running(0, "")
	nameless.UUID, nameless.Name = libvirttest.UUID{}, "no UUID"
	nameless.XML = replace(nameless.XML, key(0), hv.UUID{}.String())
	nameless.XML = replace(nameless.XML, "<name></name>", "<name>no UUID</name>")
	negative := running(3, "negative")
	negative.ID = -5
	want := map[string]hv.Summary{
		key(1):         {Name: "twin", State: hv.StateRunning, Run: 2},
		key(2):         {Name: "twin", State: hv.StateRunning, Run: 3},
		"name:no UUID": {Name: "no UUID", State: hv.StateRunning, Run: 1},
		key(3):         {Name: "negative", State: hv.StateRunning},
	}
	beside(t, []libvirttest.Domain{twin, other, again, nameless, negative}, func(t *testing.T, all map[string]telling) {
		got := map[string]hv.Summary{}
		for key, one := range all {
			got[key] = hv.Summary{Name: one.Summary.Name, State: one.Summary.State, Run: one.Summary.Run}
			if one.DefinitionError+one.StatisticsError != "" {
				t.Errorf("unexpected errors of %q: %s, %s", key, one.DefinitionError, one.StatisticsError)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("unexpected summaries (-want +got):\n%s", diff)
		}
		if used := all[key(1)].Statistics.CPUTime; used.Or(0) != 1001 {
			t.Errorf("unexpected CPU time of the first of two: %v", used)
		}
		if used := all[key(3)].Statistics.CPUTime; !used.IsZero() {
			t.Errorf("unexpected CPU time of one without a process: %v", used)
		}
	})
}

// TestInputJobs has jobs that libvirt does not have. That is not to have none: one that is paused for a migration is left
// paused only if it has none.
func TestInputJobs(t *testing.T) {
	t.Parallel()
	for job, want := range map[int32]hv.OperState{
		0: hv.StatePaused, 99: hv.StateMigrating, -1: hv.StateMigrating, math.MinInt32: hv.StateMigrating, math.MaxInt32: hv.StateMigrating,
	} {
		evil := running(1, "vm")
		evil.State, evil.Reason, evil.Job = 3, 2, job
		if got := between(t, nil, evil)[key(1)].Summary.State; got != want {
			t.Errorf("unexpected state with the job %d: %v, want %v", job, got, want)
		}
	}
}

// TestInputStates has states that libvirt does not have, or not yet, and some of another type.
func TestInputStates(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		state any
		want  hv.OperState
	}{
		{"of the future", int32(99), hv.StateOther},
		{"negative", int32(-1), hv.StateOther},
		{"the lowest", int32(math.MinInt32), hv.StateOther},
		{"unsigned", uint32(1), hv.StateRunning},
		{"long", int64(1), hv.StateRunning},
		{"unsigned and long", uint64(1), hv.StateRunning},
		{"more than a state has bits", uint64(1<<32 + 1), hv.StateUnknown},
		{"more than that and negative", int64(-1<<32 + 1), hv.StateUnknown},
		{"the highest", uint64(math.MaxUint64), hv.StateUnknown},
		{"with a point", 1.0, hv.StateUnknown},
		{"text", "1", hv.StateUnknown},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			evil := running(1, "vm")
			evil.StateStats = []libvirttest.Param{{Name: "state.state", Value: tt.state}, {Name: "state.reason", Value: tt.state}}
			got := between(t, nil, evil)[key(1)].Summary
			if got.State != tt.want || got.Name != "vm" || !got.Active() {
				t.Errorf("unexpected summary: %+v, want state %v", got, tt.want)
			}
			if number, ok := tt.state.(int32); ok {
				evil.State, evil.Reason = number, number
				got := between(t, lacking()["one by one"], evil)[key(1)].Summary
				if got.State != tt.want {
					t.Errorf("unexpected state from the driver without bulk statistics: %v, want %v", got.State, tt.want)
				}
			}
		})
	}
}
