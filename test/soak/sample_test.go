package soak

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParseMemory(t *testing.T) {
	t.Parallel()
	const status = "Name:\tvmond\nVmPeak:\t 1234 kB\nVmRSS:\t    3072 kB\nRssAnon:\t    2048 kB\nRssFile:\t    1024 kB\nThreads:\t7\n"
	got, err := parseMemory(status)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(memory{3 * mebi, 2 * mebi, mebi}, got, cmp.AllowUnexported(memory{})); diff != "" {
		t.Errorf("unexpected memory (-want +got):\n%s", diff)
	}
	for _, bad := range []string{
		"", strings.ReplaceAll(status, "VmRSS", "VmHWM"), strings.ReplaceAll(status, "RssFile", "RssShmem"),
		strings.ReplaceAll(status, "2048 kB", "2048"), strings.ReplaceAll(status, "1024", "some"),
	} {
		if m, err := parseMemory(bad); err == nil {
			t.Errorf("unexpected memory %+v of %q", m, bad)
		}
	}
}

// TestParseMemoryTruth proves it against the kernel.
func TestParseMemoryTruth(t *testing.T) {
	t.Parallel()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	m, err := parseMemory(string(status))
	if err != nil {
		t.Fatal(err)
	}
	if m.anonymous < mebi || m.resident < m.anonymous+m.file {
		t.Errorf("unexpected memory %+v of this process", m)
	}
}

func TestWriteTable(t *testing.T) {
	t.Parallel()
	var all []sample
	for i := range 10 * tableLines {
		all = append(all, sample{at: time.Duration(i) * time.Second, descriptors: i, heap: mebi, memory: memory{resident: int64(i) * mebi}})
	}
	for _, n := range []int{0, 1, tableLines - 1, tableLines, 3 * tableLines, len(all)} {
		var out strings.Builder
		writeTable(&out, all[:n])
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		if got := len(lines) - 1; got > 2*tableLines || n > 0 && got < min(n, tableLines) {
			t.Errorf("a table of %d samples has %d lines", n, got)
		}
		if !strings.Contains(lines[0], "goroutines") {
			t.Errorf("a table begins with %q", lines[0])
		}
		if n > 0 {
			want := fmt.Sprintf("%v %d 0 1.0 %d.0 0.0 0.0 0 0 0", time.Duration(n-1)*time.Second, n-1, n-1)
			if diff := cmp.Diff(want, strings.Join(strings.Fields(lines[len(lines)-1]), " ")); diff != "" {
				t.Errorf("unexpected last line of %d samples (-want +got):\n%s", n, diff)
			}
		}
	}
}
