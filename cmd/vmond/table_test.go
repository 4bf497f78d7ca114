package main

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestTable(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		table table
		want  string
	}{
		{"nothing", table{}, ""},
		{"titles only", table{columns: []column{{"A", left}, {"BCD", right}}}, "A  BCD\n"},
		{
			"sides",
			table{[]column{{"NAME", left}, {"N", right}, {"STATE", left}}, [][]string{{"a", "1", "running"}, {"web-01", "100", ""}}},
			"NAME      N  STATE\na         1  running\nweb-01  100\n",
		},
		{
			"no titles",
			table{[]column{{"", left}, {"", left}}, [][]string{{"Up", "1d"}, {"CPUs", "0-3"}}},
			"Up    1d\nCPUs  0-3\n",
		},
		{
			"wide characters",
			table{[]column{{"A", left}, {"B", left}}, [][]string{{"仮想", "x"}, {"ab\u0301c", "x"}, {"🖥", "x"}, {"abcd", "x"}}},
			"A     B\n仮想  x\nab\u0301c   x\n🖥    x\nabcd  x\n",
		},
		{
			"what is long",
			table{[]column{{"A", left}, {"B", left}}, [][]string{
				{strings.Repeat("仮", maxCell), "x"}, {strings.Repeat("仮", maxCell+1), "x"}, {strings.Repeat("仮", 1<<20), "x"},
			}},
			"A" + strings.Repeat(" ", 2*maxCell+1) + "B\n" + strings.Repeat("仮", maxCell) + "  x\n" +
				strings.Repeat(strings.Repeat("仮", maxCell-1)+"…   x\n", 2),
		},
		{
			"what is not printable",
			table{[]column{{"A", left}, {"B", left}}, [][]string{{"a\nb", "x"}, {"\x1b[0m", "x"}, {"\xc3", "x"}}},
			"A        B\na\\nb     x\n\\x1b[0m  x\n\\xc3     x\n",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var b strings.Builder
			if err := tt.table.write(&b); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, b.String()); diff != "" {
				t.Errorf("unexpected table (-want +got):\n%s", diff)
			}
		})
	}
}

// errFull is the error of a full disk.
var errFull = errors.New("no space left")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

// TestWriteError proves that an output that cannot be written is no success.
func TestWriteError(t *testing.T) {
	t.Parallel()
	for _, name := range append(viewNames(), "") {
		for _, form := range []string{asTable, asJSON} {
			if err := write(full{}, example(t), name, form); !errors.Is(err, errFull) {
				t.Errorf("%s %s: unexpected error %v", name, form, err)
			}
		}
	}
}

func TestPrintable(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, want string }{
		{"empty", "", ""},
		{"plain", `a "b" \c`, `a "b" \c`},
		{"letters", "größe 仮想", "größe 仮想"},
		{"controls", "\x00\t\n\r\x1b\x7f", `\x00\t\n\r\x1b\x7f`},
		{"C1", "\u009b", `\u009b`},
		{"right to left", "\u202e", `\u202e`},
		{"no UTF-8", "a\xffb", `a\xffb`},
		{"replacement", "\uFFFD", "\uFFFD"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, printable(tt.text)); diff != "" {
				t.Errorf("unexpected text (-want +got):\n%s", diff)
			}
		})
	}
}

// TestOneLine proves that causes which are on lines of their own are told as causes, and that there is still one line.
func TestOneLine(t *testing.T) {
	t.Parallel()
	two := errors.Join(errors.New("no first"), errors.New("no second"))
	tests := []struct{ name, text, want string }{
		{"nothing", "", ""},
		{"one", "no first", "no first"},
		{"joined", two.Error(), "no first; no second"},
		{"joined and wrapped", fmt.Errorf("neither: %w", errors.Join(two, errors.New("no third"))).Error(), "neither: no first; no second; no third"},
		{"empty causes", "\n\nno first\n\nno second\n", "no first; no second"},
		{"controls", "a\x1b[2J\nb\r", `a\x1b[2J; b\r`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, oneLine(tt.text)); diff != "" {
				t.Errorf("unexpected text (-want +got):\n%s", diff)
			}
		})
	}
}

// FuzzTable holds that no cell breaks its line or commands the terminal, and that all cells of a column begin together.
func FuzzTable(f *testing.F) {
	f.Add("web-01", "a\nb")
	f.Add("\x1b[2J", "仮想\u0301")
	f.Add(strings.Repeat("ü", 300), strings.Repeat("😀", maxCell))
	f.Fuzz(func(t *testing.T, a, b string) {
		var out strings.Builder
		tab := table{[]column{{"A", left}, {"B", left}}, [][]string{{a, "|"}, {b, "|"}}}
		if err := tab.write(&out); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
		if len(lines) != 3 {
			t.Fatalf("%d lines: %q", len(lines), out.String())
		}
		for _, line := range lines {
			if utf8.RuneCountInString(line) > 3*maxCell+len(gap)+1 { // accents, and the blanks beside wide characters
				t.Fatalf("a line of %d characters", utf8.RuneCountInString(line))
			}
			if !utf8.ValidString(line) || strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsPrint(r) }) {
				t.Fatalf("%q is not printable", line)
			}
		}
		one, two := strings.LastIndex(lines[1], "|"), strings.LastIndex(lines[2], "|")
		if width(lines[1][:one]) != width(lines[2][:two]) {
			t.Fatalf("columns do not align: %q", out.String())
		}
	})
}

func TestUnits(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, want, got string }{
		{"no bytes", "0 B", size(uint64(0))},
		{"bytes", "1023 B", size(int64(1023))},
		{"a unit", "1 KiB", size(int64(1024))},
		{"a fraction", "1.5 GiB", size(int64(3 << 29))},
		{"rounded", "1 TiB", size(int64(1<<40 + 1))},
		{"the most", "16 EiB", size(^uint64(0))},
		{"the most signed", "8 EiB", size(int64(1<<63 - 1))},

		{"no time", "0s", span(0)},
		{"clock set back", "0s", span(-time.Hour)},
		{"seconds", "59s", span(59*time.Second + 999*time.Millisecond)},
		{"minutes", "1m00s", span(time.Minute)},
		{"hours", "23h59m", span(24*time.Hour - time.Second)},
		{"days", "1d00h", span(24 * time.Hour)},
		{"years", "500d02h", span(500*24*time.Hour + 2*time.Hour)},

		{"little CPU time", "0.01s", cpuTime(10 * time.Millisecond)},
		{"much CPU time", "1m00s", cpuTime(time.Minute)},

		{"none", "0 VMs", plural(0, "VM")},
		{"one", "1 VM", plural(1, "VM")},
		{"two", "2 VMs", plural(2, "VM")},

		{"no object identifier", "", dotted(nil)},
		{"object identifier", "1.3.4294967295", dotted([]uint32{1, 3, 1<<32 - 1})},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if tt.got != tt.want {
				t.Errorf("got %q, want %q", tt.got, tt.want)
			}
		})
	}
}
