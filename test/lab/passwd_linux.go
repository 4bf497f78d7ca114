package lab

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// Add gives the user and its own group a name, in the namespaces of [Isolated]: libvirtd speaks with nobody whose name it
// cannot find.
func (u User) Add(t testing.TB) {
	t.Helper()
	NeedIsolation(t)
	addEntry(t, "/etc/passwd", u.Name, fmt.Sprintf(":x:%d:%d::/nonexistent:/usr/sbin/nologin", u.UID, u.GID))
	addEntry(t, "/etc/group", u.Name, fmt.Sprintf(":x:%d:", u.GID))
}

// addEntry adds a user or a group where there is none of that name, for us alone. libvirtd insists on those that it was
// built with, even if it is told to use others, and only a package that we do not need makes them.
func addEntry(t testing.TB, path, name, rest string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, name+":") {
			return
		}
	}
	own := filepath.Join("/run", filepath.Base(path))
	if err := os.WriteFile(own, append(text, name+rest+"\n"...), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount(own, path, "", unix.MS_BIND, ""); err != nil {
		t.Fatal(err)
	}
}
