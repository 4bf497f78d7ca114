package freebsd

import (
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// SetSysctl has the variable answer the octets. If it is one of a process, that has not ended (again).
func (r *Recording) SetSysctl(octets []byte, name string, args ...int) {
	r.set(askVariable(name, args), answer{octets: slices.Clone(octets)})
	if !strings.HasPrefix(name, "kern.proc.") || len(args) == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.ended, args[0])
}

// SetAffinity has the thread run on the set of CPUs.
func (r *Recording) SetAffinity(thread int, mask []byte) {
	r.set(ask(askAffinity, strconv.Itoa(thread)), answer{octets: slices.Clone(mask)})
}

// SetClock has the clocks stand at c.
func (r *Recording) SetClock(c Clock) {
	r.set(ask(askClock), answer{clock: c})
	r.mu.Lock()
	defer r.mu.Unlock()
	r.went = time.Time{}
}

// Advance moves the clocks by d, whether they stand or go on. Without clocks it does nothing.
func (r *Recording) Advance(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	a, ok := r.answers[ask(askClock)]
	if !ok {
		return
	}
	a.clock = Clock{Now: a.clock.Now.Add(d), Up: a.clock.Up + d}
	r.answers[ask(askClock)] = a
}

// SetFile puts a file there. Of st what is zero is made up: its path, its mode and its size.
func (r *Recording) SetFile(file string, content []byte, st Stat) {
	if st.Size == 0 {
		st.Size = int64(len(content))
	}
	r.SetStat(file, st)
	r.set(ask(askRead, file), answer{octets: slices.Clone(content)})
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.answers, ask(askTail, file))
	r.listings = nil
}

// SetStat puts a file there that nobody reads, such as a disk. Of st what is zero is made up: its path and its mode.
func (r *Recording) SetStat(file string, st Stat) {
	if st.Path == "" {
		st.Path = file
	}
	if st.Mode == 0 {
		st.Mode = impliedFile
	}
	r.set(ask(askStat, file), answer{stat: st})
	r.enlist(file)
}

// SetDir puts a directory there with these names in it, and no others. It may be empty.
func (r *Recording) SetDir(dir string, names ...string) {
	names = slices.Clone(names)
	slices.Sort(names)
	r.set(ask(askList, dir), answer{names: slices.Compact(names)})
	r.enlist(dir)
}

// Remove takes away a file, or a directory with all in it.
func (r *Recording) Remove(file string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for q := range r.answers {
		if at, ok := q.path(); ok && (at == file || strings.HasPrefix(at, strings.TrimSuffix(file, "/")+"/")) {
			delete(r.answers, q)
		}
	}
	r.listings = nil
	parent := ask(askList, path.Dir(file))
	if a, ok := r.answers[parent]; ok {
		a.names = slices.DeleteFunc(slices.Clone(a.names), func(name string) bool { return name == path.Base(file) })
		r.answers[parent] = a
	}
}

// SetProgram has a program print the output and end well, or with err if that is not nil.
func (r *Recording) SetProgram(argv []string, output []byte, err error) {
	r.set(askCommand(Command{Argv: argv}), answer{octets: slices.Clone(output), err: remember(err)})
}

// SetError has a question answered by an error. The question is in the words of the index: its kind, and what it is about, such as
// "sysctl", "kern.proc.args", "4242". It panics if there is no such kind.
func (r *Recording) SetError(err error, kind string, about ...string) {
	r.set(ask(kind, about...), answer{err: remember(err)})
}

// set has q answered by a from now on.
func (r *Recording) set(q question, a answer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answers[q] = a
	r.listings = nil
	delete(r.missing, q)
}

// enlist puts the file's name into its directory if that was told by itself, and so on up to the root.
func (r *Recording) enlist(file string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for ; file != "/" && file != "."; file = path.Dir(file) {
		parent := ask(askList, path.Dir(file))
		a, ok := r.answers[parent]
		if !ok || a.err != nil || slices.Contains(a.names, path.Base(file)) {
			continue
		}
		a.names = append(slices.Clone(a.names), path.Base(file))
		slices.Sort(a.names)
		r.answers[parent] = a
	}
}
