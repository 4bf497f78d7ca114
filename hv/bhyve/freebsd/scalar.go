package freebsd

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"time"
)

const (
	// uint32Size is the size of an unsigned int, uint64Size of an unsigned long, and timevalSize of a struct timeval of two
	// 64-bit members (sys/_timeval.h).
	uint32Size, uint64Size, timevalSize = 4, 8, 16
	// second is what a timeval counts its microseconds up to.
	second = 1_000_000
	// maxSeconds is about a thousand years, by which a clock may be wrong before or after 1970.
	maxSeconds = 1 << 35
)

// DecodeUint32 decodes a variable of one number, such as vfs.devfs.generation or hw.ncpu.
func DecodeUint32(b []byte) (uint32, error) {
	if len(b) != uint32Size {
		return 0, fmt.Errorf("%d octets are not a number of %d", len(b), uint32Size)
	}
	return binary.LittleEndian.Uint32(b), nil
}

// DecodeUint64 decodes a variable of one number that is a long, such as hw.physmem.
func DecodeUint64(b []byte) (uint64, error) {
	if len(b) != uint64Size {
		return 0, fmt.Errorf("%d octets are not a number of %d", len(b), uint64Size)
	}
	return binary.LittleEndian.Uint64(b), nil
}

// DecodeTime decodes a variable of a struct timeval, such as kern.boottime. The time is in UTC. A time that is no clock's is an
// error.
func DecodeTime(b []byte) (time.Time, error) {
	if len(b) != timevalSize {
		return time.Time{}, fmt.Errorf("%d octets are not a time of %d", len(b), timevalSize)
	}
	seconds, micros := int64(binary.LittleEndian.Uint64(b)), int64(binary.LittleEndian.Uint64(b[timevalSize/2:]))
	if seconds < -maxSeconds || seconds > maxSeconds || micros < 0 || micros >= second {
		return time.Time{}, fmt.Errorf("no time of day: %d seconds and %d microseconds", seconds, micros)
	}
	return time.Unix(seconds, micros*int64(time.Microsecond)).UTC(), nil
}

// DecodeString decodes a text that ends at the first NUL, or with the octets if there is none.
func DecodeString(b []byte) string {
	text, _, _ := bytes.Cut(b, []byte{0})
	return string(text)
}
