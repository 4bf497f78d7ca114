package freebsd

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestLocalZone proves that a zone is named only where its clocks are the host's.
func TestLocalZone(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 8, 22, 11, 10, 58, 0, time.UTC)
	_, here := now.In(time.Local).Zone()
	same := "Etc/UTC"
	if here != 0 {
		same = time.Local.String()
	}
	tests := []struct{ name, noted, want string }{
		{"noted", same + "\n", same},
		{"other clocks", "Pacific/Kiritimati\n", "Local"},
		{"odd clocks", "Pacific/Marquesas\n", "Local"},
		{"unknown", "Mars/Olympus\n", "Local"},
		{"out of the zones", "../../etc/passwd\n", "Local"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "zoneinfo")
			if err := os.WriteFile(file, []byte(tt.noted), 0o600); err != nil {
				t.Fatal(err)
			}
			if got := localZone(file, now).String(); got != tt.want {
				t.Errorf("the zone is %q, want %q", got, tt.want)
			}
		})
	}
	if got := localZone(filepath.Join(t.TempDir(), "none"), now); got != time.Local {
		t.Errorf("without a note the zone is %v", got)
	}
}
