package mib_test

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vmond/vmond/mib"
)

func TestParseOID(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text string
		want mib.OID
		err  string
	}{
		{text: "1.3.6.1.2.1.236", want: mib.OID{1, 3, 6, 1, 2, 1, 236}},
		{text: ".1.3.6", want: mib.OID{1, 3, 6}},
		{text: "0.0", want: mib.OID{0, 0}},
		{text: "7", want: mib.OID{7}},
		{text: "1.4294967295", want: mib.OID{1, math.MaxUint32}},
		{text: strings.Repeat("1.", mib.MaxSubIDs-1) + "1", want: ones(mib.MaxSubIDs)},

		{text: "", err: `object identifier "": "" is not a number below 2^32`},
		{text: ".", err: `object identifier ".": "" is not a number below 2^32`},
		{text: "..1", err: `object identifier "..1": "" is not a number below 2^32`},
		{text: "1.3.", err: `object identifier "1.3.": "" is not a number below 2^32`},
		{text: "1..3", err: `object identifier "1..3": "" is not a number below 2^32`},
		{text: "1.4294967296", err: `object identifier "1.4294967296": "4294967296" is not a number below 2^32`},
		{text: "1.-3", err: `object identifier "1.-3": "-3" is not a number below 2^32`},
		{text: "1.+3", err: `object identifier "1.+3": "+3" is not a number below 2^32`},
		{text: "1. 3", err: `object identifier "1. 3": " 3" is not a number below 2^32`},
		{text: "iso.3", err: `object identifier "iso.3": "iso" is not a number below 2^32`},
		{
			text: strings.Repeat("1.", mib.MaxSubIDs) + "1",
			err:  "object identifier of 129 sub-identifiers, at most 128 are allowed",
		},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			t.Parallel()
			got, err := mib.ParseOID(tt.text)
			if diff := cmp.Diff(tt.err, errorText(err)); diff != "" {
				t.Fatalf("unexpected error (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("unexpected OID (-want +got):\n%s", diff)
			}
		})
	}
}

func FuzzParseOID(f *testing.F) {
	for _, s := range []string{"1.3.6.1.2.1.236.1.4.1.2.7", ".0.0", "", "1..2", "4294967296", "1.3.6."} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		o, err := mib.ParseOID(s)
		if err != nil {
			return
		}
		if len(o) == 0 || len(o) > mib.MaxSubIDs {
			t.Fatalf("%q has %d sub-identifiers", s, len(o))
		}
		again, err := mib.ParseOID(o.String())
		if err != nil {
			t.Fatalf("what String wrote cannot be read: %v", err)
		}
		if diff := cmp.Diff(o, again); diff != "" {
			t.Errorf("unexpected OID after a round trip (-want +got):\n%s", diff)
		}
	})
}

func TestMustOID(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff(mib.OID{1, 3, 6}, mib.MustOID("1.3.6")); diff != "" {
		t.Errorf("unexpected OID (-want +got):\n%s", diff)
	}
	want := `mib: object identifier "1.x": "x" is not a number below 2^32`
	if diff := cmp.Diff(want, panicText(func() { mib.MustOID("1.x") })); diff != "" {
		t.Errorf("unexpected panic (-want +got):\n%s", diff)
	}
}

func TestOIDCompare(t *testing.T) {
	t.Parallel()
	// Each is less than the next.
	ascending := []mib.OID{
		nil, {0}, {0, 0}, {1}, {1, 0}, {1, 0, math.MaxUint32}, {1, 1}, {1, 2}, {1, 10}, {1, math.MaxUint32}, {2}, {math.MaxUint32},
	}
	for i, a := range ascending {
		for j, b := range ascending {
			want := 0
			if i < j {
				want = -1
			}
			if i > j {
				want = 1
			}
			if got := a.Compare(b); got != want {
				t.Errorf("%q.Compare(%q) = %d, want %d", a, b, got, want)
			}
		}
	}
	if got := (mib.OID{}).Compare(nil); got != 0 {
		t.Errorf("the empty OID compares with the nil one as %d, want 0", got)
	}
}

func TestOIDHasPrefix(t *testing.T) {
	t.Parallel()
	tests := []struct {
		o, prefix mib.OID
		want      bool
	}{
		{nil, nil, true},
		{mib.OID{1, 3}, nil, true},
		{mib.OID{1, 3}, mib.OID{1}, true},
		{mib.OID{1, 3}, mib.OID{1, 3}, true},
		{mib.OID{1, 3}, mib.OID{1, 3, 0}, false},
		{mib.OID{1, 3}, mib.OID{2}, false},
		{mib.OID{1, 3}, mib.OID{1, 2}, false},
		{nil, mib.OID{1}, false},
	}
	for _, tt := range tests {
		if got := tt.o.HasPrefix(tt.prefix); got != tt.want {
			t.Errorf("%q.HasPrefix(%q) = %v, want %v", tt.o, tt.prefix, got, tt.want)
		}
	}
}

func TestOIDAppend(t *testing.T) {
	t.Parallel()
	o := append(make(mib.OID, 0, 10), 1, 3)
	a, b := o.Append(6, 1), o.Append(7)
	if diff := cmp.Diff([]mib.OID{{1, 3}, {1, 3, 6, 1}, {1, 3, 7}}, []mib.OID{o, a, b}); diff != "" {
		t.Errorf("unexpected OIDs: an array is shared (-want +got):\n%s", diff)
	}
	o.Append()[0] = 9
	if o[0] != 1 {
		t.Error("Append of nothing returns the same array")
	}
}

func TestOIDString(t *testing.T) {
	t.Parallel()
	for want, o := range map[string]mib.OID{
		"": nil, "0": {0}, "1.3.6.1.2.1.236": {1, 3, 6, 1, 2, 1, 236}, "1.4294967295": {1, math.MaxUint32},
	} {
		if got := o.String(); got != want {
			t.Errorf("unexpected text %q, want %q", got, want)
		}
	}
}

// ones returns an OID of n ones.
func ones(n int) mib.OID {
	o := make(mib.OID, n)
	for i := range o {
		o[i] = 1
	}
	return o
}

// errorText returns the text of an error, or nothing if there is none.
func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// panicText returns what f panics with, or nothing if it does not.
func panicText(f func()) (text string) {
	defer func() { text, _ = recover().(string) }()
	f()
	return ""
}
