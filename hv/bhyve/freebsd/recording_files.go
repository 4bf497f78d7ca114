package freebsd

import (
	"io/fs"
	"path"
	"slices"
	"strings"
)

// The modes of what nobody has told the mode of.
const (
	impliedDir  = fs.ModeDir | 0o755
	impliedFile = fs.FileMode(0o644)
)

// ReadDir answers as it was told, or with what it was told that is below the directory.
func (r *Recording) ReadDir(path string) ([]string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if a, ok := r.answers[ask(askList, path)]; ok {
		return slices.Clone(a.names), a.err
	}
	names := r.below(path)
	if len(names) == 0 {
		return nil, r.absent("open", ask(askList, path), path)
	}
	return names, nil
}

// ReadFile answers as it was told.
func (r *Recording) ReadFile(path string) ([]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	a, ok := r.answers[ask(askRead, path)]
	if !ok {
		return nil, r.absent("open", ask(askRead, path), path)
	}
	return slices.Clone(a.octets), a.err
}

// Tail answers as it was told, be it the whole file or its end: not more than the last n octets of that. It panics if n is negative.
func (r *Recording) Tail(path string, n int) ([]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	a, ok := r.answers[ask(askTail, path)]
	if !ok {
		a, ok = r.answers[ask(askRead, path)]
	}
	if !ok {
		return nil, r.absent("open", ask(askTail, path), path)
	}
	return slices.Clone(a.octets[max(0, len(a.octets)-n):]), a.err
}

// Stat answers as it was told. What it was told of a file makes directories of all that is on the way to it.
func (r *Recording) Stat(path string) (Stat, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if a, ok := r.answers[ask(askStat, path)]; ok {
		return a.stat, a.err
	}
	if _, ok := r.answers[ask(askList, path)]; ok || len(r.below(path)) > 0 {
		return Stat{Path: path, Mode: impliedDir}, nil
	}
	return Stat{}, r.absent("stat", ask(askStat, path), path)
}

// below returns the names in the directory of all that it was told of and that was there. The caller holds mu.
func (r *Recording) below(dir string) []string {
	if r.listings == nil {
		r.listings = r.list()
	}
	return slices.Clone(r.listings[path.Clean(dir)])
}

// list finds the names in all directories on the way to what was there. The caller holds mu.
func (r *Recording) list() map[string][]string {
	listings := map[string][]string{}
	seen := map[string]bool{}
	for q, a := range r.answers {
		file, ok := q.path()
		for ok && a.err == nil && strings.Contains(file, "/") && file != "/" && !seen[file] {
			seen[file] = true
			dir, name := path.Dir(file), path.Base(file)
			listings[dir] = append(listings[dir], name)
			file = dir
		}
	}
	for _, names := range listings {
		slices.Sort(names)
	}
	return listings
}

// absent returns the error for a file that it was not told of. It is missing unless a directory on the way was listed without it.
// The caller holds mu.
func (r *Recording) absent(op string, q question, file string) error {
	if !r.unlisted(file) {
		r.missing[q] = true
		return unanswered(q, fs.ErrNotExist)
	}
	return &fs.PathError{Op: op, Path: file, Err: fs.ErrNotExist}
}

// unlisted says whether a directory that was listed lacks the file, or what leads to it. The caller holds mu.
func (r *Recording) unlisted(file string) bool {
	for file != "/" && file != "." {
		dir := path.Dir(file)
		if a, ok := r.answers[ask(askList, dir)]; ok {
			return a.err == nil && !slices.Contains(a.names, path.Base(file))
		}
		file = dir
	}
	return false
}
