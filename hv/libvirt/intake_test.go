package libvirt

import (
	"bytes"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestFramesIntake proves which answers are taken in, and what the reader gets in their place.
func TestFramesIntake(t *testing.T) {
	t.Parallel()
	list := fill("[sui]i", 3)
	whole := answer(listAllDomains, string(list))
	empty := answer(listAllDomains, "\x00\x00\x00\x00\x00\x00\x00\x00")
	failed := packet(remoteProgram, listAllDomains, typeReply, 1, make([]byte, 20))
	other := answer(3, "\x00\x00\x00\x04QEMU")
	tests := []struct {
		name  string
		bytes []byte
		rest  []byte
		body  []byte
	}{
		{"the answer", whole, empty, list},
		{"the last of two", append(bytes.Clone(empty), whole...), append(bytes.Clone(empty), empty...), list},
		{"another procedure's", other, other, nil},
		{"a failure", failed, failed, nil},
		{"no answer", answer(listAllDomains, "\x7f\xff\xff\xff"), answer(listAllDomains, ""), nil},
		{"half an answer", whole[:len(whole)-1], nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := newFrames(bytes.NewReader(tt.bytes), nil)
			in := &intake{procedure: listAllDomains}
			f.intake.Store(in)
			rest, _ := io.ReadAll(f)
			var body []byte
			if b := in.body.Load(); b != nil {
				body = *b
			}
			if diff := cmp.Diff([][]byte{nilled(tt.rest), tt.body}, [][]byte{nilled(rest), body}); diff != "" {
				t.Errorf("unexpected rest and body (-want +got):\n%s", diff)
			}
		})
	}
}

// nilled returns b, and nil if it is empty.
func nilled(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	return b
}
