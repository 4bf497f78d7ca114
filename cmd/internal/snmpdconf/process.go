package snmpdconf

import (
	"fmt"
	"path"
	"strconv"
	"strings"
)

const (
	// procs is where Linux has a directory for each process (proc(5)), and self is a link to that of who looks. FreeBSD
	// has no such link, even where procfs(5) is mounted.
	procs = "/proc"
	self  = procs + "/self"
	// processName is the name of snmpd's process.
	processName = "snmpd"
)

// A process is a running snmpd, as far as it tells where it reads its configuration.
type process struct {
	command command
	// dir is its working directory, or empty if that is not known.
	dir string
	// env are the variables of its environment that count, as far as they may be read.
	env environment
}

// environment is what counts of one (snmp_config(5)).
type environment struct{ confPath, home string }

// process returns the snmpd that is the process pid, or the only one there is if that is none. Where no process can be
// looked at, it is one that was told nothing: that is how the packages start it.
func (f files) process(pid int) (process, error) {
	if _, err := f.link(self); err != nil {
		return process{}, nil
	}
	dir := path.Join(procs, strconv.Itoa(pid))
	if !f.isSnmpd(dir) {
		var err error
		if dir, err = f.onlySnmpd(); err != nil {
			return process{}, err
		}
	}
	line, err := f.read(path.Join(dir, "cmdline"))
	if err != nil {
		return process{}, err
	}
	args := strings.Split(strings.TrimSuffix(line, "\x00"), "\x00")
	p := process{command: parseCommand(args[1:])}
	if cwd, err := f.link(path.Join(dir, "cwd")); err == nil {
		p.dir = cwd
	}
	if env, err := f.read(path.Join(dir, "environ")); err == nil { // that of another user may not be read
		p.env = parseEnvironment(env)
	}
	return p, nil
}

// isSnmpd reports whether a directory is that of a process with the name of snmpd.
func (f files) isSnmpd(dir string) bool {
	name, err := f.read(path.Join(dir, "comm"))
	return err == nil && strings.TrimSpace(name) == processName
}

// onlySnmpd returns the directory of the only process with the name of snmpd.
func (f files) onlySnmpd() (string, error) {
	names, err := f.list(procs)
	if err != nil {
		return "", err
	}
	only := ""
	for _, name := range names {
		dir := path.Join(procs, name)
		if !f.isSnmpd(dir) {
			continue
		}
		if only != "" {
			return "", fmt.Errorf("several processes are called %q", processName)
		}
		only = dir
	}
	if only == "" {
		return "", fmt.Errorf("no process is called %q", processName)
	}
	return only, nil
}

// parseEnvironment reads the environ file of a process (proc_pid_environ(5)).
func parseEnvironment(text string) environment {
	var e environment
	for v := range strings.SplitSeq(text, "\x00") {
		name, value, _ := strings.Cut(v, "=")
		switch name {
		case "SNMPCONFPATH":
			e.confPath = value
		case "HOME":
			e.home = value
		}
	}
	return e
}
