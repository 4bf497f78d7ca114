package lab

import (
	"os/exec"
	"strings"
	"testing"
)

// TestUseOneCPU proves that what is started has one CPU, and what it is started with.
func TestUseOneCPU(t *testing.T) {
	allowed := func() string {
		p, err := Start(exec.Command("sh", "-c", `echo "$0 $1"; grep Cpus_allowed_list /proc/self/status`, "a b", "c"))
		if err != nil {
			t.Fatal(err)
		}
		<-p.Done()
		if err := p.Err(); err != nil {
			t.Fatal(err)
		}
		return strings.Join(strings.Fields(p.Log().String()), " ")
	}
	before := allowed()
	t.Run("one", func(t *testing.T) {
		UseOneCPU(t)
		if got, want := allowed(), "a b c Cpus_allowed_list: 0"; got != want {
			t.Errorf("unexpected CPUs: want %q, got %q", want, got)
		}
	})
	if after := allowed(); after != before {
		t.Errorf("unexpected CPUs afterwards: want %q, got %q", before, after)
	}
}

// TestUseOneCPUUnknown proves that a program that is not there is told of as without it.
func TestUseOneCPUUnknown(t *testing.T) {
	UseOneCPU(t)
	const missing = "vmond-no-such-program"
	_, err := Start(exec.Command(missing))
	if err == nil || !strings.Contains(err.Error(), `cannot start "`+missing+`"`) {
		t.Errorf("unexpected error: %v", err)
	}
}
