package hv

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseMAC(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text string
		want MAC
		err  string
	}{
		{text: ""},
		{text: "52:54:00:12:34:56", want: MAC{0x52, 0x54, 0x00, 0x12, 0x34, 0x56}},
		{text: "FE:54:00:AB:cd:Ef", want: MAC{0xfe, 0x54, 0x00, 0xab, 0xcd, 0xef}},
		{text: "00", want: MAC{0}},
		{
			text: "80:00:02:08:fe:80:00:00:00:00:00:00:00:02:c9:03:00:0b:00:01", // InfiniBand
			want: MAC{0x80, 0, 2, 8, 0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 2, 0xc9, 3, 0, 0xb, 0, 1},
		},
		{text: ":", err: `link-layer address ":" is not of the form 52:54:00:12:34:56`},
		{text: "52:54:00:12:34:", err: "is not of the form"},
		{text: ":52", err: "is not of the form"},
		{text: "52:5", err: "is not of the form"},
		{text: "52:540", err: "is not of the form"},
		{text: "52:5400", err: "is not of the form"},
		{text: "52-54-00-12-34-56", err: "is not of the form"},
		{text: "5254.0012.3456", err: "is not of the form"},
		{text: "52:5g", err: "is not of the form"},
		{text: " 52", err: "is not of the form"},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			t.Parallel()
			got, err := ParseMAC(tt.text)
			checkError(t, err, tt.err)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Fatalf("unexpected address (-want +got):\n%s", diff)
			}
			if err == nil && got.String() != strings.ToLower(tt.text) {
				t.Fatalf("unexpected text %q", got)
			}
		})
	}
}

func TestNICJSON(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		nic  NIC
		want string
	}{
		{"nothing known", NIC{}, `{"key":""}`},
		{
			"all known", NIC{
				Key: "net0", MAC: MAC{0x52, 0x54, 0, 1, 2, 3}, Model: "virtio", Host: "vnet0",
				IfIndex: Some(7), Parent: Some(0),
			},
			`{"key":"net0","mac":"52:54:00:01:02:03","model":"virtio","host":"vnet0","if_index":7,"parent":0}`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			checkJSON(t, tt.nic, tt.want)
		})
	}
	var m MAC
	if err := json.Unmarshal([]byte(`"5254"`), &m); err == nil {
		t.Errorf("unexpected address %v", m)
	}
}

// checkJSON checks that v is written as want, and reads back as v.
func checkJSON[T any](t *testing.T, v T, want string) {
	t.Helper()
	got, err := json.Marshal(v)
	if err != nil {
		t.Fatalf("failed to write: %v", err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Fatalf("unexpected JSON (-want +got):\n%s", diff)
	}
	var back T
	if err := json.Unmarshal(got, &back); err != nil {
		t.Fatalf("failed to read: %v", err)
	}
	if diff := cmp.Diff(v, back); diff != "" {
		t.Fatalf("unexpected value after a round trip (-want +got):\n%s", diff)
	}
}

func FuzzParseMAC(f *testing.F) {
	f.Add("52:54:00:12:34:56")
	f.Add("")
	f.Add("::")
	f.Fuzz(func(t *testing.T, text string) {
		m, err := ParseMAC(text)
		if err != nil {
			if m != nil {
				t.Fatalf("%q has an error and address %v", text, m)
			}
			return
		}
		if m.String() != strings.ToLower(text) {
			t.Fatalf("%q becomes %q", text, m)
		}
	})
}
