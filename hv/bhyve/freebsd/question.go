package freebsd

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A question is one that a System is asked, as the index of a recording has it: the kind and what it is about, as fields.
type question string

// The kinds of question, which are the first field.
const (
	askSysctl   = "sysctl"   // its name, and its arguments
	askAffinity = "affinity" // the thread
	askClock    = "clock"
	askList     = "list" // the directory
	askRead     = "read" // the file
	askTail     = "tail" // the file
	askStat     = "stat" // the file
	askRun      = "run"  // the program and its arguments
	askExits    = "exits"
	askExit     = "exit" // the process
	askDevices  = "devices"
)

// kinds are all of them.
func kinds() []string {
	return []string{
		askSysctl, askAffinity, askClock, askList, askRead, askTail, askStat, askRun, askExits, askExit, askDevices,
	}
}

// ask puts a question into words. It panics if there is no such kind.
func ask(kind string, about ...string) question {
	if !slices.Contains(kinds(), kind) {
		panic(fmt.Sprintf("freebsd: no question is of the kind %q", kind))
	}
	return question(joinFields(append([]string{kind}, about...)))
}

// askVariable puts a Sysctl into words.
func askVariable(name string, args []int) question {
	about := []string{name}
	for _, arg := range args {
		about = append(about, strconv.Itoa(arg))
	}
	return ask(askSysctl, about...)
}

// askCommand puts a Run into words. It panics if there is no program.
func askCommand(c Command) question {
	if len(c.Argv) == 0 {
		panic("freebsd: a command without a program")
	}
	return ask(askRun, c.Argv...)
}

// fields returns the kind and what it is about.
func (q question) fields() (kind string, about []string) {
	fields, err := splitFields(string(q))
	if err != nil || len(fields) == 0 {
		panic(fmt.Sprintf("freebsd: %q is no question", string(q)))
	}
	kind = fields[0].text
	for _, f := range fields[1:] {
		about = append(about, f.text)
	}
	return kind, about
}

// path returns the file that a question of Files is about, and whether it is one of those.
func (q question) path() (string, bool) {
	kind, about := q.fields()
	if !slices.Contains([]string{askList, askRead, askTail, askStat}, kind) {
		return "", false
	}
	return about[0], true
}

// String writes it for people, with blanks.
func (q question) String() string { return strings.ReplaceAll(string(q), "\t", " ") }

// An answer is what a System said. Which of them there are depends on the kind of question.
type answer struct {
	octets []byte
	names  []string
	stat   Stat
	clock  Clock
	err    error
}
