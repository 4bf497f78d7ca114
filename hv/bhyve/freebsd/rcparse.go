package freebsd

import (
	"regexp"
	"strings"
)

// assignment matches the beginning of a word that sets a variable (sh(1)).
var assignment = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*=`)

// opening and closing are the words that begin and end what is run under a condition, or later, or not at all. Between are those
// after which another command begins.
var (
	opening = map[string]bool{"if": true, "case": true, "for": true, "while": true, "until": true, "{": true}
	closing = map[string]bool{"fi": true, "esac": true, "done": true, "}": true}
	between = map[string]bool{"then": true, "else": true, "elif": true, "do": true, "!": true}
)

// ParseRC reads the text of one file of rc.conf(5), which is a shell script. It runs nothing: it knows the variables that are set
// to a literal text, quoted or not, and those that are set otherwise.
func ParseRC(text []byte) RC {
	rc := RC{values: map[string]string{}, computed: map[string]bool{}}
	s := &script{text: string(text)}
	for {
		c, more := s.command()
		for _, a := range c.sets {
			if a.literal && !c.conditional {
				rc.set(a.name, a.value)
			} else {
				rc.blur(a.name)
			}
		}
		if !more {
			return rc
		}
	}
}

// A setting is one variable that a command sets.
type setting struct {
	name, value string
	literal     bool
}

// A command is what a simple command of a shell script sets.
type command struct {
	sets        []setting
	conditional bool
}

// A script is the text of a shell script that is read on.
type script struct {
	text string
	// blocks and parens are in how many blocks and parentheses the next command is, and linked that it is run only if the one
	// before it did well or badly.
	blocks, parens int
	linked         bool
}

// command reads the next command, up to what parts it from the one after it. It returns false once there is nothing after it.
func (s *script) command() (c command, more bool) {
	first, redirected, empty := true, false, true
	for {
		word, end := s.word()
		if word.text != "" || word.quoted {
			empty = false
			if !redirected {
				first = s.take(&c, word, first)
			}
		}
		redirected = end == endRedirects
		inside := s.inside()
		switch end {
		case endOfWord, endRedirects:
			continue
		case endOpens:
			s.parens++
		case endCloses:
			// One that nothing opened ends a pattern of a case.
			s.parens = max(s.parens-1, 0)
		}
		c.conditional = c.conditional || inside || s.linked || end == endLinked || end == endOfJob
		// The command that another is linked to may be in a line further down.
		s.linked = end == endLinked || s.linked && empty
		return c, end != endOfText
	}
}

// inside reports whether what is read is run under a condition, later or by another shell.
func (s *script) inside() bool { return s.blocks > 0 || s.parens > 0 }

// take makes a word part of a command, and reports whether a command can still begin after it. What a command is given besides
// is its own: it sets nothing that stays.
func (s *script) take(c *command, w word, first bool) bool {
	name := ""
	if !w.quotedName {
		name = assignment.FindString(w.text)
	}
	switch {
	case first && name != "":
		c.sets = append(c.sets, setting{name: strings.TrimSuffix(name, "="), value: w.text[len(name):], literal: w.literal})
		return true
	case first && !w.quoted && opening[w.text]:
		s.blocks++
		c.conditional = true
		return w.text != "case" && w.text != "for"
	case first && !w.quoted && closing[w.text]:
		c.conditional = true
		s.blocks = max(s.blocks-1, 0)
		return true
	case first && !w.quoted && (between[w.text] || w.text == "export" || w.text == "readonly"):
		return true
	case first:
		// The settings before a command last as long as it does. But some commands, such as ".", do keep them.
		c.conditional = c.conditional || len(c.sets) > 0
	}
	return false
}
