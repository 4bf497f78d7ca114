package soak

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

func TestReadMessage(t *testing.T) {
	t.Parallel()
	short := append([]byte{sequence, 3}, "abc"...)
	medium := append([]byte{sequence, longForm + 1, 200}, bytes.Repeat([]byte{'m'}, 200)...)
	long := append([]byte{sequence, longForm + 3, 1, 0, 1}, bytes.Repeat([]byte{'l'}, 1<<16+1)...)
	empty := []byte{sequence, 0}
	want := [][]byte{short, medium, empty, long, short}
	var stream []byte
	for _, m := range want {
		stream = append(stream, m...)
	}
	for name, r := range map[string]io.Reader{
		"at once": bytes.NewReader(stream), "octet by octet": iotest.OneByteReader(bytes.NewReader(stream)),
	} {
		var got [][]byte
		br := bufio.NewReader(r)
		for {
			m, err := readMessage(br)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			got = append(got, m)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("unexpected messages %s (-want +got):\n%s", name, diff)
		}
	}
	// Wherever the stream is cut, that is told.
	for n := 1; n < len(medium); n++ {
		if _, err := readMessage(bufio.NewReader(bytes.NewReader(medium[:n]))); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("error after %d of %d octets = %v, want io.ErrUnexpectedEOF", n, len(medium), err)
		}
	}
}

func TestReadMessageRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		in   []byte
		want string
	}{
		{"another tag", []byte{2, 1, 0}, "a message begins with 0x2"},
		{"an indefinite length", []byte{sequence, longForm, 0, 0}, "a message has a length of 0 octets"},
		{"a length of lengths", []byte{sequence, longForm + 4, 0, 0, 0, 1}, "a message has a length of 4 octets"},
		{"too long", []byte{sequence, longForm + 3, 0xff, 0xff, 0xff}, "a message has 16777215 octets"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := readMessage(bufio.NewReader(bytes.NewReader(tt.in)))
			if err == nil || err.Error() != tt.want {
				t.Errorf("error = %v, want %s", err, tt.want)
			}
		})
	}
}

func FuzzReadMessage(f *testing.F) {
	f.Add(append([]byte{sequence, 3}, "abc"...))
	f.Add([]byte{sequence, longForm + 2, 1, 0})
	f.Add([]byte{sequence, longForm, 0, 0})
	f.Fuzz(func(t *testing.T, in []byte) {
		m, err := readMessage(bufio.NewReader(bytes.NewReader(in)))
		if err == nil && !bytes.HasPrefix(in, m) {
			t.Errorf("message %x of stream %x", m, in)
		}
	})
}
