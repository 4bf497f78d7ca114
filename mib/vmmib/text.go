package vmmib

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/vmond/vmond/mib"
)

// maxText is the largest number of octets in an SnmpAdminString (RFC 3411).
const maxText = 255

// text returns an SnmpAdminString: s without what comes after its first 255 octets, cut between two characters, and with
// U+FFFD for each octet that is not UTF-8 and for each control character, which that convention wants avoided.
func text(s string) mib.Value {
	s = cut(s)
	if strings.ContainsFunc(s, isForeign) {
		s = cut(strings.Map(replaceForeign, s))
	}
	return mib.Text(s)
}

// cut returns as much of the beginning of s as fits.
func cut(s string) string {
	if len(s) <= maxText {
		return s
	}
	end := maxText
	for end > maxText-utf8.UTFMax && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end]
}

// isForeign reports whether r does not belong into an SnmpAdminString. An octet that is not UTF-8 reads as RuneError.
func isForeign(r rune) bool { return r == utf8.RuneError || unicode.IsControl(r) }

func replaceForeign(r rune) rune {
	if isForeign(r) {
		return utf8.RuneError
	}
	return r
}
