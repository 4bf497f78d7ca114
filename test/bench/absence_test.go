//go:build linux

package bench

import "testing"

// TestAbsence proves that results are written of all parts only, and that whoever wants them learns why they are not.
func TestAbsence(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name                   string
		absence                absence
		absent, fatal, lenient bool
	}{
		{"measured", absence{wanted: true}, false, false, false},
		{"skipped", absence{wanted: true, skipped: true}, true, true, false},
		{"not wanted", absence{}, true, false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := tt.absence.is(); got != tt.absent {
				t.Errorf("unexpected absence: want %v, got %v", tt.absent, got)
			}
			if got := tt.absence.fatal(true); got != tt.fatal {
				t.Errorf("unexpected failure of the whole: want %v, got %v", tt.fatal, got)
			}
			if got := tt.absence.fatal(false); got != tt.lenient {
				t.Errorf("unexpected failure of a trial: want %v, got %v", tt.lenient, got)
			}
		})
	}
}

// TestPart proves what is noted of a part that is measured.
func TestPart(t *testing.T) {
	t.Parallel()
	var b bench
	ran := false
	if !b.part(t, "measured", func(*testing.T) { ran = true }) || !ran || b.absent != nil {
		t.Errorf("unexpected absence of %q from a part that has run: %v", b.absent, ran)
	}
}
