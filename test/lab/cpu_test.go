package lab

import (
	"fmt"
	"os/exec"
	"testing"
	"time"
)

func TestParseCPU(t *testing.T) {
	t.Parallel()
	const rest = " S 1 1 1 0 -1 4194560 52 0 0 0 "
	tests := []struct {
		name, stat string
		want       time.Duration
		fails      bool
	}{
		{name: "user and system", stat: "7 (vmond)" + rest + "150 25 900 900 20 0 9 0\n", want: 1750 * time.Millisecond},
		{name: "a name with brackets", stat: "7 (a) b (c)" + rest + "1 0 0 0\n", want: 10 * time.Millisecond},
		{name: "nothing used", stat: "7 (vmond)" + rest + "0 0 0 0\n"},
		{name: "short", stat: "7 (vmond)" + rest + "150\n", fails: true},
		{name: "no name", stat: "7 vmond" + rest + "1 1\n", fails: true},
		{name: "no number", stat: "7 (vmond)" + rest + "1 x\n", fails: true},
		{name: "empty", fails: true},
	}
	for _, tt := range tests {
		got, err := parseCPU([]byte(tt.stat))
		if got != tt.want || (err != nil) != tt.fails {
			t.Errorf("%s: parseCPU(%q) = %v, %v, want %v", tt.name, tt.stat, got, err, tt.want)
		}
	}
}

// TestCPU proves that it grows while a program works, and is next to nothing of one that waits.
func TestCPU(t *testing.T) {
	t.Parallel()
	works, err := Start(exec.Command("sh", "-c", "while :; do :; done"))
	if err != nil {
		t.Fatal(err)
	}
	attach(t, works)
	waits, err := Start(exec.Command("sleep", "60"))
	if err != nil {
		t.Fatal(err)
	}
	attach(t, waits)
	const enough = 10 * clockTick
	Eventually(t, startTimeout, "a CPU is used", func() error {
		if used := works.CPU(t); used < enough {
			return fmt.Errorf("for %v", used)
		}
		return nil
	})
	if used := waits.CPU(t); used >= enough {
		t.Errorf("one that waits has used a CPU for %v", used)
	}
}
