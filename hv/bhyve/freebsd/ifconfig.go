package freebsd

import (
	"strconv"
	"strings"
)

// noParent is what ifconfig(8) says of a VLAN that is on no interface yet.
const noParent = "<none>"

// ParseInterfaces parses what `ifconfig -a` prints (ifconfig(8)): a line that begins with the name of each interface, and lines
// about it after a tab. The lines differ from release to release: what is known is taken, and the rest passed over.
func ParseInterfaces(text []byte) []Interface {
	var interfaces []Interface
	for line := range strings.Lines(string(text)) {
		line = strings.TrimRight(line, "\r\n")
		if fact, ok := strings.CutPrefix(line, "\t"); ok && len(interfaces) > 0 {
			interfaces[len(interfaces)-1].learn(fact)
			continue
		}
		if name, _, ok := strings.Cut(line, ": flags="); ok && name != "" && line[0] != ' ' && line[0] != '\t' {
			interfaces = append(interfaces, Interface{Name: name})
		}
	}
	return interfaces
}

// learn takes one line about the interface, which no longer begins with its tab.
func (i *Interface) learn(fact string) {
	if pid, ok := strings.CutPrefix(fact, "Opened by PID "); ok {
		if n, err := strconv.ParseInt(strings.TrimSpace(pid), 10, 32); err == nil && n > 0 {
			i.Opener = int(n)
		}
		return
	}
	key, value, _ := strings.Cut(fact, ": ")
	switch key {
	case "description":
		i.Description = value
	case "groups":
		i.Groups = append(i.Groups, strings.Fields(value)...)
	case "member", "laggport":
		name, _, _ := strings.Cut(value, " flags=")
		if name = strings.TrimSpace(name); name != "" {
			i.Members = append(i.Members, name)
		}
	case "vlan":
		_, name, _ := strings.Cut(value, " parent interface: ")
		if name = strings.TrimSpace(name); name != noParent {
			i.Parent = name
		}
	}
}
