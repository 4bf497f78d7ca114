package hv

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseCPUSet(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text  string
		want  CPUSet
		canon string // the text that it is written as, if not the one that was read
		err   string
	}{
		{text: ""},
		{text: "0", want: CPUSet{1}},
		{text: "0-3,8", want: CPUSet{0x0f, 1}},
		{text: "0-7", want: CPUSet{0xff}},
		{text: "7-8", want: CPUSet{0x80, 0x01}},
		{text: "63", want: CPUSet{0, 0, 0, 0, 0, 0, 0, 0x80}},
		{text: "3-3", want: CPUSet{8}, canon: "3"},
		{text: "0,1,2", want: CPUSet{7}, canon: "0-2"},
		{text: "8,0", want: CPUSet{1, 1}, canon: "0,8"},
		{text: "0-3,2-5", want: CPUSet{0x3f}, canon: "0-5"},
		{text: " 1 , 3 - 4 ,", want: CPUSet{0x1a}, canon: "1,3-4"},
		{text: "0-7,^3", want: CPUSet{0xf7}, canon: "0-2,4-7"},
		{text: "0-7,^3-5", want: CPUSet{0xc7}, canon: "0-2,6-7"},
		{text: "^3,0-7", want: CPUSet{0xff}, canon: "0-7"}, // in order: what is put in later is in
		{text: "0,^9", want: CPUSet{1}, canon: "0"},
		{text: "0,8-15,^8-15", want: CPUSet{1}, canon: "0"},
		{text: "9,^9", want: nil, canon: ""},
		{text: ",,", canon: ""},
		{text: "65536", err: `CPU set "65536": "65536" is not a CPU number up to 65535`},
		{text: "0-65536", err: `CPU set "0-65536": "65536" does not end a range`},
		{text: "3-1", err: `"1" does not end a range`},
		{text: "1-", err: `"" does not end a range`},
		{text: "-1", err: `"" is not a CPU number`},
		{text: "1-2-3", err: `"2-3" does not end a range`},
		{text: "^", err: `"" is not a CPU number`},
		{text: "^^1", err: `"^1" is not a CPU number`},
		{text: "+1", err: `"+1" is not a CPU number`},
		{text: "0x1", err: `"0x1" is not a CPU number`},
		{text: "all", err: `"all" is not a CPU number`},
		{text: "0;1", err: `"0;1" is not a CPU number`},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			t.Parallel()
			got, err := ParseCPUSet(tt.text)
			checkError(t, err, tt.err)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Fatalf("unexpected set (-want +got):\n%s", diff)
			}
			canon := tt.text
			if tt.canon != "" || len(tt.want) == 0 {
				canon = tt.canon
			}
			if got.String() != canon {
				t.Fatalf("unexpected text %q, want %q", got, canon)
			}
		})
	}
	last, err := ParseCPUSet("65535")
	if err != nil || !last.Has(65535) || last.String() != "65535" {
		t.Fatalf("unexpected last CPU of %q: %v", last, err)
	}
}

// TestParseCPUSetRanges compares ranges with their numbers one by one.
func TestParseCPUSetRanges(t *testing.T) {
	t.Parallel()
	const most = 40
	numbers := func(lo, hi int, sign string) string {
		var parts []string
		for n := lo; n <= hi; n++ {
			parts = append(parts, sign+strconv.Itoa(n))
		}
		return strings.Join(parts, ",")
	}
	for lo := range most {
		for hi := lo; hi < most; hi++ {
			for _, text := range [][2]string{
				{fmt.Sprintf("%d-%d", lo, hi), numbers(lo, hi, "")},
				{fmt.Sprintf("0-%d,^%d-%d", most, lo, hi), numbers(0, most, "") + "," + numbers(lo, hi, "^")},
			} {
				whole, err := ParseCPUSet(text[0])
				if err != nil {
					t.Fatal(err)
				}
				single, err := ParseCPUSet(text[1])
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(single, whole); diff != "" {
					t.Fatalf("unexpected set of %q (-one by one +as a range):\n%s", text[0], diff)
				}
			}
		}
	}
}

func TestCPUSetHas(t *testing.T) {
	t.Parallel()
	s := CPUSet{0x81, 0x01}
	in := map[int]bool{0: true, 7: true, 8: true}
	for n := -70; n < 70; n++ {
		if s.Has(n) != in[n] {
			t.Errorf("unexpected answer %v for %d", s.Has(n), n)
		}
	}
	if CPUSet(nil).Has(0) {
		t.Error("the empty set has 0")
	}
}

func TestCPUSetWith(t *testing.T) {
	t.Parallel()
	s := make(CPUSet, 1, 8) // whose room behind its end must stay untouched too
	s[0] = 1
	got := s.With(2).With(17).With(0)
	if diff := cmp.Diff(CPUSet{5, 0, 2}, got); diff != "" {
		t.Errorf("unexpected set (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(CPUSet{1, 0, 0, 0, 0, 0, 0, 0}, s[:8]); diff != "" {
		t.Errorf("unexpected old set (-want +got):\n%s", diff)
	}
	for _, n := range []int{-1, -8} {
		func() {
			defer func() {
				if text, ok := recover().(string); !ok || !strings.HasPrefix(text, "hv: ") {
					t.Errorf("unexpected panic %q of %d", text, n)
				}
			}()
			s.With(n)
		}()
	}
}

func TestFirstCPUs(t *testing.T) {
	t.Parallel()
	const most = 40
	for n := -1; n <= most; n++ {
		got := FirstCPUs(n)
		if len(got) != CPUSetLen(max(n, 0)) {
			t.Errorf("unexpected %d octets for %d CPUs", len(got), n)
		}
		for cpu := range most + 8 {
			if got.Has(cpu) != (cpu < n) {
				t.Errorf("unexpected answer %v for %d of the first %d", got.Has(cpu), cpu, n)
			}
		}
	}
}

func TestCPUSetWithin(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		set  CPUSet
		host int
		want CPUSet
	}{
		"none of none":              {nil, 0, CPUSet{}},
		"none of a host":            {nil, 9, CPUSet{0, 0}},
		"some of nobody knows whom": {CPUSet{0xff}, -1, CPUSet{}},
		"within an octet":           {CPUSet{0xff}, 3, CPUSet{0x07}},
		"up to the end of an octet": {CPUSet{0xff, 0xff}, 8, CPUSet{0xff}},
		"a bit of the next octet":   {CPUSet{0xff, 0xff}, 9, CPUSet{0xff, 0x01}},
		"shorter than the host":     {CPUSet{0x81}, 17, CPUSet{0x81, 0, 0}},
		"as long as the host":       {CPUSet{0x05, 0x02}, 16, CPUSet{0x05, 0x02}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before := append(CPUSet(nil), tt.set...)
			if diff := cmp.Diff(tt.want, tt.set.Within(tt.host)); diff != "" {
				t.Errorf("unexpected set (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(before, append(CPUSet(nil), tt.set...)); diff != "" {
				t.Errorf("unexpected old set (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCPUJSON(t *testing.T) {
	t.Parallel()
	checkJSON(t, CPU{ID: 1}, `{"id":1}`)
	checkJSON(t, CPU{ID: 1, Affinity: Some(CPUSet{0x0f, 1})}, `{"id":1,"affinity":"0-3,8"}`)
	checkJSON(t, CPU{Affinity: Some(CPUSet(nil))}, `{"id":0,"affinity":""}`)
	var c CPU
	if err := json.Unmarshal([]byte(`{"affinity":"x"}`), &c); err == nil {
		t.Errorf("unexpected CPU %+v", c)
	}
}

func FuzzParseCPUSet(f *testing.F) {
	f.Add("0-3,8")
	f.Add("0-65535,^5")
	f.Add("^1,,")
	f.Fuzz(func(t *testing.T, text string) {
		set, err := ParseCPUSet(text)
		if err != nil {
			if set != nil {
				t.Fatalf("%q has an error and set %v", text, set)
			}
			return
		}
		if len(set) > (maxCPU+1)/8 || len(set) > 0 && set[len(set)-1] == 0 {
			t.Fatalf("%q becomes %d octets that end in 0 or are too many", text, len(set))
		}
		again, err := ParseCPUSet(set.String())
		if err != nil {
			t.Fatalf("%q becomes %q: %v", text, set, err)
		}
		if diff := cmp.Diff(set, again); diff != "" {
			t.Fatalf("unexpected set of %q after a round trip (-want +got):\n%s", text, diff)
		}
	})
}
