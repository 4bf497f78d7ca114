package snmpdconf

import (
	"strings"
	"testing"
)

// FuzzParse reads any file. What it says must be of the line that it says, and must not depend on the other lines, but for
// the section.
func FuzzParse(f *testing.F) {
	f.Fuzz(func(t *testing.T, text string) {
		lines := strings.Split(text, "\n")
		last := 0
		for _, s := range parse(text, forSnmpd) {
			if s.line <= last || s.line > len(lines) {
				t.Fatalf("unexpected line %d after %d of %d", s.line, last, len(lines))
			}
			last = s.line
			if s.kind == anExtend && s.section != forSnmpd {
				t.Errorf("an extend in section %q", s.section)
			}
			alone := parse(lines[s.line-1], s.section)
			if len(alone) != 1 || alone[0].argument != s.argument || alone[0].kind != s.kind {
				t.Errorf("line %d alone is %+v, with the others %+v", s.line, alone, s)
			}
		}
	})
}

// FuzzParseCommand reads any command line and environment.
func FuzzParseCommand(f *testing.F) {
	f.Fuzz(func(t *testing.T, line, environ string) {
		args := strings.Split(line, "\x00")
		c := parseCommand(args)
		for _, file := range c.files {
			if file == "" || strings.Contains(file, ",") || !strings.Contains(line, file) {
				t.Errorf("unexpected file %q", file)
			}
		}
		if len(c.lines) > len(line) {
			t.Errorf("%d lines of %d octets", len(c.lines), len(line))
		}
		e := parseEnvironment(environ)
		for _, value := range []string{e.confPath, e.home} {
			if !strings.Contains(environ, value) {
				t.Errorf("unexpected value %q", value)
			}
		}
	})
}
