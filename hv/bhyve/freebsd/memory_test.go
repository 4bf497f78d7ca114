package freebsd

import (
	"math"
	"strconv"
	"strings"
	"testing"
)

func TestParseMemory(t *testing.T) {
	t.Parallel()
	const mib, gib = 1 << 20, 1 << 30
	tests := []struct {
		text string
		want int64 // 0 for an error
	}{
		{"4G", 4 * gib}, {"4g", 4 * gib}, {"1024M", gib}, {"512m", 512 * mib}, {"1048576K", gib}, {"1T", 1024 * gib}, {"1P", 1 << 50},
		{"1E", 1 << 60}, {"4GB", 4 * gib}, {"4gb", 4 * gib}, {"512", 512 * mib}, {"1", mib}, {"1048575", 1048575 * mib},
		{"1048576", mib}, {"2147483648", 2 * gib}, {"512B", 512}, {"2097152b", 2 * mib},
		{"0x200", 512 * mib}, {"0x40000000", gib}, {"0X100M", 256 * mib}, {"0xb", 11 * mib}, {"0x1e", 30 * mib}, {"0x1g", gib},
		{"01000", 512 * mib}, {"010G", 8 * gib},
		{"7E", 7 << 60}, {"9223372036854775807", math.MaxInt64}, {"8191P", 8191 << 50},
		{"", 0}, {"G", 0}, {"b", 0}, {"-1G", 0}, {"+1G", 0}, {" 1G", 0}, {"1 G", 0}, {"1G ", 0}, {"1.5G", 0}, {"1GG", 0}, {"1X", 0}, {"1GiB", 0},
		{"0", 0}, {"0G", 0}, {"0x", 0}, {"0xG", 0}, {"08", 0}, {"1_000", 0}, {"0b1", 0}, {"0o7", 0}, {"1BB", 0}, {"KB", 0},
		{"8E", 0}, {"16E", 0}, {"8192P", 0}, {"9223372036854775808", 0}, {"18446744073709551616", 0}, {"99999999999999999999G", 0},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			t.Parallel()
			got, err := ParseMemory(tt.text)
			if got != tt.want || (err == nil) != (tt.want != 0) {
				t.Errorf("ParseMemory(%q) = %d, %v, want %d", tt.text, got, err, tt.want)
			}
		})
	}
}

// FuzzMemory reads an amount of memory with whatever is in it: it is none, or more than nothing, and the same in either case and as
// a number of octets.
func FuzzMemory(f *testing.F) {
	f.Fuzz(func(t *testing.T, text string) {
		n, err := ParseMemory(text)
		if err != nil {
			if n != 0 {
				t.Errorf("ParseMemory(%q) = %d, %v", text, n, err)
			}
			return
		}
		if n <= 0 {
			t.Errorf("ParseMemory(%q) = %d", text, n)
		}
		for _, same := range []string{strings.ToUpper(text), strings.ToLower(text), strconv.FormatInt(n, 10) + "B"} {
			if m, err := ParseMemory(same); m != n || err != nil {
				t.Errorf("ParseMemory(%q) = %d, and of %q it is %d, %v", text, n, same, m, err)
			}
		}
	})
}
