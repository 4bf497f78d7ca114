package freebsd

import (
	"strconv"
	"strings"
)

// ParseSizes parses what `zfs list -Hp -o name,SIZE` prints (zfs-list(8)): a size of each volume, dataset or snapshot in
// octets, by its name, which of a snapshot is "DATASET@SNAPSHOT". A line that is not of that form is left out.
func ParseSizes(text []byte) map[string]int64 {
	sizes := newUnique[int64]()
	for line := range strings.Lines(string(text)) {
		name, rest, ok := strings.Cut(strings.TrimRight(line, "\r\n"), "\t")
		digits, _, _ := strings.Cut(rest, "\t")
		size, err := strconv.ParseUint(digits, 10, 63)
		if ok && name != "" && err == nil {
			sizes.add(name, int64(size))
		}
	}
	return sizes.believed()
}
