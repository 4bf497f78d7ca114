package hv

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestOpt(t *testing.T) {
	t.Parallel()
	var absent Opt[int]
	if v, ok := absent.Get(); v != 0 || ok || absent.Or(7) != 7 || !absent.IsZero() {
		t.Errorf("unexpected absent value %+v", absent)
	}
	for _, want := range []int{0, -1, 5} {
		o := Some(want)
		if v, ok := o.Get(); v != want || !ok || o.Or(7) != want || o.IsZero() {
			t.Errorf("unexpected value %+v of %d", o, want)
		}
	}
}

func TestOptEqual(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, time.January, 31, 12, 0, 0, 0, time.UTC)
	elsewhere := noon.In(time.FixedZone("elsewhere", 3600))
	tests := []struct {
		name string
		got  bool
		want bool
	}{
		{"both absent", Opt[int]{}.Equal(Opt[int]{}), true},
		{"absent and zero", Opt[int]{}.Equal(Some(0)), false},
		{"zero and absent", Some(0).Equal(Opt[int]{}), false},
		{"same", Some(3).Equal(Some(3)), true},
		{"other", Some(3).Equal(Some(4)), false},
		{"by its own method", Some(noon).Equal(Some(elsewhere)), true},
		{"by its own method, other", Some(noon).Equal(Some(noon.Add(1))), false},
		{"same list", Some(CPUSet{1}).Equal(Some(CPUSet{1})), true},
		{"other list", Some(CPUSet{1}).Equal(Some(CPUSet{2})), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if tt.got != tt.want {
				t.Fatalf("unexpected answer %v", tt.got)
			}
		})
	}
}

func TestOptJSON(t *testing.T) {
	t.Parallel()
	type facts struct {
		Plain Opt[int]           `json:"plain"`
		Count Opt[uint64]        `json:"count,omitzero"`
		Time  Opt[time.Duration] `json:"time,omitzero"`
		At    Opt[time.Time]     `json:"at,omitzero"`
		Text  Opt[string]        `json:"text,omitzero"`
		List  Opt[[]int]         `json:"list,omitzero"`
	}
	checkJSON(t, facts{}, `{"plain":null}`)
	checkJSON(t, facts{
		Plain: Some(0), Count: Some(uint64(0)), Time: Some(time.Duration(0)), Text: Some(""), List: Some([]int{}),
	}, `{"plain":0,"count":0,"time":0,"text":"","list":[]}`)
	checkJSON(t, facts{
		Plain: Some(NoLimit), Count: Some(uint64(1<<64 - 1)), Time: Some(time.Second),
		At:   Some(time.Date(2026, time.January, 31, 12, 0, 0, 1, time.UTC)),
		Text: Some("null"), List: Some([]int{1}),
	}, `{"plain":-1,"count":18446744073709551615,"time":1000000000,"at":"2026-01-31T12:00:00.000000001Z","text":"null","list":[1]}`)
}

// What is read takes the place of what was there, and what cannot be read is absent.
func TestOptUnmarshalReplaces(t *testing.T) {
	t.Parallel()
	type pair map[string]int
	o := Some(pair{"old": 1})
	if err := json.Unmarshal([]byte(`{"new":2}`), &o); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Some(pair{"new": 2}), o); diff != "" {
		t.Fatalf("unexpected value (-want +got):\n%s", diff)
	}
	if err := json.Unmarshal([]byte(`null`), &o); err != nil || !o.IsZero() {
		t.Fatalf("unexpected value %+v of null: %v", o, err)
	}
	var n Opt[int]
	if err := json.Unmarshal([]byte(`"seven"`), &n); err == nil || !n.IsZero() {
		t.Fatalf("unexpected value %+v of what is no number: %v", n, err)
	}
}

func FuzzOptJSON(f *testing.F) {
	f.Add([]byte(`null`))
	f.Add([]byte(`7`))
	f.Add([]byte(`{"a":1}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var o Opt[int64]
		if json.Unmarshal(data, &o) != nil {
			if !o.IsZero() {
				t.Fatalf("%q has an error and value %v", data, o)
			}
			return
		}
		checkRoundTrip(t, o)
		var s Opt[string]
		if json.Unmarshal(data, &s) == nil {
			checkRoundTrip(t, s)
		}
	})
}

func checkRoundTrip[T any](t *testing.T, o Opt[T]) {
	t.Helper()
	data, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	var back Opt[T]
	if err := json.Unmarshal(data, &back); err != nil || !back.Equal(o) {
		t.Fatalf("unexpected value %+v of %s, want %+v: %v", back, data, o, err)
	}
}
