package hv

import (
	"encoding"
	"fmt"
	"testing"
)

// FuzzWords reads a text as each of the types that are words: an error that leaves what was there, or the text again.
func FuzzWords(f *testing.F) {
	for _, word := range []string{"running", "yes", "blocktier", "hard disk", "shutdown", "OperState(3)", ""} {
		f.Add(word)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var (
			oper   OperState
			admin  AdminState
			answer Answer
			source SourceType
			media  MediaType
		)
		for _, v := range []encoding.TextUnmarshaler{&oper, &admin, &answer, &source, &media} {
			before := fmt.Sprint(v)
			err := v.UnmarshalText([]byte(text))
			if after := fmt.Sprint(v); err == nil && after != text || err != nil && after != before {
				t.Errorf("%T takes %q for %q: %v", v, text, after, err)
			}
		}
	})
}
