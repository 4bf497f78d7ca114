package bhyve

import "strings"

// consistsOf reports whether a text has nothing in it but ASCII letters, digits, and those other characters.
func consistsOf(text, others string) bool {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	return strings.Trim(text, letters+"0123456789"+others) == ""
}
