package libvirt

import (
	"testing"

	"github.com/vmond/vmond/hv"
)

func TestSizeBytes(t *testing.T) {
	t.Parallel()
	none := hv.Opt[int64]{}
	tests := []struct {
		value, unit string
		want        hv.Opt[int64]
	}{
		{"1", "", hv.Some[int64](1 << 10)},
		{" 2048 ", "KiB", hv.Some[int64](2 << 20)},
		{"3", "k", hv.Some[int64](3 << 10)},
		{"3", "KB", hv.Some[int64](3000)},
		{"1", "b", hv.Some[int64](1)},
		{"1", "bytes", hv.Some[int64](1)},
		{"1", "byte", hv.Some[int64](1)},
		{"1", "M", hv.Some[int64](1 << 20)},
		{"1", "mib", hv.Some[int64](1 << 20)},
		{"1", "MB", hv.Some[int64](1e6)},
		{"1", "GiB", hv.Some[int64](1 << 30)},
		{"1", "GB", hv.Some[int64](1e9)},
		{"1", "TiB", hv.Some[int64](1 << 40)},
		{"1", "TB", hv.Some[int64](1e12)},
		{"1", "PiB", hv.Some[int64](1 << 50)},
		{"7", "EiB", hv.Some[int64](7 << 60)},
		{"8", "EiB", none},
		{"9", "EB", hv.Some[int64](9e18)},
		{"18446744073709551615", "KiB", none},
		{"9223372036854775807", "b", hv.Some[int64](1<<63 - 1)},
		{"9223372036854775808", "b", none},
		{"0", "KiB", hv.Some[int64](0)},
		{"-1", "KiB", none},
		{"1.5", "KiB", none},
		{"", "KiB", none},
		{"1", "Kib/s", none},
		{"1", "x", none},
		{"1", "Ki", none},
	}
	for _, tt := range tests {
		if got := (sizeXML{tt.unit, tt.value}).bytes(); !got.Equal(tt.want) {
			t.Errorf("unexpected size of %q %q: %v, want %v", tt.value, tt.unit, got, tt.want)
		}
	}
}
