package freebsd

import (
	"fmt"
	"io/fs"
	"strings"
	"time"
)

// The letters with which fs.FileMode writes itself: one for each bit from the highest on, then those of the permissions.
const (
	modeLetters       = "dalTLDpSugct?"
	permissionLetters = "rwxrwxrwx"
	modeBits          = 32
)

// parseMode parses what fs.FileMode.String has written, such as "-rw-r--r--" or "Dcrw-------".
func parseMode(text string) (fs.FileMode, error) {
	letters, ok := strings.CutPrefix(text, "-")
	if !ok {
		letters = strings.TrimLeft(text, modeLetters)
	}
	var mode fs.FileMode
	for _, letter := range text[:len(text)-len(letters)] {
		if bit := strings.IndexRune(modeLetters, letter); bit >= 0 {
			mode |= 1 << (modeBits - 1 - bit)
		}
	}
	if len(letters) != len(permissionLetters) {
		return 0, fmt.Errorf("%q is no mode", text)
	}
	for i := range letters {
		switch letters[i] {
		case permissionLetters[i]:
			mode |= 1 << (len(permissionLetters) - 1 - i)
		case '-':
		default:
			return 0, fmt.Errorf("%q is no mode", text)
		}
	}
	if mode.String() != text {
		return 0, fmt.Errorf("%q is no mode", text)
	}
	return mode, nil
}

// named says whether a location is one that another host knows by its name.
func named(zone string) bool {
	if zone == "" || zone == "Local" || zone == "UTC" {
		return false
	}
	_, err := time.LoadLocation(zone)
	return err == nil
}
