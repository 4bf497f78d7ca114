package main

import (
	"os"
	"runtime"

	"github.com/vmond/vmond/cmd/internal/config"
	"github.com/vmond/vmond/hv"
)

// othersRead is the bit of a file's mode that lets everybody read it.
const othersRead = 0o004

// A concern is what is no mistake, and still leaves more open than need be.
type concern struct {
	text string
	// file is what it is about. It is empty if it is about the process.
	file string
}

// String returns it in one line.
func (c concern) String() string {
	if c.file == "" {
		return c.text
	}
	return c.text + ": " + c.file
}

// asRoot says what a user who is root should know on an operating system.
func asRoot(goos string) string {
	if goos == "freebsd" {
		return "running as root, which vmond needs only for affinities and what vm-bhyve and CBSD keep to root"
	}
	return "running as root, which vmond has no need of"
}

// concerns returns what there is to say about a process of that user and its configuration.
func (l loader) concerns(uid int, c config.Config) []concern {
	var all []concern
	if uid == 0 {
		all = append(all, concern{text: asRoot(runtime.GOOS)})
	}
	if hv.RedactURI(c.Hypervisor.URI) == c.Hypervisor.URI {
		return all
	}
	if f := l.cmd.Flags().Lookup("hypervisor"); f != nil && f.Changed {
		return append(all, concern{text: "a secret in a flag is seen by all who may list processes, put it into the configuration file"})
	}
	file := l.file
	if file == "" {
		file = config.DefaultFile()
	}
	if info, err := os.Stat(file); err == nil && info.Mode().Perm()&othersRead != 0 {
		all = append(all, concern{"a secret is in a file that everybody may read", file})
	}
	return all
}
