package freebsd

import (
	"encoding/binary"
	"fmt"
	"math/bits"
)

const (
	// wordSize is the size of a long, of which a cpuset_t is made (sys/_bitset.h), and wordBits how many CPUs it tells of.
	wordSize, wordBits = 8, 64
	// maxMask is the longest mask that is believed. FreeBSD 13 has 32 octets, 14 and later 128 (CPU_MAXSIZE).
	maxMask = 1024
)

// DecodeMask decodes a cpuset_t (cpuset(2)): bit N of its words stands for CPU N. The CPUs are in ascending order. A mask that
// is empty, not of whole words or longer than 1024 octets is an error.
func DecodeMask(b []byte) ([]int, error) {
	if len(b) == 0 || len(b) > maxMask || len(b)%wordSize != 0 {
		return nil, fmt.Errorf("%d octets are not a set of CPUs", len(b))
	}
	var cpus []int
	for at := 0; at < len(b); at += wordSize {
		for word := binary.LittleEndian.Uint64(b[at:]); word != 0; word &= word - 1 {
			cpus = append(cpus, at/wordSize*wordBits+bits.TrailingZeros64(word))
		}
	}
	return cpus, nil
}
