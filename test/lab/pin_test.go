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
		const list = "a b c Cpus_allowed_list: "
		first := strings.FieldsFunc(strings.TrimPrefix(before, list), func(r rune) bool { return r == ',' || r == '-' })[0]
		if got, want := allowed(), list+first; got != want {
			t.Errorf("unexpected CPUs: want %q, got %q", want, got)
		}
	})
	if after := allowed(); after != before {
		t.Errorf("unexpected CPUs afterwards: want %q, got %q", before, after)
	}
}

// TestParseFirstCPU proves that of CPUs that may be used the first is told, whatever its number.
func TestParseFirstCPU(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, status, want string }{
		{"all", "Cpus_allowed:\t3\nCpus_allowed_list:\t0-1\n", "0"},
		{"not the first of the machine", "Name:\ta\nCpus_allowed_list:\t12,14-15\nMems_allowed:\t1\n", "12"},
		{"one", "Cpus_allowed_list:\t7", "7"},
		{"none", "Cpus_allowed_list:\t\nMems_allowed:\t1\n", ""},
		{"no list", "Name:\t1\n", ""},
		{"nothing", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := parseFirstCPU([]byte(tt.status))
			if got != tt.want || (err == nil) != (tt.want != "") {
				t.Errorf("unexpected CPU: want %q, got %q: %v", tt.want, got, err)
			}
		})
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
