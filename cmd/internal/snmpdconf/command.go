package snmpdconf

import "strings"

// snmpdOptions are the options of snmpd 5.9 in the form of getopt(3): a letter with a colon has a value, one with two a
// glued value or none.
const snmpdOptions = "aAc:CdD::fhHI:l:L:m:M:n:p:P:qrsS:UvV-:Y:g:u:x:X"

// A command is what the command line of snmpd says of its configuration (snmpd(8)).
type command struct {
	// files are those of the last -c; one before it does not count.
	files []string
	// only says that no other files are read (-C).
	only bool
	// lines are those of --DIRECTIVE=REST.
	lines []string
}

// parseCommand reads the arguments behind the name of the program, by the rules of GNU's getopt.
func parseCommand(args []string) command {
	var c command
	for len(args) > 0 && args[0] != "--" {
		letters := args[0]
		args = args[1:]
		if !strings.HasPrefix(letters, "-") {
			continue
		}
		for letters = letters[1:]; letters != ""; {
			option := letters[0]
			letters = letters[1:]
			var value string
			switch values := valuesOf(option); {
			case values == 0:
			case letters != "":
				value, letters = letters, ""
			case values == 1 && len(args) > 0:
				value, args = args[0], args[1:]
			}
			c.take(option, value)
		}
	}
	return c
}

// valuesOf returns 1 if the option has a value, 2 if it may have a glued one, and 0 if it has none or is not known.
func valuesOf(option byte) int {
	_, after, ok := strings.Cut(snmpdOptions, string(option))
	if !ok || option == ':' {
		return 0
	}
	return len(after) - len(strings.TrimLeft(after, ":"))
}

func (c *command) take(option byte, value string) {
	switch option {
	case 'C':
		c.only = true
	case 'c':
		c.files = nil
		for file := range strings.SplitSeq(strings.TrimPrefix(value, "-"), ",") { // with the hyphen they are read first
			if file != "" {
				c.files = append(c.files, file)
			}
		}
	case '-':
		directive, rest, ok := strings.Cut(value, "=")
		if !ok {
			rest = "1"
		}
		c.lines = append(c.lines, directive+" "+rest)
	}
}
