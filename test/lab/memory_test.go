package lab

import (
	"os/exec"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseMemory(t *testing.T) {
	t.Parallel()
	const mebi = 1 << 20
	tests := []struct {
		name, status string
		want         Memory
		fails        bool
	}{
		{
			name:   "as the kernel writes it",
			status: "Name:\tvmond\nVmPeak:\t 9999 kB\nVmHWM:\t    3072 kB\nVmRSS:\t    2048 kB\nRssAnon:\t    1024 kB\nRssFile:\t 1024 kB\n",
			want:   Memory{Resident: 2 * mebi, Peak: 3 * mebi, Anonymous: mebi},
		},
		{name: "in another order", status: "RssAnon:\t0 kB\nVmRSS:\t1024 kB\nVmHWM:\t1024 kB", want: Memory{Resident: mebi, Peak: mebi}},
		{name: "one that has ended", status: "Name:\tvmond\nState:\tZ (zombie)\n", fails: true},
		{name: "the name of another", status: "XVmRSS:\t1 kB\nVmHWM:\t1 kB\nRssAnon:\t1 kB\n", fails: true},
		{name: "another unit", status: "VmRSS:\t1 MB\nVmHWM:\t1 kB\nRssAnon:\t1 kB\n", fails: true},
		{name: "no number", status: "VmRSS:\tmany kB\nVmHWM:\t1 kB\nRssAnon:\t1 kB\n", fails: true},
		{name: "below nothing", status: "VmRSS:\t-1 kB\nVmHWM:\t1 kB\nRssAnon:\t1 kB\n", fails: true},
		{name: "empty", fails: true},
	}
	for _, tt := range tests {
		got, err := parseMemory([]byte(tt.status))
		if (err != nil) != tt.fails {
			t.Errorf("%s: unexpected error %v", tt.name, err)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: unexpected memory (-want +got):\n%s", tt.name, diff)
		}
	}
}

// TestMemory proves that the memory of a process is read, and agrees with itself.
func TestMemory(t *testing.T) {
	t.Parallel()
	p, err := Start(exec.Command("sleep", "60"))
	if err != nil {
		t.Fatal(err)
	}
	attach(t, p)
	if m := p.Memory(t); m.Anonymous <= 0 || m.Resident < m.Anonymous || m.Peak < m.Resident {
		t.Errorf("unexpected memory %+v", m)
	}
}
