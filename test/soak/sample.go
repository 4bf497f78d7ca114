package soak

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// A sample is what vmond needs at a time after the churn began to be watched, and what it has done until then.
type sample struct {
	at                      time.Duration
	descriptors, goroutines int
	memory                  memory
	heap                    int64 // in bytes, without garbage
	vms, waiting            int
	accepted                uint64
}

// memory is how much of it a process has, in bytes. Resident is the sum of the two others: what is its own, and the pages of
// files, such as the program and the state, which the kernel takes back when it needs them.
type memory struct {
	resident, anonymous, file int64
}

// parseMemory reads the status of a process (proc_pid_status(5)).
func parseMemory(status string) (memory, error) {
	var m memory
	for name, field := range map[string]*int64{"VmRSS": &m.resident, "RssAnon": &m.anonymous, "RssFile": &m.file} {
		text, ok := valueOf(status, name)
		if !ok {
			return memory{}, fmt.Errorf("the status of a process has no %s", name)
		}
		number, isKB := strings.CutSuffix(text, " kB")
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil || !isKB {
			return memory{}, fmt.Errorf("the status of a process has %s %q", name, text)
		}
		*field = n * kibi
	}
	return m, nil
}

// valueOf returns what a line such as "VmRSS:    1234 kB" has after its name.
func valueOf(status, name string) (string, bool) {
	for line := range strings.Lines(status) {
		if rest, ok := strings.CutPrefix(line, name+":"); ok {
			return strings.TrimSpace(rest), true
		}
	}
	return "", false
}

const (
	kibi = 1 << 10
	mebi = 1 << 20
)

// pointsOf returns one measure of the samples.
func pointsOf(samples []sample, measure func(sample) float64) []point {
	var out []point
	for _, s := range samples {
		out = append(out, point{s.at, measure(s)})
	}
	return out
}

func descriptorsOf(s sample) float64 { return float64(s.descriptors) }
func goroutinesOf(s sample) float64  { return float64(s.goroutines) }
func residentOf(s sample) float64    { return float64(s.memory.resident) }
func heapOf(s sample) float64        { return float64(s.heap) }

// tableLines is about how many lines a table has, however long it took.
const tableLines = 40

// writeTable writes some of the samples, at even distances and with the last one, so that a reader sees how they went.
func writeTable(w io.Writer, samples []sample) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "time\tdescriptors\tgoroutines\theap MiB\tRSS\tanonymous\tfiles\tVMs\twaiting\taccepted\t")
	step := max(1, len(samples)/tableLines)
	for i, s := range samples {
		if (len(samples)-1-i)%step != 0 {
			continue
		}
		fmt.Fprintf(t, "%v\t%d\t%d\t%.1f\t%.1f\t%.1f\t%.1f\t%d\t%d\t%d\t\n", s.at.Round(time.Second), s.descriptors, s.goroutines,
			inMebi(s.heap), inMebi(s.memory.resident), inMebi(s.memory.anonymous), inMebi(s.memory.file), s.vms, s.waiting, s.accepted)
	}
	t.Flush()
}

func inMebi[T int64 | float64](bytes T) float64 { return float64(bytes) / mebi }
