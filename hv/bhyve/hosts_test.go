package bhyve

import (
	"encoding/json"
	"flag"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.uber.org/zap"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// Where the recorded hosts are, each in the form that freebsd.Load reads, and what a source tells of each.
const (
	hostsDir    = "testdata/hosts"
	accountsDir = "testdata/accounts"
)

// recordedHosts returns the names of the recorded hosts.
func recordedHosts(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir(hostsDir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names
}

// loadHost reads a recorded host whose clocks stand.
func loadHost(t *testing.T, dir string) *freebsd.Recording {
	t.Helper()
	host, err := freebsd.Load(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	clock, err := host.Clock()
	if err != nil {
		t.Fatal(err)
	}
	host.SetClock(clock)
	return host
}

// An account is all that a source tells of a host.
type account struct {
	Host        hv.Host
	Summaries   []hv.Summary
	Definitions map[string]hv.Definition
	Statistics  map[string]hv.Statistics
	Surveys     map[string]hv.Survey
	Findings    []Finding `json:"-"` // texts for people, which have tests of their own
}

// ofGuests compares accounts but for how many volumes and datasets there are: those that are of no virtual machine are not recorded.
func ofGuests() cmp.Option {
	return cmp.Options{
		cmpopts.IgnoreSliceElements(func(f Finding) bool { return f.Source == "zfs" || f.Source == "kstat.zfs" }),
		cmpopts.EquateComparable(netip.Addr{}),
	}
}

// accountOf asks a system everything. It has to be called in a bubble of synctest, so that time stands as well.
func accountOf(t *testing.T, sys freebsd.System) account {
	t.Helper()
	ctx := t.Context()
	s := newSource(sys, "bhyve:///", zap.NewNop())
	defer s.Close()
	a := account{Definitions: map[string]hv.Definition{}, Statistics: map[string]hv.Statistics{}, Surveys: map[string]hv.Survey{}}
	var err error
	if a.Host, err = s.Host(ctx); err != nil {
		t.Fatal(err)
	}
	if a.Summaries, err = s.States(ctx); err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(a.Summaries, func(a, b hv.Summary) int { return strings.Compare(a.Key, b.Key) })
	var keys []string
	for _, summary := range a.Summaries {
		keys = append(keys, summary.Key)
	}
	err = s.Definitions(ctx, keys, func(key string, d hv.Definition, err error) {
		if err != nil {
			t.Errorf("the definition of %q: %v", key, err)
		}
		a.Definitions[key] = d
	})
	if err != nil {
		t.Fatal(err)
	}
	err = s.Statistics(ctx, keys, func(key string, stats hv.Statistics, err error) {
		if err != nil {
			t.Errorf("the statistics of %q: %v", key, err)
		}
		a.Statistics[key] = stats
	})
	if err != nil {
		t.Fatal(err)
	}
	err = s.Surveys(ctx, keys, func(key string, survey hv.Survey, err error) {
		if err != nil {
			t.Errorf("the survey of %q: %v", key, err)
		}
		a.Surveys[key] = survey
	})
	if err != nil {
		t.Fatal(err)
	}
	if a.Findings, err = s.Inspect(ctx); err != nil {
		t.Fatal(err)
	}
	return a
}

// golden compares what a source tells of a host with what it told before.
func golden(t *testing.T, name string, got account) {
	t.Helper()
	text, err := json.MarshalIndent(got, "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	text = append(text, '\n')
	file := filepath.Join(accountsDir, name+".json")
	if *update {
		if err := os.WriteFile(file, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(text)); diff != "" {
		t.Errorf("unexpected account (-want +got):\n%s", diff)
	}
}

// TestHosts proves what is told of each recorded host, that nothing is asked of it which it does not know, and that it is the same
// host when it is recorded again: what is left out of a recording is nothing that is read.
func TestHosts(t *testing.T) {
	t.Parallel()
	names := recordedHosts(t)
	for _, name := range []string{"vm-bhyve", "cbsd", "plain", "all"} {
		if !slices.Contains(names, name) {
			t.Errorf("there is no recorded host %q", name)
		}
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				host := loadHost(t, filepath.Join(hostsDir, name))
				recorder := freebsd.NewRecorder(host)
				told := accountOf(t, recorder)
				golden(t, name, told)
				if diff := cmp.Diff([]string(nil), host.Missing()); diff != "" {
					t.Errorf("unexpected missing questions (-want +got):\n%s", diff)
				}

				dir := filepath.Join(t.TempDir(), name)
				if err := recorder.Recording().Save(dir); err != nil {
					t.Fatal(err)
				}
				again := loadHost(t, dir)
				if diff := cmp.Diff(told, accountOf(t, again), ofGuests()); diff != "" {
					t.Errorf("unexpected account of the host that was recorded again (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff([]string(nil), again.Missing()); diff != "" {
					t.Errorf("unexpected missing questions of it (-want +got):\n%s", diff)
				}
			})
		})
	}
}
