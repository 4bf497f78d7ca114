package snmpdconf

import "testing"

func TestWord(t *testing.T) {
	t.Parallel()
	tests := []struct{ text, word, rest string }{
		{"", "", ""},
		{"one", "one", ""},
		{"one two  three", "one", "two  three"},
		{"one\t\v\f\r two", "one", "two"},
		{"one  ", "one", ""},
		{"one # two", "one", ""},
		{"one#two", "one#two", ""},
		{`"one two" three`, "one two", "three"},
		{`'one "two' three`, `one "two`, "three"},
		{`"one`, "one", ""},
		{`"`, "", ""},
		{`""`, "", ""},
		{`"" one`, "", "one"},
		{`"one"two three`, "one", "two three"},
		{`one"two three"`, `one"two`, `three"`},
		{`one\ two three`, "one two", "three"},
		{`"one\"two" three`, `one"two`, "three"},
		{`\"one two\"`, `"one`, `two\"`},
		{`one\`, `one\`, ""},
		{`"one\`, `one\`, ""},
		{`o\ne`, "one", ""},
		{"Rübe x", "Rübe", "x"},
	}
	for _, tt := range tests {
		if w, rest := word(tt.text); w != tt.word || rest != tt.rest {
			t.Errorf("unexpected word of %q: %q and %q, want %q and %q", tt.text, w, rest, tt.word, tt.rest)
		}
	}
}

func TestSkipSpace(t *testing.T) {
	t.Parallel()
	tests := []struct{ text, want string }{
		{"", ""},
		{" \t ", ""},
		{" \t one ", "one "},
		{"  # one", ""},
		{"#one", ""},
	}
	for _, tt := range tests {
		if got := skipSpace(tt.text); got != tt.want {
			t.Errorf("unexpected text behind the space of %q: %q, want %q", tt.text, got, tt.want)
		}
	}
}
