package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"
	"unicode"
)

// A board shows the notifications of VM-MIB among what snmptrapd writes, one in a line. It keeps them until it is opened,
// so that they do not come in between of what else is shown.
type board struct {
	out io.Writer

	mu     sync.Mutex
	opened bool
	rest   []byte   // the beginning of a line whose end is still to come
	kept   []string // lines, as long as it is not opened
}

// Write takes what snmptrapd writes. It never fails: whoever shows it has gone, and will notice.
func (b *board) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.rest = append(b.rest, p...)
	for {
		line, rest, ok := bytes.Cut(b.rest, []byte("\n"))
		if !ok {
			return len(p), nil
		}
		if text, ok := notice(string(line)); ok {
			b.show(text)
		}
		b.rest = rest
	}
}

// show shows a line or keeps it.
func (b *board) show(line string) {
	if !b.opened {
		b.kept = append(b.kept, line)
		return
	}
	fmt.Fprintln(b.out, line)
}

// open shows what was kept, and from now on whatever comes.
func (b *board) open() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.opened = true
	for _, line := range b.kept {
		fmt.Fprintln(b.out, line)
	}
	b.kept = nil
}

// close shows nothing more. What is said afterwards stands alone.
func (b *board) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.opened = false
}

// The beginnings of the variables that every notification has, as snmptrapd writes them without SNMPv2-MIB.
const (
	sysUpTime   = "mib-2.1.3.0 = "
	snmpTrapOID = "snmpModules.1.1.4.1.0 = "
)

// notice returns the line that is shown of one that snmptrapd writes, or false if that is no notification of VM-MIB: the
// time, the name, and the variables that are its own.
func notice(line string) (string, bool) {
	fields := strings.Split(line, "\t")
	const fixed = 3 // the time, sysUpTime.0, snmpTrapOID.0
	if len(fields) < fixed || !strings.HasPrefix(fields[1], sysUpTime) {
		return "", false
	}
	name, ok := strings.CutPrefix(fields[2], snmpTrapOID)
	if !ok || !strings.HasPrefix(name, "vm") {
		return "", false
	}
	text := fmt.Sprintf("%s  %-18s  %s", fields[0], name, strings.Join(fields[fixed:], ", "))
	return strings.Map(printable, text), true
}

// printable replaces what a terminal would obey: whoever names a virtual machine must not command it.
func printable(r rune) rune {
	if unicode.IsPrint(r) {
		return r
	}
	return unicode.ReplacementChar
}
