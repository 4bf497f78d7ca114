package freebsd

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDecodeArgs(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		b    []byte
		want []string
	}{
		{"a title", recorded(t, "native/kern.proc.args.4242.bin"), []string{"bhyve: web01"}},
		{"words", recorded(t, "native/kern.proc.args.4101.bin"), []string{"/bin/sh", "/usr/local/sbin/vm", "_run", "web01"}},
		{"none", nil, nil},
		{"an empty one", []byte("\x00"), []string{""}},
		{"empty ones between", []byte("a\x00\x00b\x00\x00"), []string{"a", "", "b", ""}},
		{"cut short", []byte("a\x00b"), []string{"a", "b"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, DecodeArgs(tt.b)); diff != "" {
				t.Errorf("unexpected arguments (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTitle(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"bhyve: web01"}, "web01"},
		{[]string{"bhyve: bhyve: odd"}, "bhyve: odd"},
		{[]string{"bhyve: "}, ""},
		{[]string{"bhyve"}, ""},
		{[]string{"vm: web01"}, ""},
		{[]string{"bhyve: web01", "web02"}, ""},
		{nil, ""},
	} {
		if name, ok := Title(tt.args); name != tt.want || ok != (tt.want != "") {
			t.Errorf("the title of %q is %q, %v", tt.args, name, ok)
		}
	}
}

func TestOperand(t *testing.T) {
	t.Parallel()
	tests := []struct{ line, want string }{
		{"bhyve -c 2 -m 4096M -H -P -A -s 0:0,hostbridge -l com1,/dev/nmdm0A web01", "web01"},
		{"/usr/sbin/bhyve -AHPuw -k /vm/web01.conf web01", "web01"},
		{"bhyve web01", "web01"},
		{"bhyve -H web01", "web01"},
		{"bhyve -c2 web01", "web01"},
		{"bhyve -m=1G web01", "web01"},
		{"bhyveload -c stdio -m 1G -d /dev/zvol/zroot/vm/web01/disk0 web01", "web01"},
		{"/usr/sbin/bhyveload -S web01", "web01"},
		{"grub-bhyve -m device.map -r hd0,1 -M 1024M web01", "web01"},
		{"/usr/local/sbin/grub-bhyve -n web01", "web01"},
		{"grub-bhyve --memory web01", "web01"},
		{"bhyve -k web01", ""},
		{"bhyve -AHk web01", ""},
		{"bhyve -k /vm/web01.conf", ""},
		{"bhyve -c 2 -H", ""},
		{"bhyve", ""},
		{"/bin/sh /usr/local/sbin/vm _run web01", ""},
		{"lockf -s /tmp/x bhyve -c 2 web01", ""},
		{"bhyvectl --vm=web01 --destroy", ""},
		{"bhyve ", ""},
	}
	for _, tt := range tests {
		t.Run(tt.line, func(t *testing.T) {
			t.Parallel()
			if name, ok := Operand(strings.Split(tt.line, " ")); name != tt.want || ok != (tt.want != "") {
				t.Errorf("%q, %v, and not %q", name, ok, tt.want)
			}
		})
	}
	if name, ok := Operand(nil); ok {
		t.Errorf("no command line is about %q", name)
	}
}

// FuzzArgs decodes whatever a process has for a command line: the words are those that are there, and the name of a virtual
// machine is one of them.
func FuzzArgs(f *testing.F) {
	f.Add(recorded(f, "native/kern.proc.args.4242.bin"))
	f.Add(recorded(f, "native/kern.proc.args.4101.bin"))
	f.Add([]byte("bhyve\x00-c\x002\x00web01\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		args := DecodeArgs(b)
		if again := strings.Join(args, "\x00"); again != strings.TrimSuffix(string(b), "\x00") {
			t.Errorf("%q of %q", args, b)
		}
		if name, ok := Title(args); ok != (name != "") || ok && !slices.Equal(args, []string{titlePrefix + name}) {
			t.Errorf("the title of %q is %q, %v", args, name, ok)
		}
		if name, ok := Operand(args); ok != (name != "") || ok && (name != args[len(args)-1] || len(args) < 2) {
			t.Errorf("the operand of %q is %q, %v", args, name, ok)
		}
	})
}
