package main

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// mibPrefix begins every name of VM-MIB. In Go it is written as the initialism that it is.
const mibPrefix = "vm"

// conventionPrefixes are what textual conventions begin with that says nothing inside the package.
var conventionPrefixes = []string{"VirtualMachine", "IANA"}

// objectName returns the MIB's name for an object, column or notification as the end of a Go name: vmHvUpTime becomes
// VMHvUpTime.
func objectName(name string) string {
	if rest, ok := strings.CutPrefix(name, mibPrefix); ok {
		return strings.ToUpper(mibPrefix) + rest
	}
	return upperFirst(name)
}

// enumName returns the name of an enumeration as the beginning of a Go name: VirtualMachineOperState becomes
// operState, and vmCpuAffinity, whose enumeration is its own, cpuAffinity.
func enumName(name string) string {
	for _, prefix := range append([]string{mibPrefix}, conventionPrefixes...) {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			return lowerFirst(rest)
		}
	}
	return lowerFirst(name)
}

func upperFirst(s string) string { return mapFirst(unicode.ToUpper, s) }
func lowerFirst(s string) string { return mapFirst(unicode.ToLower, s) }

// mapFirst applies f to the first letter of s.
func mapFirst(f func(rune) rune, s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return s
	}
	return string(f(r)) + s[n:]
}
