package bhyve

import (
	"path"
	"slices"
	"strings"
)

// A watch is what a manager's shell is at work for: it starts the bhyve of one virtual machine again when the guest reboots.
type watch struct {
	by origin
	vm string
}

// watches returns what the shells of the host are at work for. One in a jail is of a manager in there.
func (c *census) watches(p population) map[watch]bool {
	all := map[watch]bool{}
	for _, process := range p {
		if process.Name != shProgram && process.Name != vmProgram || process.Jail != 0 {
			continue
		}
		args, err := c.args(process.PID)
		if err != nil {
			continue // it ended a moment ago
		}
		if w := watchOf(args); w.vm != "" {
			all[w] = true
		}
	}
	return all
}

// watchOf returns what the shell with that command line is at work for, which has no name if that is something else.
func watchOf(args []string) watch {
	if vm := runBy(args); vm != "" {
		return watch{by: fromVMBhyve, vm: vm}
	}
	if vm := loopOf(args); vm != "" {
		return watch{by: fromCBSD, vm: vm}
	}
	return watch{}
}

// runBy returns the name in the command line of vm-bhyve's: "vm _run [-tf] NAME [ISO]" (lib/vm-core).
func runBy(args []string) string {
	at := slices.Index(args, "_run")
	if at < 1 || path.Base(args[at-1]) != vmProgram {
		return ""
	}
	words := args[at+1:]
	name := slices.IndexFunc(words, func(word string) bool { return !strings.HasPrefix(word, "-") })
	if name < 0 {
		return ""
	}
	return words[name]
}

// Where CBSD writes down how a virtual machine is started: jails-system/NAME/bhyve.conf.
const (
	cbsdSystemDir  = "jails-system"
	cbsdStartsFile = "bhyve.conf"
)

// loopOf returns the name in the command line of CBSD's: "bhyverun.sh -c WORKDIR/jails-system/NAME/bhyve.conf -e 1 ..." (start_bhyve
// of sudoexec/bstart). Its script may be another (bhyverun_wrapper), so that the file is what tells.
func loopOf(args []string) string {
	at := slices.Index(args, "-c")
	if at < 0 || at+1 == len(args) {
		return ""
	}
	dir, file := path.Split(args[at+1])
	dir = path.Clean(dir)
	if file != cbsdStartsFile || path.Base(path.Dir(dir)) != cbsdSystemDir {
		return ""
	}
	return path.Base(dir)
}
