package snmpdconf

import (
	"path"
	"runtime"
	"strings"
)

// directories are where snmpd finds its configuration if nobody says otherwise, as patterns, and its own persistent files.
type directories struct{ conf, persistent []string }

// defaults returns the directories as the systems' packages have them.
func defaults(system string) directories {
	if system == "freebsd" {
		return directories{
			conf:       []string{"/usr/local/etc/snmp", "/usr/local/share/snmp", "/usr/local/lib/snmp"},
			persistent: []string{"/var/net-snmp"},
		}
	}
	return directories{
		conf:       []string{"/etc/snmp", "/usr/share/snmp", "/usr/lib/snmp", "/usr/lib64/snmp", "/usr/lib/*/snmp"},
		persistent: []string{"/var/lib/snmp", "/var/lib/net-snmp"},
	}
}

// places returns the directories of a process. With SNMPCONFPATH only those count that it names.
func (f files) places(e environment) directories {
	if e.confPath != "" {
		return directories{conf: strings.Split(e.confPath, ":")}
	}
	patterns := defaults(runtime.GOOS)
	d := directories{persistent: patterns.persistent}
	for _, p := range patterns.conf {
		d.conf = append(d.conf, f.glob(p)...)
	}
	if e.home != "" {
		d.conf = append(d.conf, path.Join(e.home, ".snmp"))
	}
	if e.persistentDir != "" {
		d.persistent = []string{e.persistentDir}
	}
	return d
}
