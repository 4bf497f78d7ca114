package hv

import (
	"encoding"
	"encoding/json"
	"fmt"
	"testing"
)

// A worded is a number that is written as a word.
type worded interface {
	encoding.TextMarshaler
	String() string
}

// checkWords checks that the values from 0 on have these words, read back, and that there are no more.
func checkWords[T interface {
	~uint8
	worded
}, P interface {
	*T
	encoding.TextUnmarshaler
}](t *testing.T, typ string, words ...string) {
	t.Helper()
	t.Run(typ, func(t *testing.T) {
		t.Parallel()
		for i, want := range words {
			v := T(i)
			text, err := v.MarshalText()
			if err != nil || string(text) != want || v.String() != want {
				t.Errorf("unexpected word %q of %d, want %q: %v", text, i, want, err)
			}
			back := ^v
			if err := P(&back).UnmarshalText(text); err != nil || back != v {
				t.Errorf("%q reads as %d, want %d: %v", text, back, i, err)
			}
			data, err := json.Marshal(map[string]T{"v": v})
			if err != nil || string(data) != `{"v":"`+want+`"}` {
				t.Errorf("unexpected JSON %s: %v", data, err)
			}
		}
		for _, i := range []int{len(words), 255} {
			if got, want := T(i).String(), fmt.Sprintf("%s(%d)", typ, i); got != want {
				t.Errorf("unexpected word %q of %d, want %q", got, i, want)
			}
		}
		for _, text := range []string{"", "Running", "nonsense", typ + "(255)", words[0] + " "} {
			v := T(1)
			if err := P(&v).UnmarshalText([]byte(text)); err == nil || v != 1 {
				t.Errorf("%q reads as %v: %v", text, v, err)
			}
		}
	})
}

func TestWords(t *testing.T) {
	t.Parallel()
	checkWords[OperState](t, "OperState", "unknown", "other", "preparing", "running", "suspending", "suspended",
		"resuming", "paused", "migrating", "shuttingdown", "shutdown", "crashed")
	checkWords[AdminState](t, "AdminState", "unknown", "running", "suspended", "paused", "shutdown")
	checkWords[Answer](t, "Answer", "unknown", "yes", "no")
	checkWords[SourceType](t, "SourceType", "unknown", "other", "block", "raw", "sparse", "network")
	checkWords[MediaType](t, "MediaType", "unknown", "other", "harddisk", "opticaldisk", "floppydisk")
}

func TestAnswerOf(t *testing.T) {
	t.Parallel()
	if AnswerOf(true) != Yes || AnswerOf(false) != No {
		t.Fatal("an answer is not what it should be")
	}
}
