package librenms

import (
	"errors"
	"os"
	"path/filepath"
)

const (
	// fileMode lets snmpd's user read a file, whatever the umask of whoever writes it.
	fileMode = 0o644
	// compressedSuffix is what HV::Monitor appends to the name of the plain document for that of the compressed one.
	compressedSuffix = ".snmp"
)

// WriteFiles writes the document twice, as HV::Monitor's -w does: plain into the file base, and compressed, with an end of line,
// into the same with ".snmp" appended. Whoever reads one of them has always a whole document, the old one or the new one.
func WriteFiles(base string, d *Document) error {
	compressed, err := stage(base+compressedSuffix, append(d.Compressed(MaxCompressed), '\n'))
	if err != nil {
		return err
	}
	defer compressed.discard()
	plain, err := stage(base, d.JSON())
	if err != nil {
		return err
	}
	defer plain.discard()
	return errors.Join(compressed.publish(), plain.publish())
}

// A staged is a file that is written, and has not its name yet.
type staged struct{ temporary, name string }

// stage writes the text into a file beside that of the name.
func stage(name string, text []byte) (staged, error) {
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*")
	if err != nil {
		return staged{}, err
	}
	s := staged{f.Name(), name}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Chmod(fileMode), f.Close()); err != nil {
		s.discard()
		return staged{}, err
	}
	return s, nil
}

// publish gives the file its name.
func (s staged) publish() error { return os.Rename(s.temporary, s.name) }

// discard removes what was not published. Of what was, nothing is there to remove.
func (s staged) discard() { _ = os.Remove(s.temporary) }
