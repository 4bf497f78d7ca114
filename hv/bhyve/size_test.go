package bhyve

import (
	"testing"

	"github.com/vmond/vmond/hv"
)

func TestParseMemory(t *testing.T) {
	t.Parallel()
	none := hv.Opt[int64]{}
	tests := []struct {
		text string
		want hv.Opt[int64]
	}{
		{"4G", hv.Some[int64](4 << 30)},
		{"4g", hv.Some[int64](4 << 30)},
		{"4GB", hv.Some[int64](4 << 30)},
		{"512M", hv.Some[int64](512 << 20)},
		{"524288K", hv.Some[int64](512 << 20)},
		{"1T", hv.Some[int64](1 << 40)},
		{"1P", hv.Some[int64](1 << 50)},
		{"1E", hv.Some[int64](1 << 60)},
		{" 1G ", hv.Some[int64](1 << 30)},
		{"512", hv.Some[int64](512 << 20)},
		{"1048575", hv.Some[int64](1048575 << 20)},
		{"1048576", hv.Some[int64](1048576)},
		{"2147483648", hv.Some[int64](2 << 30)},
		{"2147483649", hv.Some[int64](2<<30 + 1)},
		{"100b", hv.Some[int64](100)},
		{"", none},
		{"G", none},
		{"0", none},
		{"0x10", hv.Some[int64](16 << 20)},
		{"010", hv.Some[int64](8 << 20)},
		{"-1", none},
		{"1.5G", none},
		{"1X", none},
		{"1GG", none},
		{"1bb", none},
		{"9E", none},
		{"8E", none},
		{"9223372036854775808", none},
		{"1 G", none},
	}
	for _, tt := range tests {
		if got := parseMemory(tt.text); got != tt.want {
			t.Errorf("parseMemory(%q) = %v, want %v", tt.text, got, tt.want)
		}
	}
}
