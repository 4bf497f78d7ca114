package agentx

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// point is something that RFC 2741, or our own promise, asks of a subagent, and the cases that prove it. A case is written as
// its test prints it; one of another package has the directory of that before it. What the cases of agentxtest prove is that
// the master there fails every test of this package in which a subagent breaks the rule.
type point struct {
	says  string
	cases []string
}

const (
	// points is how many there are.
	points = 55

	// leastCases is how many cases of this package must have a sentence for a name.
	leastCases = 80
)

// sentence is a name of four words or more.
var sentence = regexp.MustCompile(`^[A-Za-z0-9]+(_[A-Za-z0-9]+){3,}$`)

// TestChecklist proves that each point has cases that are there and that run. Whether they prove it is for readers to see.
func TestChecklist(t *testing.T) {
	t.Parallel()
	checklist := append(sessionPoints(), requestPoints()...)
	if len(checklist) != points {
		t.Errorf("unexpected number of points: %d, want %d", len(checklist), points)
	}
	packages := make(map[string]cases)
	of := func(dir string) cases {
		if packages[dir] == nil {
			packages[dir] = readCases(t, dir)
		}
		return packages[dir]
	}
	var said []string
	for i, p := range checklist {
		if p.says == "" || slices.Contains(said, p.says) {
			t.Errorf("point %d says nothing of its own: %q", i+1, p.says)
		}
		said = append(said, p.says)
		if len(p.cases) == 0 {
			t.Errorf("point %d has no case: %s", i+1, p.says)
		}
		own := 0
		for j, name := range p.cases {
			dir, test, ok := strings.Cut(name, ":")
			if !ok {
				dir, test = ".", name
				own++
			}
			if !of(dir)[test] {
				t.Errorf("point %d: there is no case %q", i+1, name)
			}
			if slices.Contains(p.cases[:j], name) {
				t.Errorf("point %d names %q twice", i+1, name)
			}
		}
		if own == 0 {
			t.Errorf("point %d has no case of this package: %s", i+1, p.says)
		}
	}
	sentences := 0
	for name := range of(".") {
		if _, last, ok := strings.Cut(name, "/"); ok && sentence.MatchString(last) {
			sentences++
		}
	}
	if sentences < leastCases {
		t.Errorf("unexpected number of cases with a sentence for a name: %d, want at least %d", sentences, leastCases)
	}
	t.Logf("%d cases have a sentence for a name", sentences)
}
