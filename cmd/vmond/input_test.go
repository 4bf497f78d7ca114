package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"

	"github.com/vmond/vmond/cmd/internal/control"
	"github.com/vmond/vmond/cmd/internal/events"
	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
)

// hostileTexts are what nobody would give as a name in good faith.
func hostileTexts() []string {
	return []string{
		"", " ", "a\nb", "a\r\nb\tc\vd\fe", `"a' \`, "\x1b[2J\x1b]0;owned\a", "\u009b2J", "\x00\x7f\x08\x08", "a\u202eb\u2066c", "\u2028\u2029\u0085",
		"\xff\xfe", "gr\xfcn", "\U000e0001\ufeff", strings.Repeat("ü", 150), strings.Repeat("仮", 100), strings.Repeat("😀", 75),
		"e" + strings.Repeat("\u0301", 150), strings.Repeat("\u0301", 300), strings.Repeat("x", 1<<17), strings.Repeat("\x1b", 1<<14), "|", "%s%n",
	}
}

// hostile returns a snapshot of virtual machines with those texts wherever there is one, and with a healthy one after each.
// The odd indices are those of the hostile ones.
func hostile() *collector.Snapshot {
	var vms []*collector.VM
	for i, text := range hostileTexts() {
		evil := &collector.VM{
			Index: int32(2*i + 1), Summary: hv.Summary{Key: text, Name: text, State: hv.StateRunning, Run: math.MaxInt64},
			Defined: true, OSType: text, CurCPUs: hv.Some(-1), CurMem: hv.Some[int64](math.MinInt64), CPUTime: hv.Some[time.Duration](math.MinInt64),
			Started: hv.Some(now().Add(math.MaxInt64)), StatsAt: now().Add(time.Hour),
			CPUs:  []collector.CPU{{Index: 1, CPU: hv.CPU{Affinity: hv.Some(hv.CPUSet(slices.Repeat([]byte{0x55}, 1<<10)))}, Time: hv.Some[time.Duration](-1)}},
			Disks: []collector.Disk{{Index: 1, Disk: hv.Disk{Key: text, Format: text, Resource: text, Bus: text}}},
			NICs: []collector.NIC{{Index: 1, NIC: hv.NIC{Key: text, Model: text, Host: text}, Stats: hv.NICStats{
				RxBytes: hv.Some[uint64](math.MaxUint64), TxDrops: hv.Some[uint64](math.MaxUint64),
			}}},
		}
		healthy := &collector.VM{
			Index: int32(2*i + 2), Summary: hv.Summary{Key: fmt.Sprint(i), Name: "healthy", State: hv.StateRunning},
			Defined: true, CPUs: []collector.CPU{{Index: 1}}, Disks: []collector.Disk{{Index: 1}}, NICs: []collector.NIC{{Index: 1}},
		}
		vms = append(vms, evil, healthy)
	}
	return collector.NewSnapshot(hv.Host{Software: "QEMU\x1b[2J\n", Version: strings.Repeat("\u009b", 300), CPUs: []int{0}}, now(), vms...)
}

// hostileEvents returns a change of each of them.
func hostileEvents() []events.Event {
	var all []events.Event
	for i, text := range hostileTexts() {
		all = append(all, events.Event{
			Change: collector.Change{Number: uint64(i + 1), At: now(), Index: int32(2*i + 1), Name: text, To: hv.Some(hv.StateRunning), Cause: text},
			PerVM:  events.Fate{Outcome: events.Refused, At: now(), Error: text},
		})
	}
	return all
}

// open serves a vmond that tells this until the test ends, and returns the path of its control socket.
func open(t *testing.T, f fixed) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "c")
	door := control.New(path, "", f, zap.NewNop())
	if err := door.Listen(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	end := make(chan error, 1)
	go func() { end <- door.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-end; err != nil {
			t.Errorf("unexpected error of the control socket: %v", err)
		}
	})
	return path
}

// show runs "vmond show" and returns what it writes.
func show(t *testing.T, args ...string) (stdout, stderr string) {
	t.Helper()
	var out, complaints strings.Builder
	if code := run(append([]string{"show"}, args...), &out, &complaints); code != exitDone {
		t.Fatalf("unexpected exit code %d: %s", code, complaints.String())
	}
	for _, text := range []string{out.String(), complaints.String()} {
		if !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }) {
			t.Errorf("%q would command a terminal: %.1000q", args, text)
		}
	}
	return out.String(), complaints.String()
}

// TestInputTables asks a running vmond for all tables. Each row is one line, and all that is in one column begins in one.
func TestInputTables(t *testing.T) {
	t.Parallel()
	path := open(t, fixed{snapshot: hostile(), events: hostileEvents()})
	n := len(hostileTexts())
	// The most characters of a line: each column is no wider than a cell of wide characters.
	const widest = 16 * (2*maxCell + len(gap))
	for view, rows := range map[string]int{"vm": 2 * n, "cpu": 2 * n, "affinity": 2 * n, "storage": 2 * n, "network": 2 * n, "events": n} {
		stdout, _ := show(t, view, "--control", path)
		lines := strings.Split(strings.TrimSuffix(stdout, "\n"), "\n")
		if len(lines) != rows+1 {
			t.Errorf("%s: %d lines, want %d", view, len(lines), rows+1)
		}
		state := -1
		for i, line := range lines {
			if utf8.RuneCountInString(line) > widest {
				t.Errorf("%s: line %d has %d characters: %.100q", view, i, utf8.RuneCountInString(line), line)
			}
			if view != "vm" {
				continue
			}
			at := strings.Index(line, "running  ")
			if i == 0 {
				at = strings.Index(line, "STATE")
			}
			if at < 0 {
				t.Errorf("%s: line %d has no state: %.100q", view, i, line)
				continue
			}
			if column := width(line[:at]); state < 0 {
				state = column
			} else if column != state {
				t.Errorf("%s: the state of line %d is in column %d, not %d: %.100q", view, i, column, state, line)
			}
		}
	}
	stdout, _ := show(t, "host", "--control", path)
	if got := strings.Count(stdout, "\n"); got != len(hostTable(hostile(), now()).rows) {
		t.Errorf("host: %d lines", got)
	}
}

// TestInputJSON asks for the same as JSON, from which the texts can be read again.
func TestInputJSON(t *testing.T) {
	t.Parallel()
	path := open(t, fixed{snapshot: hostile(), events: hostileEvents()})
	for _, view := range []string{"vm", "cpu", "storage", "network", "events"} {
		stdout, _ := show(t, view, "-o", "json", "--control", path)
		var rows []struct {
			Index  int32  `json:"index"`
			VM     int32  `json:"vm"`
			Name   string `json:"name"`
			VMName string `json:"vm_name"`
		}
		if err := json.Unmarshal([]byte(stdout), &rows); err != nil {
			t.Fatalf("%s: %v", view, err)
		}
		names := map[int32]string{}
		for _, row := range rows {
			if view == "vm" {
				row.VM, row.VMName = row.Index, row.Name
			}
			names[row.VM] = row.VMName
		}
		for i, text := range hostileTexts() {
			// What is no UTF-8 is replaced, octet by octet.
			if diff := cmp.Diff(string([]rune(text)), names[int32(2*i+1)]); diff != "" {
				t.Errorf("%s: unexpected name (-want +got):\n%.1000s", view, diff)
			}
			if got := names[int32(2*i+2)]; view != "events" && got != "healthy" {
				t.Errorf("%s: unexpected name of the neighbour: %q", view, got)
			}
		}
	}
}

// TestInputTrouble has an error of the hypervisor with something in it that a terminal would obey.
func TestInputTrouble(t *testing.T) {
	t.Parallel()
	for _, text := range hostileTexts()[1:] { // without one that says nothing
		f := fixed{snapshot: collector.NewSnapshot(hv.Host{}, now())}
		f.health.Hypervisor.Readings.States.Failures, f.health.Hypervisor.Readings.States.LastError = 1, text
		_, stderr := show(t, "host", "--control", open(t, f))
		if strings.Count(stderr, "\n") != 1 || !strings.HasPrefix(stderr, "vmond: the hypervisor cannot be read: ") {
			t.Errorf("unexpected trouble: %.200q", stderr)
		}
		if got := statusLine(f.health); strings.ContainsAny(got, "\n\x1b") {
			t.Errorf("unexpected status: %.200q", got)
		}
	}
}
