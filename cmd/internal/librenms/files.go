package librenms

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
)

const (
	// compressedSuffix is that of the file with the compressed Document, as HV::Monitor has it.
	compressedSuffix = ".snmp"
	// fileMode lets everybody read them: snmpd is another user.
	fileMode = 0o644
)

// WriteFiles writes a Document to two files: base with ".snmp" behind it has what [Document.Compressed] returns and a
// newline, for an "extend" of snmpd.conf(5); base itself has the JSON. Whoever reads one has the whole of the earlier
// or the whole of the new one. A symbolic link is replaced.
func WriteFiles(base string, d *Document) error {
	return writeFiles(base, d, d.Compressed(MaxCompressed))
}

// writeFiles is WriteFiles of a Document that is compressed already.
func writeFiles(base string, d *Document, compressed []byte) error {
	line := func(w io.Writer) error {
		_, err := w.Write(append(slices.Clip(compressed), '\n'))
		return err
	}
	// The whole of 10,000 virtual machines is 12 MB, which need not be in memory.
	whole := func(w io.Writer) error { return d.encode(w, d.everything()) }
	return errors.Join(replace(base+compressedSuffix, line), replace(base, whole))
}

// replace writes a file beside the one of that name, and then gives it the name.
func replace(name string, write func(io.Writer) error) (err error) {
	draft, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*")
	if err != nil {
		return fmt.Errorf("write %q: %w", name, err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(draft.Name())
			err = fmt.Errorf("write %q: %w", name, err)
		}
	}()
	buffer := bufio.NewWriter(draft)
	if err := errors.Join(write(buffer), buffer.Flush(), draft.Chmod(fileMode), draft.Close()); err != nil {
		return err
	}
	return os.Rename(draft.Name(), name)
}
