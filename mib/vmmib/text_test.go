package vmmib

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/vmond/vmond/mib"
)

func TestText(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, s, want string
	}{
		{name: "empty", s: "", want: ""},
		{name: "plain", s: "web 1", want: "web 1"},
		{name: "blanks stay", s: " web ", want: " web "},
		{name: "not ASCII", s: "große-データベース 🐄", want: "große-データベース 🐄"},
		{name: "control characters", s: "a\x00b\tc\r\nd\x1be\x7f", want: "a\ufffdb\ufffdc\ufffd\ufffdd\ufffde\ufffd"},
		{name: "more control characters", s: "a\u0080b\u009f", want: "a\ufffdb\ufffd"},
		{name: "not UTF-8", s: "a\xffb\xc3", want: "a\ufffdb\ufffd"},
		{name: "the replacement itself", s: "a\ufffdb", want: "a\ufffdb"},
		{name: "longest", s: strings.Repeat("x", 255), want: strings.Repeat("x", 255)},
		{name: "too long", s: strings.Repeat("x", 256), want: strings.Repeat("x", 255)},
		{name: "much too long", s: strings.Repeat("x", 1<<20), want: strings.Repeat("x", 255)},
		{name: "two octets at the edge", s: strings.Repeat("x", 254) + "üy", want: strings.Repeat("x", 254)},
		{name: "two octets before the edge", s: strings.Repeat("x", 253) + "üy", want: strings.Repeat("x", 253) + "ü"},
		{name: "three octets at the edge", s: strings.Repeat("x", 253) + "デy", want: strings.Repeat("x", 253)},
		{name: "four octets at the edge", s: strings.Repeat("x", 252) + "🐄y", want: strings.Repeat("x", 252)},
		{name: "four octets before the edge", s: strings.Repeat("x", 251) + "🐄y", want: strings.Repeat("x", 251) + "🐄"},
		{name: "replacements that no longer fit", s: strings.Repeat("\x01", 90), want: strings.Repeat("\ufffd", 85)},
		{name: "too long and not UTF-8", s: strings.Repeat("\x80", 300), want: strings.Repeat("\ufffd", 85)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(mib.Text(tt.want), text(tt.s)); diff != "" {
				t.Errorf("unexpected text (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTextAllocatesNothing(t *testing.T) {
	long := strings.Repeat("ü", 200)
	for _, s := range []string{"web", "große-データベース", long} {
		if n := testing.AllocsPerRun(10, func() { text(s) }); n != 0 {
			t.Errorf("text(%q) allocates %v times", s, n)
		}
	}
}

func FuzzText(f *testing.F) {
	for _, s := range []string{"", "web", "große\xff", strings.Repeat("デ", 100), strings.Repeat("x", 254) + "\xf0\x9f"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := string(text(s).AppendOctets(nil))
		if len(got) > maxText || !utf8.ValidString(got) || strings.ContainsFunc(got, unicode.IsControl) {
			t.Errorf("text(%q) is no SnmpAdminString: %q", s, got)
		}
		if again := string(text(got).AppendOctets(nil)); again != got {
			t.Errorf("text(%q) is %q, and the text of that %q", s, got, again)
		}
		clean := len(s) <= maxText && utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
		if clean && got != s {
			t.Errorf("text changes %q to %q", s, got)
		}
	})
}
