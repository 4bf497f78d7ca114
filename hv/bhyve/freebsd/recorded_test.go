package freebsd

import (
	"os"
	"path/filepath"
	"testing"
)

// recorded returns what a host answered, of the files beneath testdata.
func recorded(tb testing.TB, name string) []byte {
	tb.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", filepath.FromSlash(name)))
	if err != nil {
		tb.Fatal(err)
	}
	return b
}
