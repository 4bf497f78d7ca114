package freebsd

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"syscall"
	"time"
)

// OpenRecording is Load for a directory of this machine, out of which no link in it leads.
func OpenRecording(dir string) (*Recording, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, unopened(os.DirFS(dir), err)
	}
	defer root.Close()
	return Load(root.FS())
}

// Load reads a recording that Save has written, or somebody by hand. Its clocks go on from the time that they were recorded at.
//
// The directory has a file "index", with a line for each question: what was asked, "->" and what was answered, in fields with tabs
// between them, which are quoted as in Go where they have to be. An answer of octets is "file=NAME", the file of the directory that has
// them. The README that Save writes beside it tells of all kinds of questions and answers. The error of Load names the line of the
// index, or the file, that is not as it should be; or it says what there is in place of a recording, and is fs.ErrNotExist.
func Load(fsys fs.FS) (*Recording, error) {
	index, err := readAnswer(fsys, indexFile)
	if err != nil {
		return nil, unopened(fsys, err)
	}
	entries, err := parseIndex(string(index))
	if err != nil {
		return nil, fmt.Errorf("failed to read the index of a recording: %w", err)
	}
	r := NewRecording()
	for _, e := range entries {
		if e.file != "" {
			if e.answer.octets, err = readAnswer(fsys, e.file); err != nil {
				return nil, fmt.Errorf("failed to read the answer to %q: %w", e.question.String(), err)
			}
		}
		slices.Sort(e.answer.names)
		r.answers[e.question] = e.answer
	}
	r.went = time.Now()
	return r, nil
}

// readAnswer reads a file of a recording, which somebody else may have made: it has to be one of octets, and no more of them than any
// question has for an answer.
func readAnswer(fsys fs.FS, name string) ([]byte, error) {
	info, err := fs.Stat(fsys, name)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%q is no regular file", name)
	case info.Size() > maxOutput:
		return nil, fmt.Errorf("%q has %d octets, which are too many", name, info.Size())
	}
	return fs.ReadFile(fsys, name)
}

// unopened returns the error of an index that cannot be read, which says so if it is because there is no recording.
func unopened(fsys fs.FS, err error) error {
	_, dirErr := fs.Stat(fsys, ".")
	switch {
	case errors.Is(dirErr, syscall.ENOTDIR):
		return &recordedError{fs.ErrNotExist, "it is a file, and a recording is a directory: unpack it first"}
	case errors.Is(dirErr, fs.ErrNotExist):
		return &recordedError{fs.ErrNotExist, "there is no such directory"}
	case dirErr == nil && errors.Is(err, fs.ErrNotExist):
		return &recordedError{fs.ErrNotExist, fmt.Sprintf("the directory is no recording: it has no file %q", indexFile)}
	}
	return fmt.Errorf("failed to read a recording: %w", err)
}
