package snmpdconf

import (
	"path"
	"runtime"
	"strings"
)

// defaults returns the directories where snmpd finds its configuration if nobody says otherwise, as the systems'
// packages have them, as patterns. The one for persistent files is not among them: snmpd writes those anew when it
// starts, without any extend.
func defaults(system string) []string {
	if system == "freebsd" {
		return []string{"/usr/local/etc/snmp", "/usr/local/share/snmp", "/usr/local/lib/snmp"}
	}
	return []string{"/etc/snmp", "/usr/share/snmp", "/usr/lib/snmp", "/usr/lib64/snmp", "/usr/lib/*/snmp"}
}

// places returns the directories of a process. With SNMPCONFPATH only those count that it names.
func (f files) places(e environment) []string {
	if e.confPath != "" {
		return strings.Split(e.confPath, ":")
	}
	var dirs []string
	for _, p := range defaults(runtime.GOOS) {
		dirs = append(dirs, f.glob(p)...)
	}
	if e.home != "" {
		dirs = append(dirs, path.Join(e.home, ".snmp"))
	}
	return dirs
}
