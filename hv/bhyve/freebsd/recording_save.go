package freebsd

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// What a directory has besides the octets of the answers.
const (
	indexFile  = "index"
	readmeFile = "README"
)

// The modes of what is written: what a host answers is nobody else's.
const (
	dirMode  fs.FileMode = 0o700
	fileMode fs.FileMode = 0o600
)

// Save writes the recording into a directory, which it makes. It is readable by its owner alone. A directory that is there and not
// empty is an error and is left as it is, and so is one that belongs to another user, or is a symbolic link: whoever records as
// root is not to write where another wants it. Of a recording that cannot be written, nothing is left, or the error says so.
func (r *Recording) Save(dir string) error { return save(filepath.Clean(dir), r.files()) }

// save writes files into a directory.
func save(dir string, files map[string][]byte) error {
	root, made, err := openVacant(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	err = fill(root, files)
	if err == nil {
		return nil
	}
	if left := discard(root, dir, made); left != nil {
		return fmt.Errorf("failed to write the recording %q, and a part of it is left there: %w", dir, errors.Join(err, left))
	}
	return fmt.Errorf("failed to write the recording %q, nothing of it is left: %w", dir, err)
}

// files returns what is in a directory that has the recording.
func (r *Recording) files() map[string][]byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	files := map[string][]byte{readmeFile: []byte(readme)}
	names := newShelf()
	var index strings.Builder
	for _, q := range slices.Sorted(maps.Keys(r.answers)) {
		e := entry{question: q, answer: r.answers[q]}
		kind, _ := q.fields()
		if fits(kind, keyFile) && (e.answer.err == nil || len(e.answer.octets) > 0) {
			e.file = names.name(q)
			files[e.file] = e.answer.octets
		}
		index.WriteString(e.String() + "\n")
	}
	files[indexFile] = []byte(index.String())
	return files
}

// fill writes files into a directory. Nothing in their names leads out of it.
func fill(root *os.Root, files map[string][]byte) error {
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := write(root, name, files[name]); err != nil {
			return err
		}
	}
	return nil
}

// write writes a new file and the directories on the way to it.
func write(root *os.Root, name string, octets []byte) error {
	if err := root.MkdirAll(path.Dir(name), dirMode); err != nil {
		return err
	}
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return err
	}
	_, err = f.Write(octets)
	return errors.Join(err, f.Close())
}

// discard removes all that is in a directory, which is ours, and the directory itself if it was made.
func discard(root *os.Root, dir string, made bool) error {
	there, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return err
	}
	var errs []error
	for _, entry := range there {
		errs = append(errs, root.RemoveAll(entry.Name()))
	}
	if made {
		errs = append(errs, os.Remove(dir))
	}
	return errors.Join(errs...)
}
