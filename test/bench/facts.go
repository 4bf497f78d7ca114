package bench

import (
	"regexp"
	"runtime/debug"
	"strconv"
	"strings"
)

// unknown is what cannot be told.
const unknown = "unknown"

const (
	// revisionLen is how much of a revision tells it from all others here.
	revisionLen = 12
	// longest is how long a word of others may be in the results.
	longest = 80
	// bytesPerKB is what /proc/meminfo calls a kB (proc(5)), and bytesPerGB what the results call a GB.
	bytesPerKB, bytesPerGB = 1 << 10, 1e9
)

// revisionOf returns the revision that go build found a program's sources in, with "-dirty" after it if they were changed since
// (the Go command's documentation, "go version").
func revisionOf(settings []debug.BuildSetting) string {
	revision, dirty := "", ""
	for _, s := range settings {
		switch {
		case s.Key == "vcs.revision":
			revision = s.Value[:min(len(s.Value), revisionLen)]
		case s.Key == "vcs.modified" && s.Value == "true":
			dirty = "-dirty"
		}
	}
	if revision == "" {
		return unknown
	}
	return revision + dirty
}

// parseModel reads the model of the first processor out of /proc/cpuinfo (proc(5)).
func parseModel(cpuinfo string) string { return parseField(cpuinfo, "model name") }

// parseMemory reads how much memory the machine has out of /proc/meminfo (proc(5)).
func parseMemory(meminfo string) string {
	kB, err := strconv.ParseUint(strings.TrimSuffix(parseField(meminfo, "MemTotal"), " kB"), 10, 64)
	if err != nil {
		return unknown
	}
	return number(float64(kB)*bytesPerKB/bytesPerGB) + " GB"
}

// parseField reads the first field of that name out of a list of names and values with colons.
func parseField(text, name string) string {
	for line := range strings.Lines(text) {
		key, value, found := strings.Cut(line, ":")
		if found && strings.TrimSpace(key) == name {
			return parseWord(value)
		}
	}
	return unknown
}

// parseWord returns a text that may stand in a line of the results.
func parseWord(text string) string {
	word := strings.Join(strings.Fields(strings.ToValidUTF8(text, "")), " ")
	if word == "" || len(word) > longest || strings.ContainsFunc(word, func(r rune) bool { return r < ' ' || r > '~' }) {
		return unknown
	}
	return word
}

// parseVersion reads the first number with a dot out of what a program says of itself.
func parseVersion(text string) string {
	if v := regexp.MustCompile(`\b[0-9]{1,9}(\.[0-9]{1,9}){1,4}\b`).FindString(text); v != "" {
		return v
	}
	return unknown
}
