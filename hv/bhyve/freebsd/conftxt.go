package freebsd

import (
	"strconv"
	"strings"
)

// The words of a line of kern.geom.conftxt, of which there may be more (sys/geom/geom_dump.c).
const (
	geomLevel = iota
	geomClass
	geomName
	geomMediaSize
	geomSectorSize
	geomWords
)

// ParseConftxt parses what the variable kern.geom.conftxt holds (geom(4)): a line for each provider of a disk, such as
// "0 DISK da0 21474836480 512 hd 255 sc 63", and a NUL. It returns how long the medium of each is in octets, by its name beneath
// /dev. A provider without a medium is left out, and so is a name that has two sizes.
func ParseConftxt(text []byte) map[string]int64 {
	sizes := newUnique[int64]()
	for line := range strings.Lines(DecodeString(text)) {
		words := strings.Fields(line)
		if len(words) < geomWords || !isNumber(words[geomLevel]) || !isNumber(words[geomSectorSize]) {
			continue
		}
		if size, err := strconv.ParseUint(words[geomMediaSize], 10, 63); err == nil && size > 0 {
			sizes.add(words[geomName], int64(size))
		}
	}
	return sizes.believed()
}
