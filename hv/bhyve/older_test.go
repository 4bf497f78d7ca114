package bhyve

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// lately are in the questions that were not asked at first.
var lately = [...]string{"hw.pagesize", "hw.physmem", "name,used", "ip4_addr", "/console"}

// olderHost reads a recorded host as if it had been recorded before those were asked.
func olderHost(t *testing.T, dir string) *freebsd.Recording {
	t.Helper()
	older := fstest.MapFS{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		octets, err := os.ReadFile(filepath.Join(dir, name))
		older[name] = &fstest.MapFile{Data: octets}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var index strings.Builder
	for line := range strings.Lines(string(older["index"].Data)) {
		question, answer, _ := strings.Cut(line, "\t->\t")
		asked := true
		for _, word := range lately {
			asked = asked && !strings.Contains(question, word)
		}
		if asked {
			index.WriteString(line)
			continue
		}
		delete(older, strings.TrimPrefix(strings.TrimSpace(answer), "file="))
	}
	older["index"].Data = []byte(index.String())
	host, err := freebsd.Load(older)
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

// TestOlderHosts proves that a host that was recorded before all was asked lacks that, and is told of otherwise as ever: without an error,
// and without a word to the log.
func TestOlderHosts(t *testing.T) {
	t.Parallel()
	for _, name := range recordedHosts(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				dir := filepath.Join(hostsDir, name)
				want := accountOf(t, loadHost(t, dir))
				want.Host.Memory = hv.Opt[int64]{}
				for _, s := range want.Statistics {
					if s.Process != nil {
						s.Process.Resident = hv.Opt[int64]{}
					}
					for i := range s.Disks {
						if isVolume := !s.Disks[i].ReadRequests.IsZero() || s.Disks[i].Physical != s.Disks[i].Capacity; isVolume {
							s.Disks[i].Physical = hv.Opt[int64]{}
						}
					}
				}
				for key, s := range want.Surveys {
					want.Surveys[key] = hv.Survey{Run: s.Run}
				}
				if diff := cmp.Diff(want, accountOf(t, olderHost(t, dir)), ofGuests()); diff != "" {
					t.Errorf("unexpected account (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(complaints(t, loadHost(t, dir)), complaints(t, olderHost(t, dir))); diff != "" {
					t.Errorf("unexpected log (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// complaints returns what a source of the host tells the log.
func complaints(t *testing.T, host *freebsd.Recording) []told {
	t.Helper()
	log, logs := observed()
	if err := askAll(t.Context(), host, "bhyve:///", log); err != nil {
		t.Fatal(err)
	}
	return toldOf(logs)
}
