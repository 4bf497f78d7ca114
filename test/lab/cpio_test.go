package lab

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// An entry is what an archive has.
type entry struct {
	Name, Content string
	Mode          uint64
}

// unpack reads an archive as the kernel does (Documentation/driver-api/early-userspace/buffer-format.rst).
func unpack(archive []byte) ([]entry, error) {
	const fields, digits = 13, 8
	var all []entry
	for at := 0; ; {
		header := archive[at:]
		if string(header[:6]) != "070701" {
			return nil, fmt.Errorf("no magic at %d", at)
		}
		n := make([]int, fields)
		for i := range n {
			v, err := strconv.ParseUint(string(header[6+i*digits:][:digits]), 16, 32)
			if err != nil {
				return nil, err
			}
			n[i] = int(v)
		}
		size, nameSize := n[6], n[11]
		name := header[6+fields*digits:][:nameSize]
		if name[nameSize-1] != 0 {
			return nil, fmt.Errorf("name %q does not end", name)
		}
		content := (at + 6 + fields*digits + nameSize + 3) &^ 3
		at = (content + size + 3) &^ 3
		if string(name[:nameSize-1]) == "TRAILER!!!" {
			if at != len(archive) {
				return nil, errors.New("more after the trailer")
			}
			return all, nil
		}
		all = append(all, entry{string(name[:nameSize-1]), string(archive[content : content+size]), uint64(n[1])})
	}
}

func TestCPIO(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	c := &cpio{w: &b}
	c.dir("bin")
	want := []entry{{"bin", "", 0o040755}}
	// Names and contents of every length modulo the padding.
	for n := range 9 {
		name, content := "bin/"+string(bytes.Repeat([]byte{'n'}, n+1)), bytes.Repeat([]byte{'c'}, n)
		c.file(name, 0o640, content)
		want = append(want, entry{name, string(content), 0o100640})
	}
	if err := c.close(); err != nil {
		t.Fatal(err)
	}
	got, err := unpack(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("unexpected archive (-want +got):\n%s", diff)
	}
}

func TestCPIOError(t *testing.T) {
	t.Parallel()
	r, w := io.Pipe()
	full := errors.New("full")
	r.CloseWithError(full)
	c := &cpio{w: w}
	c.file("a", 0o644, []byte("b"))
	if err := c.close(); !errors.Is(err, full) {
		t.Errorf("close = %v, want the error of the writer", err)
	}
}
