package freebsd

import (
	"maps"
	"slices"
	"strings"
)

// unknowable is a value that only a shell can tell, in place of another such.
const unknowable = `"$left_out_by_vmond"`

// redactRC writes a file of rc.conf(5) anew that sets the variables which are read, and nothing else: the file may have the
// passwords of anything that runs on the host.
func redactRC(text string) string {
	rc := ParseRC([]byte(text))
	var kept strings.Builder
	for _, name := range slices.Sorted(maps.Keys(rc.values)) {
		if isRead(name) {
			kept.WriteString(name + "=" + quoteRC(maskWords(rc.values[name])) + "\n")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(rc.computed)) {
		if isRead(name) {
			kept.WriteString(name + "=" + unknowable + "\n")
		}
	}
	return kept.String()
}

// readVariables are those that hv/bhyve reads.
var readVariables = [...]string{"hostname", "vm_dir", "vm_enable", "vm_list", "cbsd_workdir"}

// isRead says whether hv/bhyve reads a variable of that name.
func isRead(name string) bool { return slices.Contains(readVariables[:], name) }

// quoteRC quotes a value for sh(1).
func quoteRC(value string) string { return "'" + strings.ReplaceAll(value, "'", `'\''`) + "'" }
