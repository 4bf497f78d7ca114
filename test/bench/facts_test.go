package bench

import (
	"fmt"
	"regexp"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/vmond/vmond/test/lab"
)

func TestRevisionOf(t *testing.T) {
	t.Parallel()
	revision := debug.BuildSetting{Key: "vcs.revision", Value: "acd00bc0123456789abcdef"}
	tests := []struct {
		name     string
		settings []debug.BuildSetting
		want     string
	}{
		{"clean", []debug.BuildSetting{{Key: "vcs", Value: "git"}, revision, {Key: "vcs.modified", Value: "false"}}, "acd00bc01234"},
		{"changed", []debug.BuildSetting{{Key: "vcs.modified", Value: "true"}, revision}, "acd00bc01234-dirty"},
		{"a short one", []debug.BuildSetting{{Key: "vcs.revision", Value: "7"}}, "7"},
		{"changed since nobody knows when", []debug.BuildSetting{{Key: "vcs.modified", Value: "true"}}, unknown},
		{"without git", nil, unknown},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := revisionOf(tt.settings); got != tt.want {
				t.Errorf("unexpected revision: want %q, got %q", tt.want, got)
			}
		})
	}
}

func TestFacts(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		parse func(string) string
		text  string
		want  string
	}{
		{"model", parseModel, "processor\t: 0\nmodel\t\t: 167\nmodel name\t: Some  CPU @ 2.60GHz\nprocessor\t: 1\nmodel name\t: Other\n", "Some CPU @ 2.60GHz"},
		{"no model, as on ARM", parseModel, "processor\t: 0\nBogoMIPS\t: 243.75\n", unknown},
		{"no processor", parseModel, "", unknown},
		{"a model without a name", parseModel, "model name:\n", unknown},
		{"memory", parseMemory, "MemTotal:       24684084 kB\nMemFree:        21933044 kB\n", "25.3 GB"},
		{"no memory", parseMemory, "MemFree: 1 kB\n", unknown},
		{"memory of another unit", parseMemory, "MemTotal: 24 GB\n", unknown},
		{"memory below nothing", parseMemory, "MemTotal: -1 kB\n", unknown},
		{"kernel", parseWord, "6.1.0-41-amd64\n", "6.1.0-41-amd64"},
		{"no kernel", parseWord, "\n", unknown},
		{"what no line bears", parseWord, "a\x00b", unknown},
		{"what is too long", parseWord, strings.Repeat("x", longest+1), unknown},
		{"snmpd", parseVersion, "\nNET-SNMP version:  5.9.3\nWeb:               http://www.net-snmp.org/\n", "5.9.3"},
		{"libvirtd", parseVersion, "libvirtd (libvirt) 9.0.0\n", "9.0.0"},
		{"QEMU", parseVersion, "QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18+b3)\nCopyright (c) 2003-2022\n", "7.2.22"},
		{"a program that says nothing", parseVersion, "", unknown},
		{"a program without a version", parseVersion, "version 7\n", unknown},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := tt.parse(tt.text); got != tt.want {
				t.Errorf("unexpected fact: want %q, got %q", tt.want, got)
			}
		})
	}
}

// factLine is what any fact may be: printable, and in one line.
var factLine = regexp.MustCompile(`^[ -~]{1,80}$`)

func FuzzFacts(f *testing.F) {
	f.Fuzz(func(t *testing.T, text string) {
		for i, parse := range []func(string) string{parseModel, parseMemory, parseWord, parseVersion} {
			if got := parse(text); !factLine.MatchString(got) {
				t.Errorf("parser %d makes %q of %q", i, got, text)
			}
		}
	})
}

// TestThisMachine proves that all is told that can be told here.
func TestThisMachine(t *testing.T) {
	lab.Need(t, "snmpd", "libvirtd", "qemu-system-x86_64")
	lab.UsePlain(t)
	m := thisMachine()
	if !regexp.MustCompile(`^20\d\d-\d\d-\d\d$`).MatchString(m.date) {
		t.Errorf("unexpected date %q", m.date)
	}
	if !regexp.MustCompile(`^([0-9a-f]{12}(-dirty)?|unknown)$`).MatchString(m.revision) {
		t.Errorf("unexpected revision %q", m.revision)
	}
	for i, name := range []string{"CPUs", "memory", "kernel", "Go", "snmpd", "libvirtd", "QEMU"} {
		if !strings.HasPrefix(m.facts[i], name+": ") {
			t.Errorf("unexpected fact %d: want one of %s, got %q", i, name, m.facts[i])
		}
		if i > 0 && strings.Contains(m.facts[i], unknown) { // not every kind of processor has a model
			t.Errorf("unexpected fact: %q", m.facts[i])
		}
	}
	t.Setenv(lab.BinaryEnv, fmt.Sprint(t.TempDir(), "/nothing"))
	if got := thisMachine().revision; got != unknown {
		t.Errorf("unexpected revision of nothing: %q", got)
	}
}
