// Package mibs holds the MIB modules that vmond serves, as files for the tools of an SNMP manager and as an embedded
// file system for mibgen and the tests.
package mibs

import (
	"embed"
	"io/fs"
)

//go:embed *.txt stubs/*.txt
var files embed.FS

// FS returns the modules, each in a file of its name with the extension ".txt". The modules themselves are in ".", and
// what they import in "stubs".
func FS() fs.FS { return files }
