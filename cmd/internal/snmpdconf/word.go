package snmpdconf

import "strings"

// space is what C's isspace has for space.
const space = " \t\n\v\f\r"

// skipSpace returns text from its first character on that is no space, and nothing if that begins a comment.
func skipSpace(text string) string {
	text = strings.TrimLeft(text, space)
	if strings.HasPrefix(text, "#") {
		return ""
	}
	return text
}

// word takes the first word from text, as net-snmp's copy_nword does: it ends at a space or, if it begins with a
// quote, at that quote. A backslash makes the character after it a usual one. The rest begins behind the space.
func word(text string) (w, rest string) {
	end := space
	if text != "" && (text[0] == '"' || text[0] == '\'') {
		end, text = text[:1], text[1:]
	}
	var b strings.Builder
	i := 0
	for ; i < len(text) && strings.IndexByte(end, text[i]) < 0; i++ {
		if text[i] == '\\' && i+1 < len(text) {
			i++
		}
		b.WriteByte(text[i])
	}
	if end != space && i < len(text) {
		i++
	}
	return b.String(), skipSpace(text[i:])
}
