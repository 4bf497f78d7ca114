package freebsd

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// arrow parts a question from its answer. A field that is the same text is quoted.
const arrow = "->"

// A field is one of a line's. What was quoted is never an arrow.
type field struct {
	text   string
	quoted bool
}

// isArrow says whether the answer begins after f.
func (f field) isArrow() bool { return !f.quoted && f.text == arrow }

// joinFields writes fields with tabs between them, and quotes those that would not come back as they are.
func joinFields(texts []string) string {
	written := make([]string, len(texts))
	for i, text := range texts {
		written[i] = text
		if !plain(text) {
			written[i] = strconv.Quote(text)
		}
	}
	return strings.Join(written, "\t")
}

// plain says whether text can be written as it is: a reader sees all of it, and a parser takes it for nothing else.
func plain(text string) bool {
	if text == "" || text == arrow || text[0] == '"' || text[0] == '#' || !utf8.ValidString(text) {
		return false
	}
	if strings.TrimSpace(text) != text {
		return false
	}
	return !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) || r == unicode.ReplacementChar })
}

// splitFields parses what joinFields has written, or somebody by hand.
func splitFields(line string) ([]field, error) {
	var fields []field
	for text := range strings.SplitSeq(line, "\t") {
		if !strings.HasPrefix(text, `"`) {
			fields = append(fields, field{text: text})
			continue
		}
		unquoted, err := strconv.Unquote(text)
		if err != nil {
			return nil, fmt.Errorf("the field %s is not quoted well", text)
		}
		fields = append(fields, field{unquoted, true})
	}
	return fields, nil
}
