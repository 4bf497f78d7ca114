package freebsd

import (
	"regexp"
	"strings"
)

// stamped matches the beginning of a line that is whole: those of vm-bhyve.log begin with the time.
var stamped = regexp.MustCompile(`^\d{4}-\d\d-\d\dT`)

// redactLog masks the secrets in a log. If it is cut, its first line may have the end of one, and is left out unless it is whole.
func redactLog(text string, cut bool) string {
	if cut && !stamped.MatchString(text) {
		_, rest, whole := strings.Cut(text, "\n")
		if !whole {
			return masked
		}
		text = masked + "\n" + rest
	}
	return maskSayings(maskOptions(text))
}

// What CBSD says in the log of the host: the name of its script, and what is before a whole command line (share/bhyverun.sh).
const (
	cbsdTag   = " bhyverun.sh"
	cbsdStart = "[debug] "
)

// redactMessages keeps of the log of the host the lines of CBSD, which are all that is read of it. Of a command line it keeps only
// the last word, the name of the virtual machine.
func redactMessages(text string) string {
	var kept strings.Builder
	for line := range strings.Lines(text) {
		if !strings.Contains(line, cbsdTag) {
			continue
		}
		line, whole := strings.CutSuffix(line, "\n")
		if before, command, ok := strings.Cut(line, cbsdStart); ok {
			line = before + cbsdStart + command[strings.LastIndexByte(command, ' ')+1:]
		}
		kept.WriteString(maskSayings(maskWords(line)))
		if whole {
			kept.WriteString("\n")
		}
	}
	return kept.String()
}
