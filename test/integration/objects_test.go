package integration

import (
	"slices"
	"strings"
)

// vmOf returns the first part of an index, that of the virtual machine.
func vmOf(index string) string {
	first, _, _ := strings.Cut(index, ".")
	return first
}

// sorted returns the texts in order.
func sorted(texts []string) []string {
	slices.Sort(texts)
	return texts
}

// failsWith reports whether an error of snmpset has that reason.
func failsWith(err error, reason string) bool {
	return err != nil && strings.Contains(err.Error(), "Reason: "+reason)
}

// stable reports whether a name is one of the virtual machines that no test takes away.
func stable(name string) bool { return strings.HasPrefix(name, "vm-") }
