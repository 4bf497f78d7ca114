package freebsd

import (
	"regexp"
	"strings"
)

var (
	// guestKey matches the keys that hv/bhyve/vmbhyve reads of the definition of a virtual machine.
	guestKey = regexp.MustCompile(`^(?:loader|uuid|cpu|memory|bhyve_options|disk\d+_(?:name|type|dev|opts)|` +
		`network\d+_(?:type|switch|mac|device|name))$`)
	// systemKey matches those that it reads of system.conf.
	systemKey = regexp.MustCompile(`^(?:datastore_list|switch_list|(?:path|type|ports|bridge)_.*)$`)
)

// redactConf keeps of a configuration file of vm-bhyve the keys that are read: of lines that begin with a small letter, up to the first
// "#". The values of secrets are masked. The end is as it was, for a file without the end of its last line is being written; and so
// is the length where that can be, for one whose length is not what stat(2) says is being written as well.
func redactConf(text string, keys *regexp.Regexp) string {
	kept := redactConfLines(text, keys)
	left := len(text) - len(kept)
	if left <= 0 {
		return kept
	}
	return strings.Repeat("#", left-1) + "\n" + kept
}

// redactConfLines is redactConf without regard to the length.
func redactConfLines(text string, keys *regexp.Regexp) string {
	var kept strings.Builder
	for line := range strings.Lines(text) {
		line, whole := strings.CutSuffix(line, "\n")
		redacted := redactConfLine(line, keys)
		kept.WriteString(redacted)
		switch {
		case whole && redacted != "":
			kept.WriteString("\n")
		case !whole && redacted == "":
			kept.WriteString(masked)
		}
	}
	return kept.String()
}

// redactConfLine returns what is kept of a line, which is nothing if it sets nothing that is read.
func redactConfLine(line string, keys *regexp.Regexp) string {
	if line == "" || line[0] < 'a' || line[0] > 'z' {
		return ""
	}
	key, value, ok := strings.Cut(line, "=")
	// Quotes are passed over wherever they are.
	if !ok || !keys.MatchString(strings.ReplaceAll(key, `"`, "")) {
		return ""
	}
	value, _, _ = strings.Cut(value, "#")
	return key + "=" + maskOptions(value)
}
