package bhyve

import (
	"path"
	"sync"

	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// launches remember what the processes of virtual machines were started with. A bhyve shows that only until the guest runs; from
// then on its command line is its title, and what it was is kept by those who saw it: we, or its parent.
type launches struct {
	mu sync.Mutex
	of map[string]launch // by the key of the virtual machine
}

// A launch is what a process was started with.
type launch struct {
	of stint
	// options are nil if nobody knows.
	options *options
}

func newLaunches() *launches { return &launches{of: map[string]launch{}} }

// options returns what the process of a virtual machine was started with, or nil if that is not known or there is none.
func (l *launches) options(sys freebsd.Kernel, st *standing) *options {
	g := &st.guest
	if g.process == nil {
		return nil
	}
	of := st.stint()
	l.mu.Lock()
	known, ok := l.of[g.key]
	l.mu.Unlock()
	if ok && known.of == of && (g.titled || known.options != nil) {
		return known.options
	}
	found := launch{of: of}
	if words := launchWords(sys, g); words != nil {
		o := parseOptions(words)
		found.options = &o
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.of[g.key] = found
	return found.options
}

// launchWords returns the words after "bhyve" with which the guest's process was started, or nil. CBSD starts it
// beneath a lockf(1) that has them, and so may others do: sudo(8) and daemon(8) stay above what they start. But one
// that has the name alone is taken for a script that is called bhyve, and knows the rest itself.
func launchWords(sys freebsd.Kernel, g *guest) []string {
	if !g.titled {
		return commandOf(g.args, g.name)
	}
	if g.process.Parent <= initPID {
		return nil
	}
	octets, err := sys.Sysctl(argsVariable, g.process.Parent)
	if err != nil {
		return nil
	}
	words := commandOf(freebsd.DecodeArgs(octets), g.name)
	if len(words) == 1 {
		return nil
	}
	return words
}

// commandOf returns the words after "bhyve" in a command line, if it is about that virtual machine, or nil. A line with
// more than one operand is of something else that is called so, such as a script of rc(8).
func commandOf(args []string, vm string) []string {
	for i, word := range args {
		if path.Base(word) != bhyveProgram {
			continue
		}
		words := args[i+1:]
		if name, ok := freebsd.Operand(args[i:]); ok && name == vm && parseOptions(words).operands == 1 {
			return words
		}
	}
	return nil
}

// keep forgets all virtual machines but these.
func (l *launches) keep(standings map[string]standing) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for key := range l.of {
		if st, ok := standings[key]; !ok || st.process == nil {
			delete(l.of, key)
		}
	}
}
