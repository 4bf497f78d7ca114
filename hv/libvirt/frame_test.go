package libvirt

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// packets returns packets of those lengths: answers with zeros in them, to a request that is answered with nothing.
func packets(lengths ...uint32) []byte {
	const opening = 1
	var b []byte
	for _, n := range lengths {
		p := packet(remoteProgram, opening, typeReply, statusOK, make([]byte, max(n, minPacket)-minPacket))
		binary.BigEndian.PutUint32(p, n)
		b = append(b, p[:max(n, lengthField)]...)
	}
	return b
}

// packet returns a packet of one body.
func packet(program, procedure, kind, status uint32, body []byte) []byte {
	var b []byte
	for _, v := range []uint32{uint32(minPacket + len(body)), program, 1, procedure, kind, 0, status} {
		b = binary.BigEndian.AppendUint32(b, v)
	}
	return append(b, body...)
}

// message returns an event of that procedure.
func message(procedure uint32, body []byte) []byte {
	return packet(remoteProgram, procedure, typeMessage, statusOK, body)
}

// answer returns the answer to a request of that procedure.
func answer(procedure uint32, body string) []byte {
	return packet(remoteProgram, procedure, typeReply, statusOK, []byte(body))
}

// slowly reads step octets at a time.
type slowly struct {
	r    io.Reader
	step int
}

func (s slowly) Read(p []byte) (int, error) { return s.r.Read(p[:min(len(p), s.step)]) }

// A sorted is what frames made of a stream.
type sorted struct {
	Rest   []byte // what is not events
	Events []string
	Before []int // of Rest, how much was read when each event came
}

// sortOut reads b, which comes in steps and is read in steps. The end of b is no error.
func sortOut(b []byte, step int) (sorted, error) {
	var s sorted
	f := newFrames(slowly{bytes.NewReader(b), step}, func(procedure uint32, body []byte) error {
		if procedure == 666 {
			return errors.New("nonsense")
		}
		s.Events = append(s.Events, string(body))
		s.Before = append(s.Before, len(s.Rest))
		return nil
	})
	p := make([]byte, step)
	for {
		n, err := f.Read(p)
		s.Rest = append(s.Rest, p[:n]...)
		switch {
		case n == 0 && err == nil:
			return s, errors.New("nothing was read")
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return s, nil
		case err != nil:
			return s, err
		}
	}
}

func TestFrames(t *testing.T) {
	t.Parallel()
	foreign := message(1, []byte("ping"))
	binary.BigEndian.PutUint32(foreign[programOffset:], 0x6b656570) // the keepalive program
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	long := bytes.Repeat([]byte("x"), maxMessage+5)
	refusal := func(message string) []byte {
		return packet(remoteProgram, 3, typeReply, 1, []byte("\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01"+message))
	}
	tests := []struct {
		name  string
		bytes []byte
		want  sorted
		ok    bool
	}{
		{"nothing", nil, sorted{}, true},
		{"the shortest", packets(28), sorted{Rest: packets(28)}, true},
		{"several", packets(28, 29, 1000), sorted{Rest: packets(28, 29, 1000)}, true},
		{"half a length", packets(28)[:2], sorted{}, true},
		{"half a header", packets(28)[:20], sorted{}, true},
		{"half a packet", packets(1000)[:500], sorted{}, true},
		{"an answer", answer(3, "\x00\x00\x00\x04QEMU"), sorted{Rest: answer(3, "\x00\x00\x00\x04QEMU")}, true},
		{"an answer that is no answer", join(answer(3, "\x7f\xff\xff\xffQEMU"), packets(28)), sorted{Rest: join(answer(3, ""), packets(28))}, true},
		{"an answer with nothing in it", answer(3, ""), sorted{Rest: answer(3, "")}, true},
		{"a refusal", refusal("\x00\x00\x00\x02no\x00\x00"), sorted{Rest: refusal("\x00\x00\x00\x02no\x00\x00")}, true},
		{"a refusal that is none", refusal("\x7f\xff\xff\xffno\x00\x00"), sorted{Rest: packet(remoteProgram, 3, typeReply, 1, nil)}, true},
		{"an answer to nothing", join(answer(318, string(eventBody("vm", uuid(1), 5, 1))), packets(28)), sorted{Rest: packets(28)}, true},
		{"an answer of another program", join(packet(0x20008087, 1, typeReply, statusOK, []byte("x")), packets(28)), sorted{Rest: packets(28)}, true},
		{"a call", join(packet(remoteProgram, 1, 0, statusOK, nil), packets(28)), sorted{Rest: packets(28)}, true},
		{"a stream", join(packet(remoteProgram, 1, 3, statusOK, []byte("x")), packets(28)), sorted{Rest: packets(28)}, true},
		{"the longest", binary.BigEndian.AppendUint32(nil, 33_554_436), sorted{}, true},
		{"too long", binary.BigEndian.AppendUint32(nil, 33_554_437), sorted{}, false},
		{"shorter than its header", packets(27), sorted{}, false},
		{"empty", packets(28, 0), sorted{Rest: packets(28)}, false},
		{"text", []byte("HTTP/1.1 400 Bad Request\r\n"), sorted{}, false},
		{"an event", message(318, []byte("a")), sorted{Events: []string{"a"}, Before: []int{0}}, true},
		{"an event without a body", message(318, nil), sorted{Events: []string{""}, Before: []int{0}}, true},
		{"events between answers", join(packets(30), message(1, []byte("a")), message(2, []byte("bcde")), packets(29), message(3, []byte("f"))),
			sorted{Rest: packets(30, 29), Events: []string{"a", "bcde", "f"}, Before: []int{30, 30, 59}}, true},
		{"half an event", join(packets(28), message(1, []byte("abcd"))[:30]), sorted{Rest: packets(28)}, true},
		{"an event of which the beginning is enough", join(message(1, long), packets(28)),
			sorted{Rest: packets(28), Events: []string{string(long[:maxMessage])}, Before: []int{0}}, true},
		{"a message of another program", join(foreign, packets(28)), sorted{Rest: packets(28)}, true},
		{"an event that makes no sense", join(packets(28), message(666, nil), packets(28)), sorted{Rest: packets(28)}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, step := range []int{1, 3, 4, len(tt.bytes) + 1} {
				if len(tt.bytes) > maxMessage && step < len(tt.bytes) {
					step *= 4000
				}
				got, err := sortOut(tt.bytes, step)
				if (err == nil) != tt.ok {
					t.Errorf("unexpected error in steps of %d: %v", step, err)
				}
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("unexpected outcome in steps of %d (-want +got):\n%s", step, diff)
				}
			}
		})
	}
}

// TestFramesWithoutTap drops events, and does not look at them.
func TestFramesWithoutTap(t *testing.T) {
	t.Parallel()
	b := append(message(318, []byte("a")), packets(28)...)
	got, err := io.ReadAll(newFrames(bytes.NewReader(b), nil))
	if diff := cmp.Diff(packets(28), got); diff != "" || err != nil {
		t.Errorf("unexpected outcome: %v (-want +got):\n%s", err, diff)
	}
}

// TestFramesPieces hands a large answer on in pieces, whatever room there is for it.
func TestFramesPieces(t *testing.T) {
	t.Parallel()
	text := binary.BigEndian.AppendUint32(nil, 4*maxPiece)
	want := answer(3, string(append(text, make([]byte, 4*maxPiece)...)))
	f := newFrames(bytes.NewReader(want), nil)
	var got []byte
	for len(got) < len(want) {
		p := make([]byte, 2*len(want))
		n, err := f.Read(p)
		if err != nil || n == 0 || n > maxPiece {
			t.Fatalf("unexpected piece of %d octets, want at most %d: %v", n, maxPiece, err)
		}
		got = append(got, p[:n]...)
	}
	if !bytes.Equal(got, want) {
		t.Error("the pieces are not the answer")
	}
}

func FuzzFrames(f *testing.F) {
	f.Add(packets(28, 40), 3)
	f.Add([]byte{0, 0, 0, 28, 1}, 1)
	f.Add([]byte{0xff, 0xff, 0xff, 0xff}, 2)
	f.Add(append(message(318, []byte("abcd")), packets(28)...), 5)
	f.Fuzz(func(t *testing.T, b []byte, step int) {
		whole, err := sortOut(b, len(b)+1)
		parts, err2 := sortOut(b, min(max(1, step), len(b)+1))
		if (err == nil) != (err2 == nil) {
			t.Errorf("in one piece %v, in several %v", err, err2)
		}
		if diff := cmp.Diff(whole, parts); diff != "" {
			t.Errorf("unexpected outcome in several pieces (-one +several):\n%s", diff)
		}
		if len(whole.Rest) > len(b) {
			t.Errorf("%d octets of %d", len(whole.Rest), len(b))
		}
	})
}
