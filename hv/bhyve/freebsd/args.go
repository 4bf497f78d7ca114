package freebsd

import (
	"path"
	"strings"
)

// titlePrefix is what setproctitle(3) puts before the title of bhyve(8), which is the name of its virtual machine.
const titlePrefix = "bhyve: "

// DecodeArgs decodes what the variable kern.proc.args holds: the words of a command line, or the one title that the process
// has given itself, each ended by a NUL. A process without any, such as one of the kernel's, has none.
func DecodeArgs(b []byte) []string {
	if len(b) == 0 {
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(b), "\x00"), "\x00")
}

// Title returns the name of the virtual machine that a bhyve(8) has titled itself with, which it does once it runs the guest.
func Title(args []string) (name string, ok bool) {
	if len(args) != 1 {
		return "", false
	}
	if name, ok = strings.CutPrefix(args[0], titlePrefix); !ok || name == "" {
		return "", false
	}
	return name, true
}

// Operand returns the name of the virtual machine that a command line is about, if it is of bhyve(8) that has no title yet, of
// bhyveload(8) or of grub-bhyve. The name is its last word, unless that belongs to an option.
func Operand(args []string) (name string, ok bool) {
	if len(args) < 2 {
		return "", false
	}
	valued := valuedOptions(path.Base(args[0]))
	name, before := args[len(args)-1], args[len(args)-2]
	if valued == "" || name == "" || strings.HasPrefix(name, "-") || strings.Contains(name, "/") {
		return "", false
	}
	if len(args) > 2 && takesNext(before, valued) {
		return "", false
	}
	return name, true
}

// valuedOptions returns the letters of the options that take a value, of a program that runs or loads a virtual machine, or
// nothing for any other.
func valuedOptions(program string) string {
	switch program {
	case "bhyve":
		return "cfgGkKlmnoprsU"
	case "bhyveload":
		return "cdehlm"
	case "grub-bhyve":
		return "cdmMr"
	}
	return ""
}

// takesNext reports whether the word after this one is the value of an option in it, as getopt(3) has it: the value of a letter
// is what follows it, or the next word if nothing does.
func takesNext(word, valued string) bool {
	letters, ok := strings.CutPrefix(word, "-")
	if !ok || strings.HasPrefix(letters, "-") {
		return false
	}
	at := strings.IndexAny(letters, valued)
	return at >= 0 && at == len(letters)-1
}
