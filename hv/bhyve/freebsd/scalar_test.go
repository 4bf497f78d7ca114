package freebsd

import (
	"bytes"
	"encoding/binary"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// timeval returns a struct timeval.
func timeval(seconds, micros int64) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(seconds))
	return binary.LittleEndian.AppendUint64(b, uint64(micros))
}

func TestDecodeUint32(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		b    []byte
		want uint32
		err  string
	}{
		{"hw.ncpu", []byte{8, 0, 0, 0}, 8, ""},
		{"vfs.devfs.generation", []byte{0xff, 0xff, 0xff, 0xff}, math.MaxUint32, ""},
		{"nothing", nil, 0, "0 octets are not a number of 4"},
		{"a long", make([]byte, 8), 0, "8 octets are not a number of 4"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := DecodeUint32(tt.b)
			if got != tt.want || textOf(err) != tt.err {
				t.Errorf("%d and %v, and not %d and %q", got, err, tt.want, tt.err)
			}
		})
	}
}

// textOf returns the text of an error, or nothing if there is none.
func textOf(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestDecodeTime(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		b    []byte
		want time.Time
		err  string
	}{
		{"kern.boottime", recorded(t, "native/kern.boottime.bin"), time.Date(2026, 8, 20, 9, 0, 0, 123456000, time.UTC), ""},
		{"before 1970", timeval(-1, 999999), time.Date(1969, 12, 31, 23, 59, 59, 999999000, time.UTC), ""},
		{"the last", timeval(maxSeconds, 0), time.Unix(maxSeconds, 0), ""},
		{"after the last", timeval(maxSeconds+1, 0), time.Time{}, "no time of day: 34359738369 seconds and 0 microseconds"},
		{"before the first", timeval(math.MinInt64, 0), time.Time{}, "no time of day: -9223372036854775808 seconds and 0 microseconds"},
		{"a second of microseconds", timeval(0, 1000000), time.Time{}, "no time of day: 0 seconds and 1000000 microseconds"},
		{"less than no microseconds", timeval(0, -1), time.Time{}, "no time of day: 0 seconds and -1 microseconds"},
		{"of 32 bits", make([]byte, 8), time.Time{}, "8 octets are not a time of 16"},
		{"nothing", nil, time.Time{}, "0 octets are not a time of 16"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := DecodeTime(tt.b)
			if diff := cmp.Diff(tt.want, got); diff != "" || textOf(err) != tt.err {
				t.Errorf("unexpected time and %v (-want +got):\n%s", err, diff)
			}
			if err == nil && got.Location() != time.UTC {
				t.Errorf("in %v", got.Location())
			}
		})
	}
}

func TestDecodeUint64(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		b    []byte
		want uint64
		err  string
	}{
		{"hw.physmem", []byte{0x00, 0xa0, 0x57, 0xf7, 0x07, 0, 0, 0}, 34214486016, ""},
		{"the most", []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, math.MaxUint64, ""},
		{"nothing", nil, 0, "0 octets are not a number of 8"},
		{"an int", make([]byte, 4), 0, "4 octets are not a number of 8"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := DecodeUint64(tt.b)
			if got != tt.want || textOf(err) != tt.err {
				t.Errorf("%d and %v, and not %d and %q", got, err, tt.want, tt.err)
			}
		})
	}
}

func TestDecodeString(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"14.3-RELEASE-p2\x00": "14.3-RELEASE-p2", "hv1": "hv1", "hv1\x00rubbish\x00": "hv1", "": "", "\x00": "",
	} {
		if got := DecodeString([]byte(in)); got != want {
			t.Errorf("%q is %q, and not %q", in, got, want)
		}
	}
}

// FuzzScalars decodes octets as a number, a time and a text: what comes out is in its bounds, and written again is what it was.
func FuzzScalars(f *testing.F) {
	f.Add(recorded(f, "native/kern.boottime.bin"))
	f.Add([]byte{8, 0, 0, 0})
	f.Add([]byte("14.3-RELEASE-p2\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if n, err := DecodeUint32(b); err == nil && !bytes.Equal(binary.LittleEndian.AppendUint32(nil, n), b) {
			t.Errorf("%d of % x", n, b)
		}
		if n, err := DecodeUint64(b); err == nil && !bytes.Equal(binary.LittleEndian.AppendUint64(nil, n), b) {
			t.Errorf("%d of % x", n, b)
		}
		if at, err := DecodeTime(b); err == nil && !bytes.Equal(timeval(at.Unix(), int64(at.Nanosecond()/1000)), b) {
			t.Errorf("%v of % x", at, b)
		}
		if text := DecodeString(b); strings.Contains(text, "\x00") || !bytes.HasPrefix(append(b, 0), append([]byte(text), 0)) {
			t.Errorf("%q of % x", text, b)
		}
	})
}
