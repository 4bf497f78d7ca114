package freebsd

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// A scope is what of the host's file systems, volumes and disks is of virtual machines, as far as the questions and answers tell.
type scope struct {
	// text is all that was asked and answered about virtual machines, in which their disks are named.
	text string
	// datasets are those that vm-bhyve is told to have a datastore in, and guests those of virtual machines there.
	datasets, guests []string
	// pools are those of ZFS that have any of these, or a disk.
	pools map[string]bool
}

var (
	// datastoreDataset matches the dataset of a datastore, in rc.conf or system.conf.
	datastoreDataset = regexp.MustCompile(`zfs:([-\w.:/ ]+)`)
	// volumePool matches the pool of a volume.
	volumePool = regexp.MustCompile(volumesDir + `([^/\s]+)/`)
)

// Where disks are, and those of them that are volumes of ZFS.
const (
	disksDir   = "/dev/"
	volumesDir = "/dev/zvol/"
)

// newScope finds what the answers tell.
func newScope(answers map[question]answer) *scope {
	s := &scope{pools: map[string]bool{}}
	var text strings.Builder
	for q, a := range answers {
		kind, about := q.fields()
		if kind == askSysctl && about[0] != "kern.proc.args" || isOfHost(kind, about) {
			continue
		}
		if kind == askRead && (isRC(about[0]) || isSystemConf(about[0])) {
			for _, match := range datastoreDataset.FindAllSubmatch(a.octets, -1) {
				s.datasets = append(s.datasets, strings.TrimSpace(string(match[1])))
			}
		}
		text.WriteString(strings.Join(about, "\n") + "\n" + a.stat.Path + "\n")
		text.Write(a.octets)
		text.WriteString("\n")
	}
	s.text = text.String()
	s.findGuests(answers)
	for _, name := range s.datasets {
		s.pools[poolOf(name)] = true
	}
	for _, match := range volumePool.FindAllStringSubmatch(s.text, -1) {
		s.pools[match[1]] = true
	}
	return s
}

// isOfHost says whether a question is one that a program answers for all of the host.
func isOfHost(kind string, about []string) bool {
	programs := []string{ifconfigProgram, netstatProgram, mountProgram, zfsProgram, sysctlProgram}
	return kind == askRun && slices.Contains(programs, program(about))
}

// findGuests finds the datasets of virtual machines: below that of a datastore, where there is a definition.
func (s *scope) findGuests(answers map[question]answer) {
	defined := map[string][]string{} // the names in each directory
	for q := range answers {
		file, ok := q.path()
		dir := path.Dir(file)
		if name := path.Base(dir); ok && path.Base(file) == name+".conf" {
			defined[path.Dir(dir)] = append(defined[path.Dir(dir)], name)
		}
	}
	for q, a := range answers {
		kind, about := q.fields()
		if kind != askRun || program(about) != mountProgram {
			continue
		}
		for _, m := range ParseMounts(a.octets) {
			if !slices.Contains(s.datasets, m.From) {
				continue
			}
			for _, name := range defined[path.Clean(m.On)] {
				s.guests = append(s.guests, m.From+"/"+name)
			}
		}
	}
}

// redact leaves out of the answers what is of no virtual machine, and the pools of which nothing is.
func (s *scope) redact(answers map[question]answer) {
	for q, a := range answers {
		kind, about := q.fields()
		switch {
		case kind == askSysctl && about[0] == "kern.geom.conftxt":
			a.octets = s.keep(a.octets, s.hasDisk)
		case kind != askRun:
			continue
		case program(about) == mountProgram:
			a.octets = s.keep(a.octets, s.hasMount)
		case program(about) == zfsProgram:
			a.octets = s.keep(a.octets, s.hasVolume)
		case program(about) == sysctlProgram && len(about) > 1:
			pool, _ := strings.CutPrefix(about[1], "kstat.zfs.")
			if pool = strings.TrimSuffix(pool, ".dataset"); !s.pools[pool] {
				delete(answers, q)
				continue
			}
			a.octets = s.keepObjsets(a.octets)
		default:
			continue
		}
		answers[q] = a
	}
}

// keep keeps the lines that are wanted.
func (s *scope) keep(octets []byte, wanted func(line string) bool) []byte {
	var kept strings.Builder
	for line := range strings.Lines(string(octets)) {
		if wanted(strings.TrimRight(line, "\r\n\x00")) {
			kept.WriteString(line)
		}
	}
	return []byte(kept.String())
}

// hasMount says whether a line of mount(8) is about the dataset of a datastore.
func (s *scope) hasMount(line string) bool {
	m, ok := parseMount(line)
	return ok && slices.Contains(s.datasets, m.From)
}

// hasVolume says whether a line of zfs(8) is about a volume or dataset of a virtual machine, or a snapshot of one.
func (s *scope) hasVolume(line string) bool {
	name, _, _ := strings.Cut(line, "\t")
	dataset, _, _ := strings.Cut(name, "@")
	return s.hasDataset(dataset)
}

// hasDataset says whether a dataset or volume is of a virtual machine.
func (s *scope) hasDataset(name string) bool {
	within := func(guest string) bool { return name == guest || strings.HasPrefix(name, guest+"/") }
	return name != "" && (slices.ContainsFunc(s.guests, within) || s.names(volumesDir+name))
}

// hasDisk says whether a line of kern.geom.conftxt is about a disk of a virtual machine.
func (s *scope) hasDisk(line string) bool {
	words := strings.Fields(line)
	return len(words) > geomName && s.names(disksDir+words[geomName])
}

// keepObjsets keeps of what ZFS counts the figures that are read, of datasets and volumes of virtual machines.
func (s *scope) keepObjsets(octets []byte) []byte {
	wanted := map[string]bool{}
	for line := range strings.Lines(string(octets)) {
		if key, name, value, ok := parseObjset(strings.TrimRight(line, "\r\n")); ok && name == objsetName && s.hasDataset(value) {
			wanted[key] = true
		}
	}
	return s.keep(octets, func(line string) bool {
		key, name, value, ok := parseObjset(line)
		var o objset
		o.learn(name, value)
		return ok && wanted[key] && o != objset{}
	})
}

// names says whether the file is named in what was asked and answered, and not only as the beginning of another name.
func (s *scope) names(file string) bool {
	const inNames = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./"
	text := s.text
	for {
		_, after, ok := strings.Cut(text, file)
		if !ok {
			return false
		}
		if after == "" || !strings.Contains(inNames, after[:1]) {
			return true
		}
		text = after
	}
}

// poolOf returns the pool that a dataset is in.
func poolOf(dataset string) string {
	pool, _, _ := strings.Cut(dataset, "/")
	return pool
}
