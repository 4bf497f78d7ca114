package events

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/collector"
)

// FuzzEventJSON reads events as "vmond show" does, who has them from whatever is behind the socket: an error, or what says the
// same when it is written again.
func FuzzEventJSON(f *testing.F) {
	text, err := json.Marshal([]Event{{Change: collector.Change{Number: 1, Name: "web"}, Bulk: Fate{Outcome: Refused, Error: "too large"}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`[{"number":18446744073709551616}]`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var all, again []Event
		if json.Unmarshal(text, &all) != nil {
			return
		}
		written, err := json.Marshal(all)
		if err != nil {
			return // a time that no text is for
		}
		if err := json.Unmarshal(written, &again); err != nil {
			t.Fatalf("%s cannot be read: %v", written, err)
		}
		if diff := cmp.Diff(all, again); diff != "" {
			t.Errorf("unexpected events (-read +written):\n%s", diff)
		}
	})
}

// FuzzOutcome reads an outcome: an error, or what is written so again.
func FuzzOutcome(f *testing.F) {
	f.Add("sent")
	f.Fuzz(func(t *testing.T, text string) {
		var o Outcome
		if o.UnmarshalText([]byte(text)) == nil && o.String() != text {
			t.Errorf("%q is taken for %q", text, o)
		}
	})
}
