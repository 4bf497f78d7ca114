package config

import (
	"runtime"
	"strings"
)

// places are where an operating system has the files of a daemon.
type places struct {
	file, state, control string
	// words are what the reference file says otherwise there than on Linux: pairs of old and new, as strings.NewReplacer takes them.
	words []string
}

// placesOn returns those of an operating system, by its name in Go. Those of Linux are the Filesystem Hierarchy Standard's and
// systemd's, those of FreeBSD what hier(7) has for software that is not of the base system.
func placesOn(goos string) places {
	if goos != "freebsd" {
		return places{file: "/etc/vmond/vmond.toml", state: "/var/lib/vmond", control: "/run/vmond/control.sock"}
	}
	return places{
		file: "/usr/local/etc/vmond/vmond.toml", state: "/var/db/vmond", control: "/var/run/vmond/control.sock",
		words: []string{
			`"/var/lib/vmond"`, `"/var/db/vmond"`,
			`"/run/vmond/control.sock"`, `"/var/run/vmond/control.sock"`,
			"systemctl reload vmond", "service vmond reload",
			"/etc/snmp/snmpd.conf.d/vmond.conf", "/usr/local/share/examples/vmond/snmpd.conf",
		},
	}
}

// DefaultFile returns where the configuration is looked for when no flag says otherwise. It need not exist.
func DefaultFile() string { return placesOn(runtime.GOOS).file }

// DefaultControl returns the path of the control socket if nothing says otherwise.
func DefaultControl() string { return placesOn(runtime.GOOS).control }

// Reference returns a configuration file that explains every key. As it stands, it says nothing but the defaults.
func Reference() string { return referenceOn(runtime.GOOS) }

// referenceOn is Reference for an operating system.
func referenceOn(goos string) string {
	return strings.NewReplacer(placesOn(goos).words...).Replace(reference)
}
