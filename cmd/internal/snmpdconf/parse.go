package snmpdconf

import "strings"

// A section is for which program lines are (snmp_config(5)), of those that are snmpd's.
type section string

const (
	forSnmpd section = "snmpd"
	forAll   section = "snmp" // in which there is no extend
)

// A kind is what a statement is.
type kind int

const (
	anExtend kind = iota
	anIncludeFile
	anIncludeDir
	anIncludeSearch
)

// A statement is a line that makes an extend, or goes on in other files.
type statement struct {
	kind kind
	line int
	// section is where it is.
	section section
	// argument is the name of the extend; or the path, which is the rest of the line, whatever quotes and spaces
	// are in it.
	argument string
}

// parse returns the statements of a file that begins in a section. What snmpd would complain of is none.
func parse(text string, in section) []statement {
	var all []statement
	n := 0
	for line := range strings.Lines(text) {
		n++
		line, _, _ = strings.Cut(strings.TrimSuffix(line, "\n"), "\x00") // where C's strings end
		directive, rest := word(skipSpace(line))
		only, named, known := sectionOf(directive)
		if named && known && rest == "" {
			in = only
		}
		if named && (!known || rest == "") {
			continue
		}
		at := in
		if named {
			at = only
			directive, rest = word(rest)
		}
		s, ok := statementOf(directive, rest, at)
		if !ok || named && s.kind != anExtend { // nothing is included for one line
			continue
		}
		s.line = n
		all = append(all, s)
	}
	return all
}

// sectionOf returns the section that a word names, such as [snmpd], if it names one, and whether snmpd knows that.
func sectionOf(word string) (s section, named, known bool) {
	name, named := strings.CutPrefix(word, "[")
	if !named {
		return "", false, false
	}
	name, closed := strings.CutSuffix(name, "]")
	s = section(name)
	return s, true, closed && (s == forSnmpd || s == forAll)
}

// statementOf returns what a directive says with the rest of its line.
func statementOf(directive, rest string, in section) (statement, bool) {
	if rest == "" {
		return statement{}, false
	}
	s := statement{section: in, argument: rest}
	if directive[:min(1, len(directive))] == "i" { // net-snmp looks at the case of this letter alone
		switch strings.ToLower(directive) {
		case "includefile":
			s.kind = anIncludeFile
			return s, true
		case "includedir":
			s.kind = anIncludeDir
			return s, true
		case "includesearch":
			s.kind = anIncludeSearch
			return s, true
		}
	}
	name, ok := extendName(directive, strings.TrimRight(rest, space))
	s.argument = name
	return s, ok && in == forSnmpd
}
