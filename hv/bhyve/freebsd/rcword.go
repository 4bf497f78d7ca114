package freebsd

import "strings"

// A word is one word of a shell script, with its quotes taken away.
type word struct {
	text string
	// literal says that nothing in it is put in by the shell, quoted that a part of it is quoted, and quotedName that its part
	// before the first "=" is, which then names no variable.
	literal, quoted, quotedName bool
}

// An ending is what is after a word.
type ending uint8

const (
	endOfWord    ending = iota // a space
	endRedirects               // "<" or ">", which has a file's name behind it
	endOfCommand               // a line's end or ";"
	endOfJob                   // "&"
	endLinked                  // "&&", "||" or "|"
	endOpens                   // "("
	endCloses                  // ")"
	endOfText
)

// blanks part words, operators end them, and quotes are in them.
const (
	blanks    = " \t\r"
	operators = ";&|()<>\n"
	quotes    = "'\"\\"
)

// word reads the next word, which may be empty, and what is after it.
func (s *script) word() (word, ending) {
	w := word{literal: true}
	var b strings.Builder
	s.skipBlanks()
	for s.text != "" {
		c := s.text[0]
		switch {
		case c == '#' && b.Len() == 0 && !w.quoted:
			s.skipLine()
			continue
		case strings.IndexByte(blanks, c) >= 0, strings.IndexByte(operators, c) >= 0:
			w.text = b.String()
			return w, s.ending()
		case strings.IndexByte(quotes, c) >= 0:
			w.quoted, w.quotedName = true, w.quotedName || !strings.Contains(b.String(), "=")
			w.literal = s.quoted(&b) && w.literal
		case c == '$', c == '`', c == '~':
			w.literal = false
			fallthrough
		default:
			b.WriteByte(c)
			s.text = s.text[1:]
		}
	}
	w.text = b.String()
	return w, endOfText
}

// ending takes what is after a word.
func (s *script) ending() ending {
	c := s.text[0]
	s.text = s.text[1:]
	switch {
	case (c == '&' || c == '|') && strings.HasPrefix(s.text, string(c)):
		s.text = s.text[1:]
		return endLinked
	case c == '|':
		return endLinked
	case c == '&':
		return endOfJob
	case c == '<' && strings.HasPrefix(s.text, "<"):
		s.skipDocument()
		return endOfWord
	case c == '(':
		return endOpens
	case c == ')':
		return endCloses
	case c == '<', c == '>':
		s.text = strings.TrimLeft(s.text, "<>&|")
		return endRedirects
	case strings.IndexByte(operators, c) >= 0:
		return endOfCommand
	}
	return endOfWord
}

// quoted takes what is quoted. It returns false if it does not end, or if the shell puts something in.
func (s *script) quoted(b *strings.Builder) bool {
	switch s.text[0] {
	case '\'':
		return s.single(b)
	case '"':
		return s.double(b)
	}
	s.escape(b)
	return true
}

// escape takes a backslash and what it quotes. A line that ends in one goes on in the next.
func (s *script) escape(b *strings.Builder) {
	s.text = s.text[1:]
	if s.text == "" {
		return
	}
	if s.text[0] != '\n' {
		b.WriteByte(s.text[0])
	}
	s.text = s.text[1:]
}

// single takes a text in single quotes. It returns false if they do not end.
func (s *script) single(b *strings.Builder) bool {
	quoted, rest, ok := strings.Cut(s.text[1:], "'")
	b.WriteString(quoted)
	s.text = rest
	return ok
}

// double takes a text in double quotes. It returns false if they do not end, or if the shell puts something in.
func (s *script) double(b *strings.Builder) bool {
	literal := true
	s.text = s.text[1:]
	for s.text != "" {
		switch c := s.text[0]; {
		case c == '"':
			s.text = s.text[1:]
			return literal
		case c == '\\' && len(s.text) > 1 && strings.IndexByte("$`\"\\\n", s.text[1]) >= 0:
			s.escape(b)
			continue
		case c == '$', c == '`':
			literal = false
			fallthrough
		default:
			b.WriteByte(c)
			s.text = s.text[1:]
		}
	}
	return false
}

// skipBlanks takes the space before a word, with lines that go on.
func (s *script) skipBlanks() {
	for {
		s.text = strings.TrimLeft(s.text, blanks)
		rest, ok := strings.CutPrefix(s.text, "\\\n")
		if !ok {
			return
		}
		s.text = rest
	}
}

// skipLine takes a comment, without the end of its line.
func (s *script) skipLine() {
	end := strings.IndexByte(s.text, '\n')
	if end < 0 {
		end = len(s.text)
	}
	s.text = s.text[end:]
}

// skipDocument takes a document that is given to a command in the script itself, from the second "<" on: its lines are no commands.
func (s *script) skipDocument() {
	mark, _ := (&script{text: strings.TrimPrefix(s.text[1:], "-")}).word()
	_, lines, _ := strings.Cut(s.text, "\n")
	for mark.text != "" && lines != "" {
		var line string
		line, lines, _ = strings.Cut(lines, "\n")
		if strings.TrimLeft(line, "\t") == mark.text {
			break
		}
	}
	s.text = "\n" + lines
}
