package freebsd

import (
	"strconv"
	"strings"
)

// ParseVolumes parses what `zfs list -Hp -t volume -o name,volsize` prints (zfs-list(8)): the size of each volume in octets, by
// its name. A line that is not of that form is left out.
func ParseVolumes(text []byte) map[string]int64 {
	volumes := newUnique[int64]()
	for line := range strings.Lines(string(text)) {
		name, rest, ok := strings.Cut(strings.TrimRight(line, "\r\n"), "\t")
		digits, _, _ := strings.Cut(rest, "\t")
		size, err := strconv.ParseUint(digits, 10, 63)
		if ok && name != "" && err == nil {
			volumes.add(name, int64(size))
		}
	}
	return volumes.believed()
}
