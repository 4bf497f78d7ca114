package daemon

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
)

func TestAppendEscaped(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, want string }{
		{"nothing", ``, ``},
		{"plain", "{\"a\": \"b\\n\"}\n", "{\"a\": \"b\\n\"}\n"},
		{"letters", `"größe 仮想 🖥"`, `"größe 仮想 🖥"`},
		{"delete", "\"\x7f\"", `"\u007f"`},
		{"command to a terminal", "\"\u009b2J\"", `"\u009b2J"`},
		{"from right to left", "\"\u202egnp\"", `"\u202egnp"`},
		{"beyond 16 bits", "\"\U000e0001\"", `"\udb40\udc01"`},
		{"no UTF-8", "\"\xff\"", "\"\uFFFD\""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := string(AppendEscaped([]byte("x"), []byte(tt.text)))
			if diff := cmp.Diff("x"+tt.want, got); diff != "" {
				t.Errorf("unexpected text (-want +got):\n%s", diff)
			}
		})
	}
}

// FuzzAppendEscaped holds that escaping changes no value and leaves nothing that a terminal might obey.
func FuzzAppendEscaped(f *testing.F) {
	f.Add("a\u009b\u202e\U000e0001\x00\n")
	f.Fuzz(func(t *testing.T, s string) {
		text, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		escaped := AppendEscaped(nil, text)
		if strings.ContainsFunc(string(escaped), func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Fatalf("%q is not printable", escaped)
		}
		var want, got string
		if err := json.Unmarshal(text, &want); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(escaped, &got); err != nil {
			t.Fatalf("%s: %v", escaped, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("unexpected value (-want +got):\n%s", diff)
		}
	})
}
