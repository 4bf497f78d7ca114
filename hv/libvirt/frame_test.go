package libvirt

import (
	"encoding/binary"
	"testing"
)

// packets returns packets of those lengths, each with zeros after its length.
func packets(lengths ...uint32) []byte {
	var b []byte
	for _, n := range lengths {
		b = binary.BigEndian.AppendUint32(b, n)
		b = append(b, make([]byte, max(n, lengthField)-lengthField)...)
	}
	return b
}

func TestFrames(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		bytes []byte
		ok    bool
	}{
		{"nothing", nil, true},
		{"the shortest", packets(28), true},
		{"several", packets(28, 29, 1000), true},
		{"half a length", packets(28)[:2], true},
		{"half a packet", packets(1000)[:500], true},
		{"the longest", binary.BigEndian.AppendUint32(nil, maxPacket), true},
		{"too long", binary.BigEndian.AppendUint32(nil, maxPacket+1), false},
		{"shorter than its header", packets(27), false},
		{"empty", packets(28, 0), false},
		{"text", []byte("HTTP/1.1 400 Bad Request\r\n"), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, step := range []int{1, 3, 4, len(tt.bytes) + 1} {
				if err := checkInSteps(tt.bytes, step); (err == nil) != tt.ok {
					t.Errorf("unexpected error in steps of %d: %v", step, err)
				}
			}
		})
	}
}

// checkInSteps checks the bytes as they might come, a few at a time.
func checkInSteps(b []byte, step int) error {
	var f frames
	for len(b) > 0 {
		n := min(step, len(b))
		if err := f.check(b[:n]); err != nil {
			return err
		}
		b = b[n:]
	}
	return nil
}

func FuzzFrames(f *testing.F) {
	f.Add(packets(28, 40), 3)
	f.Add([]byte{0, 0, 0, 28, 1}, 1)
	f.Add([]byte{0xff, 0xff, 0xff, 0xff}, 2)
	f.Fuzz(func(t *testing.T, b []byte, step int) {
		whole := checkInSteps(b, len(b)+1)
		if parts := checkInSteps(b, max(1, step)); (whole == nil) != (parts == nil) {
			t.Errorf("in one piece %v, in several %v", whole, parts)
		}
	})
}
