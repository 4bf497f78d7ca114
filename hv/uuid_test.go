package hv

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseUUID(t *testing.T) {
	t.Parallel()
	id := UUID{0x6b, 0x5b, 0x3b, 0x0c, 0x6d, 0x0c, 0x4b, 0x1c, 0x9a, 0x38, 0x9f, 0x1c, 0x7f, 0x0e, 0x1a, 0x11}
	tests := []struct {
		text string
		want UUID
		err  string
	}{
		{text: "6b5b3b0c-6d0c-4b1c-9a38-9f1c7f0e1a11", want: id},
		{text: "6B5B3B0C-6D0C-4B1C-9A38-9F1C7F0E1A11", want: id},
		{text: "00000000-0000-0000-0000-000000000000"},
		{text: "", err: `uuid "" is not of the form 8-4-4-4-12`},
		{text: "6b5b3b0c6d0c4b1c9a389f1c7f0e1a11", err: "is not of the form"},
		{text: "{6b5b3b0c-6d0c-4b1c-9a38-9f1c7f0e1a11}", err: "is not of the form"},
		{text: "6b5b3b0-c6d0c-4b1c-9a38-9f1c7f0e1a11", err: "is not of the form"},
		{text: "6b5b3b0c-6d0c-4b1c-9a38-9f1c7f0e1a1", err: "is not of the form"},
		{text: "6b5b3b0c-6d0c-4b1c-9a38-9f1c7f0e1a1g", err: "is not hexadecimal"},
		{text: "6b5b3b0c-6d0c-4b1c-9a38-9f1c7f0e1a1-", err: "is not hexadecimal"},
		{text: "6b5b3b0c-6d0c-4b1c-9a38--f1c7f0e1a1-", err: "is not hexadecimal"},
		{text: "------------------------------------", err: "is not hexadecimal"},
		{text: "6b5b3b0c-6d0c-4b1c-9a38-9f1c7f0e1aé", err: "is not hexadecimal"},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			t.Parallel()
			got, err := ParseUUID(tt.text)
			checkError(t, err, tt.err)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Fatalf("unexpected UUID (-want +got):\n%s", diff)
			}
			if err == nil && got.String() != strings.ToLower(tt.text) {
				t.Fatalf("unexpected text %q", got)
			}
			if got.IsZero() != (tt.want == UUID{}) {
				t.Fatalf("unexpected zero %v", got.IsZero())
			}
		})
	}
}

// checkError fails the test unless err is as wanted: none if want is empty, else one with want in its text.
func checkError(t *testing.T, err error, want string) {
	t.Helper()
	if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
		t.Fatalf("unexpected error %v, want one with %q", err, want)
	}
}

func TestUUIDText(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`""`:                                     `""`,
		`"00000000-0000-0000-0000-000000000000"`: `""`,
		`"6B5B3B0C-6D0C-4B1C-9A38-9F1C7F0E1A11"`: `"6b5b3b0c-6d0c-4b1c-9a38-9f1c7f0e1a11"`,
	} {
		id := UUID{1} // what was there before is gone
		if err := json.Unmarshal([]byte(text), &id); err != nil {
			t.Errorf("failed to read %s: %v", text, err)
		}
		if got, err := json.Marshal(id); err != nil || string(got) != want {
			t.Errorf("unexpected JSON %s of %s: %v", got, text, err)
		}
	}
	var id UUID
	if err := json.Unmarshal([]byte(`"6b5b"`), &id); err == nil {
		t.Errorf("unexpected UUID %v", id)
	}
}

func FuzzParseUUID(f *testing.F) {
	f.Add("6b5b3b0c-6d0c-4b1c-9a38-9f1c7f0e1a11")
	f.Add("6B5B3B0C-6D0C-4B1C-9A38-9F1C7F0E1A11")
	f.Add("------------------------------------")
	f.Fuzz(func(t *testing.T, text string) {
		id, err := ParseUUID(text)
		if err != nil {
			if !id.IsZero() {
				t.Fatalf("%q has an error and UUID %v", text, id)
			}
			return
		}
		if id.String() != strings.ToLower(text) {
			t.Fatalf("%q becomes %q", text, id)
		}
	})
}
