package librenms

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
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
	return errors.Join(
		replace(base+compressedSuffix, append(d.Compressed(MaxCompressed), '\n')),
		replace(base, d.JSON()),
	)
}

// replace writes a file beside the one of that name, and then gives it the name.
func replace(name string, content []byte) (err error) {
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
	_, err = draft.Write(content)
	if err := errors.Join(err, draft.Chmod(fileMode), draft.Close()); err != nil {
		return err
	}
	return os.Rename(draft.Name(), name)
}
