package cbsd

import (
	"strconv"
	"strings"
)

// tag is what CBSD's script that runs bhyve is called in the system's log (share/bhyverun.sh).
const tag = "bhyverun.sh"

// What the script writes. Only the lines about why a virtual machine ended name it; the one with the exit code does not.
const (
	sayStart   = "[debug] "
	sayEnded   = "bhyve "
	sayUnknown = " exited with unknown error "
)

// endings are what the script says of the exit codes of bhyve that it knows, by code (its spelling).
var endings = [...]string{" was rebooted", " was poweroff", " was halted", " was tripple fault", " exited due to an error"}

// afterEnding is what is behind each of them.
const afterEnding = ", exit_action_mode ret: "

// The exit codes of lockf(1), which runs bhyve, that are not of bhyve (sysexits(3)). One of them is what a bhyve ends with that was
// killed by a signal: a forced stop as well as a crash.
const (
	firstSysexit = 64
	lastSysexit  = 78
)

// ParseSyslog reads the end of the system's log, and returns the exit code with which each virtual machine of CBSD last ended, by its
// name. One that was started since is not among them, nor one that a signal ended, since the log does not say which.
func ParseSyslog(tail []byte) map[string]int {
	exits := map[string]int{}
	for line := range strings.Lines(string(tail)) {
		line, whole := strings.CutSuffix(line, "\n")
		text, ok := message(line)
		if !whole || !ok {
			continue
		}
		if command, ok := strings.CutPrefix(text, sayStart); ok {
			delete(exits, command[strings.LastIndexByte(command, ' ')+1:])
			continue
		}
		name, code, ok := parseEnding(text)
		if !ok {
			continue
		}
		if code >= firstSysexit && code <= lastSysexit {
			delete(exits, name)
			continue
		}
		exits[name] = code
	}
	return exits
}

// message returns what the script said in a line of the log, in either form that syslogd(8) writes.
func message(line string) (string, bool) {
	_, rest, ok := strings.Cut(line, " "+tag)
	if !ok {
		return "", false
	}
	switch {
	case strings.HasPrefix(rest, "["):
		pid, text, ok := strings.Cut(rest[1:], "]: ")
		return text, ok && parsePID(pid) > 0
	case strings.HasPrefix(rest, ": "):
		return rest[2:], true
	case strings.HasPrefix(rest, " "):
		const before = 4 // process, kind and structure of the message (RFC 5424)
		fields := strings.SplitN(rest[1:], " ", before)
		if len(fields) == before {
			return fields[before-1], true
		}
	}
	return "", false
}

// parseEnding reads why a virtual machine ended.
func parseEnding(text string) (name string, code int, ok bool) {
	text, ok = strings.CutPrefix(text, sayEnded)
	if !ok {
		return "", 0, false
	}
	end := strings.LastIndex(text, afterEnding)
	if end < 0 {
		return "", 0, false
	}
	text = text[:end]
	for code, ending := range endings {
		if name, ok := strings.CutSuffix(text, ending); ok {
			return name, code, quotable(name)
		}
	}
	at := strings.LastIndex(text, sayUnknown)
	if at < 0 {
		return "", 0, false
	}
	const byteWide = 8
	n, err := strconv.ParseUint(text[at+len(sayUnknown):], 10, byteWide)
	return text[:at], int(n), err == nil && quotable(text[:at])
}
