//go:build linux

package faults

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vmond/vmond/test/lab"
)

// outsider is who runs vmond here, and belongs to no group but its own.
var outsider = lab.User{UID: 4740, GID: 4741}

// What vmond says is to be done where a socket is closed to its group, and where it is open to that.
const (
	advised = "set agentXPerms 0660 0755 USER GROUP in snmpd.conf"
	renewed = "and restart snmpd"
	join    = "add the user of this process to it, and restart this process"
)

// TestMasterIsClosed proves that vmond says once what keeps it from a master's socket, and how to mend that, and that it
// serves within 2 s of its being mended, without being started anew.
func TestMasterIsClosed(t *testing.T) {
	t.Parallel()
	open := fmt.Sprintf("agentXPerms 0660 0755 0 %d", outsider.GID)
	chgrp := func(t *testing.T, s *lab.Snmpd) { regrant(t, socketOf(s), 0o660, outsider.GID) }
	tests := []struct {
		name  string
		perms string
		close func(t *testing.T, s *lab.Snmpd)
		// told are parts of what vmond says. %s is the directory of the socket.
		told []string
		mend func(t *testing.T, s *lab.Snmpd)
	}{
		{
			name: "directory", perms: "agentXPerms 0666 0700",
			close: func(t *testing.T, s *lab.Snmpd) { regrant(t, filepath.Dir(socketOf(s)), 0o700, 0) },
			told:  []string{`\"%s\" belongs to group \"root\" and is closed to it (mode 0700)`, advised, renewed},
			mend:  func(t *testing.T, s *lab.Snmpd) { regrant(t, filepath.Dir(socketOf(s)), 0o755, 0) },
		},
		{
			name: "socket", perms: "agentXPerms 0600 0755",
			told: []string{`\"%s/master\" belongs to group \"root\" and is closed to it (mode 0600)`, advised, renewed},
			mend: chgrp,
		},
		{
			name: "group", perms: "agentXPerms 0660 0755",
			told: []string{`\"%s/master\" is open to group \"root\" (mode 0660)`, join},
			mend: chgrp,
		},
		{
			name: "as advised", perms: "agentXPerms 0600 0755",
			told: []string{`\"%s/master\" belongs to group \"root\" and is closed to it (mode 0600)`, advised, renewed},
			mend: func(t *testing.T, s *lab.Snmpd) {
				s.Configure(t, lab.ReadPublic, open)
				s.Restart(t, syscall.SIGTERM)
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newSnmpd(t, tt.perms)
			regrant(t, s.Conf(), 0o640, outsider.GID) // it is the socket that is closed
			s.Again(t)
			if tt.close != nil {
				tt.close(t, s)
			}
			v := lab.StartVmond(t, calm(few), s.AgentX)
			if err := v.Stop(); err != nil {
				t.Fatal(err)
			}
			left := time.Now()
			v.StartAs(t, outsider)
			h := checkAlone(t, v, few, left)
			const denied = "permission denied"
			checkSaid(t, v, denied, 1)
			for _, part := range tt.told {
				part = strings.ReplaceAll(part, "%s", filepath.Dir(socketOf(s)))
				checkSaid(t, v, part, 1)
				if part = strings.ReplaceAll(part, `\`, ""); !strings.Contains(h.Master.Error, part) {
					t.Errorf("health says of the master %q, want %q in it", h.Master.Error, part)
				}
			}

			tt.mend(t, s)
			t.Logf("served %v after it was mended", awaitServed(t, hastyClient(t, s)))
			walkAll(t, s, few)
			checkSaid(t, v, denied, 1)
			checkSaid(t, v, "registered with the master", 1)
		})
	}
}

// regrant changes the mode of a file, and whose group's it is.
func regrant(t *testing.T, path string, mode fs.FileMode, gid int) {
	t.Helper()
	if err := os.Chown(path, 0, gid); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}
