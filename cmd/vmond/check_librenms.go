package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"

	"github.com/vmond/vmond/cmd/internal/config"
	"github.com/vmond/vmond/cmd/internal/control"
	"github.com/vmond/vmond/cmd/internal/librenms"
)

// cacheDir is the directory that the unit and FreeBSD's script make for the files of the document.
const cacheDir = "/var/cache/vmond"

// checkDocument writes whether the document is served by AgentX. That is for the running vmond to say: it may have other
// rights than the user who asks. Without one, it writes what that user finds out of snmpd's own extend.
func checkDocument(ctx context.Context, out io.Writer, c config.Config, ask extends) error {
	client := control.NewClient(c.Control.Path)
	defer client.Close()
	if h, err := client.Health(ctx); err == nil {
		return writeDelivery(out, h.LibreNMS)
	}
	if !c.LibreNMS.AgentX {
		return nil
	}
	place, taken, err := ownExtend(c.AgentX.Address, 0, ask)
	switch {
	case err != nil:
		return writeFinding(out, "librenms", "lacks", fmt.Sprintf(
			"it is not known whether snmpd has an extend %q itself, whose place vmond takes then: %v", librenms.Name, err))
	case taken:
		return writeFinding(out, "librenms", "none", takenBy(place)+"; vmond leaves the name to it if it may read that file")
	}
	return nil
}

// writeDelivery writes what the running vmond says of the document.
func writeDelivery(out io.Writer, l control.LibreNMS) error {
	switch {
	case !l.Served:
		return writeFinding(out, "librenms", "none", "the running vmond does not serve the document by AgentX: "+l.Unserved)
	case l.ExtendUnknown != "":
		return writeFinding(out, "librenms", "lacks", fmt.Sprintf(
			"the running vmond serves the document by AgentX, and does not know whether snmpd has an extend %q itself: %s",
			librenms.Name, l.ExtendUnknown))
	}
	return writeFinding(out, "librenms", "found", "the running vmond serves the document by AgentX")
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
