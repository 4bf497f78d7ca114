package collector

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNumbersTake(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		old   numbers
		keys  []string
		want  numbers
		given bool
	}{
		{"none", nil, nil, nil, false},
		{"first", nil, []string{"vda", "vdb"}, numbers{{"vda", 1}, {"vdb", 2}}, true},
		{"the same", numbers{{"vda", 1}}, []string{"vda"}, numbers{{"vda", 1}}, false},
		{"another order", numbers{{"vda", 1}, {"vdb", 2}}, []string{"vdb", "vda"}, numbers{{"vda", 1}, {"vdb", 2}}, false},
		{"one more in front", numbers{{"vda", 1}}, []string{"sda", "vda"}, numbers{{"vda", 1}, {"sda", 2}}, true},
		{"one gone is remembered", numbers{{"vda", 1}, {"vdb", 2}}, []string{"vda", "vdc"}, numbers{{"vda", 1}, {"vdb", 2}, {"vdc", 3}}, true},
		{"a key twice", nil, []string{"vda", "vda"}, numbers{{"vda", 1}}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, given := tt.old.take(tt.keys)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("unexpected numbers (-want +got):\n%s", diff)
			}
			if given != tt.given {
				t.Errorf("unexpected report: want %t, got %t", tt.given, given)
			}
		})
	}
}

func TestNumbersForgetButNeverGiveTwice(t *testing.T) {
	t.Parallel()
	var n numbers
	highest := int32(0)
	for i := range 10 * spareNumbers {
		key := string(rune('A' + i))
		n, _ = n.take([]string{"vda", key})
		if n.reader()("vda") != 1 {
			t.Fatalf("the device that stays has number %d", n.reader()("vda"))
		}
		if n.reader()(key) <= highest {
			t.Fatalf("number %d was given before, up to %d", n.reader()(key), highest)
		}
		highest = n.reader()(key)
	}
	if most := spareNumbers + 3; len(n) > most {
		t.Errorf("unexpected size: want at most %d, got %d", most, len(n))
	}
}

// TestNumbersLeaveTheOld proves that who gives numbers does not change those that another may be writing down.
func TestNumbersLeaveTheOld(t *testing.T) {
	t.Parallel()
	old, _ := numbers(nil).take([]string{"a", "b", "c"})
	old = old[:2] // with room behind it
	want := slices.Clone(old)
	room := slices.Clone(old[:3])
	one, _ := old.take([]string{"x"})
	two, _ := old.take([]string{"y"})
	if diff := cmp.Diff(want, old); diff != "" {
		t.Errorf("unexpected old numbers (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(room, old[:3]); diff != "" {
		t.Errorf("unexpected room behind them (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int32{3, 3, 0}, []int32{one.reader()("x"), two.reader()("y"), two.reader()("x")}); diff != "" {
		t.Errorf("unexpected numbers (-want +got):\n%s", diff)
	}
}

// TestNumbersJSON proves that numbers come back in their order, which is not that of their keys.
func TestNumbersJSON(t *testing.T) {
	t.Parallel()
	want := numbers{{"vdb", 1}, {"vda", 2}, {"with \"", 7}}
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(`{"vda":2,"vdb":1,"with \"":7}`, string(text)); diff != "" {
		t.Errorf("unexpected text (-want +got):\n%s", diff)
	}
	var got numbers
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("unexpected numbers (-want +got):\n%s", diff)
	}
}

// FuzzUnmarshalNumbers reads what may be in a state file, and gives one number more.
func FuzzUnmarshalNumbers(f *testing.F) {
	f.Add([]byte(`{"vda":1,"vdb":2}`))
	f.Add([]byte(`{"vda":-1,"vdb":2147483647}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var n, again numbers
		if json.Unmarshal(text, &n) != nil {
			return
		}
		if !slices.IsSortedFunc(n, func(a, b deviceNumber) int { return int(int64(a.Number) - int64(b.Number)) }) {
			t.Errorf("%q is not in order: %v", text, n)
		}
		written, err := json.Marshal(n)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(written, &again); err != nil || !slices.Equal(n, again) {
			t.Errorf("%q comes back as %v: %v", written, again, err)
		}
		const key = "a device that is new"
		if next, _ := n.take([]string{key}); next.finder()(key) < 0 {
			t.Errorf("%v has no %q", next, key)
		}
	})
}
