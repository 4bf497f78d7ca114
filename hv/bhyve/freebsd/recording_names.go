package freebsd

import (
	"fmt"
	"strings"
)

// Limits of the names that files of a recording have, well below those of any file system.
const (
	maxName  = 80
	maxDepth = 8
)

// A shelf gives the answers of a recording names that are good on any file system, and are no two alike.
type shelf struct {
	// files and dirs are what is taken, in lower case.
	files, dirs map[string]bool
}

// newShelf returns an empty shelf.
func newShelf() *shelf {
	return &shelf{map[string]bool{}, map[string]bool{indexFile: true, readmeFile: true}}
}

// name returns where the octets of an answer are put, such as "sysctl/kern.proc.args.4242" or "file/etc/rc.conf".
func (s *shelf) name(q question) string {
	kind, about := q.fields()
	var parts []string
	switch kind {
	case askRead:
		parts = append([]string{"file"}, strings.Split(strings.TrimPrefix(about[0], "/"), "/")...)
	case askTail:
		parts = append([]string{"tail"}, strings.Split(strings.TrimPrefix(about[0], "/"), "/")...)
	case askRun:
		program := about[0][strings.LastIndexByte(about[0], '/')+1:]
		parts = []string{"program", strings.Join(append([]string{program}, about[1:]...), " ")}
	default:
		parts = []string{kind, strings.Join(about, ".")}
	}
	if len(parts) > maxDepth {
		parts = append(parts[:maxDepth-1:maxDepth-1], strings.Join(parts[maxDepth-1:], "_"))
	}
	for i := range parts {
		parts[i] = safe(parts[i])
	}
	top, rest := parts[0], strings.Join(parts[1:], "/")
	name := top + "/" + rest
	for n := 2; !s.take(name); n++ {
		// What is a file may be a directory on the way to another one, so it is the top that makes the difference.
		name = fmt.Sprintf("%s~%d/%s", top, n, rest)
	}
	return name
}

// take takes the name for a file, and the directories on the way to it, unless one of them is something else already.
func (s *shelf) take(name string) bool {
	name = strings.ToLower(name)
	if s.files[name] || s.dirs[name] {
		return false
	}
	for i := range name {
		if name[i] == '/' && s.files[name[:i]] {
			return false
		}
	}
	for i := range name {
		if name[i] == '/' {
			s.dirs[name[:i]] = true
		}
	}
	s.files[name] = true
	return true
}

// safe makes a name of one file or directory out of any text: short, of characters that need no quoting anywhere, and neither ".."
// nor ".git".
func safe(text string) string {
	name := []byte(text)
	if len(name) > maxName {
		name = name[:maxName]
	}
	for i, c := range name {
		if !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_=,+@", rune(c)) {
			name[i] = '_'
		}
	}
	safe := string(name)
	if strings.Trim(safe, ".") == "" || strings.EqualFold(safe, ".git") {
		return "_" + strings.TrimLeft(safe, ".")
	}
	if strings.HasSuffix(safe, ".") {
		return safe[:len(safe)-1] + "_"
	}
	return safe
}
