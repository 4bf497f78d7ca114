package freebsd

import (
	"io/fs"
	"testing"

	"pgregory.net/rapid"
)

// TestMode proves that every mode is understood as it is written.
func TestMode(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		// The bits in between have no letter, and no file has them.
		const letters, permissions = fs.FileMode(0x1fff) << 19, fs.ModePerm
		want := fs.FileMode(rapid.Uint32().Draw(t, "mode")) & (letters | permissions)
		got, err := parseMode(want.String())
		if err != nil || got != want {
			t.Errorf("%q is %v, %v", want.String(), got, err)
		}
	})
}

// TestModeErrors proves that nothing else is a mode.
func TestModeErrors(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "-", "rw-r--r--", "-rw-r--r-", "-rw-r--r---", "-wr-r--r--", "zrw-r--r--", "ddrwxr-xr-x", "cDrw-------", "--rw-r--r--"} {
		if mode, err := parseMode(text); err == nil {
			t.Errorf("%q is the mode %v", text, mode)
		}
	}
}
