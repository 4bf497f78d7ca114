package snmpdconf

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"syscall"
)

const (
	// maxDepth is how deep files include others, as net-snmp has it.
	maxDepth = 16
	// maxFiles is how many are read. net-snmp has 4,096.
	maxFiles = 512
)

// commandLine is the Place of what is given to snmpd when it is started.
const commandLine = "the command line of snmpd"

// A reader looks for an extend through all that a process reads.
type reader struct {
	files   files
	process process
	places  []string
	name    string

	seen  map[visit]bool
	place Place
	found bool
	err   error // the first: what may not be read
}

// A visit is a file that was read, and for whom.
type visit struct {
	path string
	in   section
}

func newReader(f files, p process, name string) *reader {
	return &reader{files: f, process: p, places: f.places(p.env), name: name, seen: make(map[visit]bool)}
}

// run looks everywhere, and says where the extend was found first.
func (r *reader) run() (Place, bool, error) {
	for _, line := range r.process.command.lines {
		for _, s := range parse(line, forSnmpd) {
			if s.kind == anExtend { // nothing is included from there
				s.line = 0
				r.follow(s, commandLine, 0)
			}
		}
	}
	for _, name := range r.process.command.files {
		if file, ok := r.absolute(name); ok {
			r.file(file, forSnmpd, 0)
		}
	}
	if !r.process.command.only {
		r.search("snmpd", forSnmpd, 0)
		r.search("snmp", forAll, 0)
	}
	if r.found {
		return r.place, true, nil
	}
	return Place{}, false, r.err
}

// search reads the files of a name in all directories.
func (r *reader) search(name string, in section, depth int) {
	for _, dir := range r.places {
		r.file(path.Join(dir, name+".conf"), in, depth)
		r.file(path.Join(dir, name+".local.conf"), in, depth)
	}
}

// file reads a file, unless it was.
func (r *reader) file(name string, in section, depth int) {
	v := visit{path: path.Clean(name), in: in}
	if depth > maxDepth || r.seen[v] {
		return
	}
	if len(r.seen) == maxFiles {
		r.fail(fmt.Errorf("more than %d files", maxFiles))
		return
	}
	r.seen[v] = true
	text, err := r.files.read(name)
	if err != nil {
		r.fail(err)
		return
	}
	for _, s := range parse(text, in) {
		r.follow(s, name, depth)
	}
}

// follow does what a statement of a file says.
func (r *reader) follow(s statement, name string, depth int) {
	switch s.kind {
	case anExtend:
		if s.argument == r.name && !r.found {
			r.place, r.found = Place{File: name, Line: s.line}, true
		}
	case anIncludeFile:
		file := s.argument
		if !path.IsAbs(file) {
			file = path.Join(path.Dir(name), file)
		}
		r.file(file, s.section, depth+1)
	case anIncludeDir:
		if dir, ok := r.absolute(s.argument); ok {
			r.dir(dir, s.section, depth+1)
		}
	case anIncludeSearch:
		if !r.process.command.only {
			r.search(strings.TrimSuffix(s.argument, ".conf"), s.section, depth+1)
		}
	}
}

// dir reads the files of a directory whose names end with .conf.
func (r *reader) dir(name string, in section, depth int) {
	names, err := r.files.list(name)
	if err != nil {
		r.fail(err)
	}
	for _, n := range names {
		if strings.HasSuffix(n, ".conf") && !strings.HasPrefix(n, ".") {
			r.file(path.Join(name, n), in, depth)
		}
	}
}

// absolute returns a path from the directory on where snmpd was started, or false if that is not known: one that
// goes into the background moves to the root.
func (r *reader) absolute(name string) (string, bool) {
	if path.IsAbs(name) {
		return name, true
	}
	if r.process.dir == "" || r.process.dir == "/" {
		r.fail(fmt.Errorf("%q is from the directory on where snmpd was started, which is not known", name))
		return "", false
	}
	return path.Join(r.process.dir, name), true
}

// fail notes what may not be read. What is not there is not read by snmpd either.
func (r *reader) fail(err error) {
	if r.err == nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR) {
		r.err = err
	}
}
