package collector

import (
	"fmt"
	"os"
	"testing"
)

// TestMark proves that a mark that cannot be used is made once more from the state file, and what was there set aside.
func TestMark(t *testing.T) {
	t.Parallel()
	whole := givenStore(t)
	good := content(t, whole+".highest")
	if want := fmt.Sprintf(markForm, given); good != want {
		t.Fatalf("unexpected mark: want %q, got %q", want, good)
	}
	type test struct {
		name, text string
		fine       bool
	}
	tests := []test{
		{"lower", fmt.Sprintf(markForm, given-1), true},
		{"of nothing given", fmt.Sprintf(markForm, 0), true},
		{"below 0", fmt.Sprintf(markForm, -1), false},
		{"beyond an index", fmt.Sprintf(markForm, uint32(1<<31)), false},
		{"higher than any is given", fmt.Sprintf(markForm, maxIndex+1), false},
		{"with more after it", good + "x", false},
		{"without leading zeros", fmt.Sprintf("vmond gave no index above %[1]d (%08[1]x)\n", given), false},
		{"with another number in it", fmt.Sprintf("vmond gave no index above %010d (%08x)\n", given+1, given), false},
	}
	for n := range good {
		tests = append(tests, test{fmt.Sprintf("cut after %d", n), good[:n], false})
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := copied(t, whole)
			replace(t, path+".highest", tt.text)
			s, logs, err := open(t, path)
			if err != nil {
				t.Fatal(err)
			}
			aside := besides(t, path)
			if tt.fine != (len(aside) == 0) || tt.fine != (len(logs) == 0) {
				t.Errorf("set aside: %q, log %+v", aside, logs)
			}
			if !tt.fine && len(aside) == 1 && content(t, aside[0]) != tt.text {
				t.Errorf("%q has %q", aside[0], content(t, aside[0]))
			}
			if got := content(t, path+".highest"); got != good {
				t.Errorf("unexpected mark: want %q, got %q", good, got)
			}
			if got := next(t, s, "new"); got != given+1 {
				t.Errorf("the next index is %d, want %d", got, given+1)
			}
		})
	}
}

// TestMarkThatIsNotThere proves that a mark is made for a state file that has none.
func TestMarkThatIsNotThere(t *testing.T) {
	t.Parallel()
	path := givenStore(t)
	if err := os.Remove(path + ".highest"); err != nil {
		t.Fatal(err)
	}
	s, logs, err := open(t, path)
	if err != nil || len(logs) > 0 {
		t.Fatalf("error %v, log %+v", err, logs)
	}
	if s.mark.highest != given {
		t.Errorf("the mark is at %d, want %d", s.mark.highest, given)
	}
}

// TestMarkComesFirst proves that the mark is on disk before an index is, and is never lowered.
func TestMarkComesFirst(t *testing.T) {
	t.Parallel()
	path := givenStore(t)
	s, _, err := open(t, path)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.db.Close(); err != nil { // as good as a full disk
		t.Fatal(err)
	}
	if err := s.save(meta{}, map[string]*record{"new": {Index: maxIndex}}); err == nil {
		t.Error("no error though the state file cannot be written")
	}
	if got, want := content(t, path+".highest"), fmt.Sprintf(markForm, maxIndex); got != want {
		t.Errorf("unexpected mark: want %q, got %q", want, got)
	}
	if err := s.mark.raise(1); err != nil || s.mark.highest != maxIndex {
		t.Errorf("raised to 1 the mark is at %d, error %v", s.mark.highest, err)
	}
}

// TestMarkThatCannotBeWritten proves that no index is written that the mark does not know.
func TestMarkThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	path := givenStore(t)
	l, s := openLedger(t, path)
	s.mark.close() // as good as a full disk
	r, _ := l.take("new", 0)
	if err := l.commit(); err == nil || r.saved {
		t.Errorf("commit = %v, saved %t, though the mark cannot be written", err, r.saved)
	}
	if _, records, err := s.load(); err != nil || records["new"] != nil {
		t.Errorf("the state file has %+v, error %v", records["new"], err)
	}
}

func FuzzParseMark(f *testing.F) {
	for _, text := range []string{"", fmt.Sprintf(markForm, 12), fmt.Sprintf(markForm, -12)} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		highest, err := parseMark(text)
		if err != nil {
			return
		}
		if got := fmt.Sprintf(markForm, highest); got != text || highest < 0 {
			t.Errorf("%q is read as %d, which is written %q", text, highest, got)
		}
	})
}
