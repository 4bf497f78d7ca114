package bench

import (
	"strings"
	"testing"
)

func TestResults(t *testing.T) {
	t.Parallel()
	checkGolden(t, "RESULTS.md", results(fixedMachine(), fixedFigures(), fixedPoints()))
}

// TestResultsAreTables proves that all rows of a table have as many cells as its head.
func TestResultsAreTables(t *testing.T) {
	t.Parallel()
	cells := 0
	for line := range strings.Lines(results(fixedMachine(), fixedFigures(), fixedPoints())) {
		if !strings.HasPrefix(line, "|") {
			cells = 0
			continue
		}
		n := strings.Count(line, "|")
		if cells == 0 {
			cells = n
		}
		if n != cells {
			t.Errorf("a row has %d cells, and the head %d: %s", n-1, cells-1, line)
		}
	}
}

// TestResultsOfAnUnknownRevision proves that a revision that nobody knows is not told.
func TestResultsOfAnUnknownRevision(t *testing.T) {
	t.Parallel()
	m := fixedMachine()
	m.revision = unknown
	if text := results(m, nil, nil); !strings.Contains(text, "on "+m.date+".\n") {
		t.Errorf("unexpected head: %s", text)
	}
}
