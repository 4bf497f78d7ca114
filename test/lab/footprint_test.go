package lab

import (
	"os"
	"path/filepath"
	"testing"
)

func TestResidentOf(t *testing.T) {
	t.Parallel()
	page := int64(os.Getpagesize())
	tests := []struct {
		name, text string
		want       int64
	}{
		{"as the kernel writes it", "1234 56 30 5 0 100 0\n", 56 * page},
		{"empty", "", -1},
		{"cut", "1234", -1},
		{"no number", "1234 many", -1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "statm")
			if err := os.WriteFile(path, []byte(tt.text), 0o600); err != nil {
				t.Fatal(err)
			}
			got, err := residentOf(path)
			if tt.want >= 0 && (err != nil || got != tt.want) {
				t.Errorf("residentOf(%q) = %d, %v, want %d", tt.text, got, err, tt.want)
			}
			if tt.want < 0 && err == nil {
				t.Errorf("residentOf(%q) = %d, want an error", tt.text, got)
			}
		})
	}
}
