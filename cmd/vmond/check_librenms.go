package main

import (
	"fmt"
	"io"
	"path/filepath"

	"github.com/vmond/vmond/cmd/internal/config"
	"github.com/vmond/vmond/cmd/internal/librenms"
	"github.com/vmond/vmond/cmd/internal/snmpdconf"
)

// cacheDir is the directory that the unit and FreeBSD's script make for the files of the document.
const cacheDir = "/var/cache/vmond"

// checkExtend writes whether snmpd's own extend keeps the document from being served, or that this is not known.
func checkExtend(out io.Writer, c config.LibreNMS, extends func(pid int, name string) (snmpdconf.Place, bool, error)) error {
	if !c.AgentX {
		return nil
	}
	place, taken, err := extends(0, librenms.Name)
	switch {
	case err != nil:
		return writeFinding(out, "librenms", "lacks", fmt.Sprintf(
			"it is not known whether snmpd has an extend %q itself, vmond takes its place: %v", librenms.Name, err))
	case taken:
		return writeFinding(out, "librenms", "none", ownExtend(place)+", which is left alone")
	}
	return nil
}

// tryDocument finds out whether the files of the document can be written.
func tryDocument(base string) (string, error) {
	dir := filepath.Dir(base)
	exists, err := tryDir(dir, cacheDir)
	if err != nil {
		return "", err
	}
	if !exists {
		return "", fmt.Errorf("%s: does not exist", dir)
	}
	return base + ": writable", nil
}
