package bhyve

import (
	"strings"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// parseMemory reads the size of a guest's memory as bhyve does, with space around it or without. It is absent for anything else.
func parseMemory(text string) hv.Opt[int64] {
	n, err := freebsd.ParseMemory(strings.TrimSpace(text))
	if err != nil {
		return hv.Opt[int64]{}
	}
	return hv.Some(n)
}
