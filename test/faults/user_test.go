//go:build linux

package faults

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vmond/vmond/test/lab"
)

// masterGroup is the group that snmpd opens its AgentX socket to.
const masterGroup = 4713

// forMasterGroup is how snmpd.conf says that.
var forMasterGroup = fmt.Sprintf("agentXPerms 0660 0755 0 %d", masterGroup)

// The users of these tests. The lab's libvirtd and QEMU run as root.
var (
	// vmondUser is who runs vmond.
	vmondUser = lab.User{Name: "labvmond", UID: 4711, GID: 4712, Groups: []int{masterGroup}}
	// friend is a member of vmond's group, and stranger of none.
	friend   = lab.User{Name: "labfriend", UID: 4720, GID: 4720, Groups: []int{4712}}
	stranger = lab.User{Name: "labstranger", UID: 4730, GID: 4730, Groups: []int{masterGroup}}
)

// TestUnprivileged proves that vmond needs nothing of root's: as a user who may use libvirt's read-only socket and the
// master's socket it serves what it serves as root, who uses libvirt's other socket. And nobody else has its files.
func TestUnprivileged(t *testing.T) {
	g := lab.StartGuests(t)
	for _, u := range []lab.User{vmondUser, friend, stranger} {
		u.Add(t)
	}
	onlyRoot(t, g.Socket)
	theirs := lab.StartSnmpd(t)
	root := lab.StartVmond(t, g.URI(), theirs.AgentX)
	awaitStatistics(t, root)

	mine := lab.StartSnmpd(t, forMasterGroup)
	admit(t, mine)
	user := lab.StartVmond(t, "qemu:///system", mine.AgentX)
	stop(t, root)
	stop(t, user)
	// With the same state they give the same indices.
	copyState(t, root, user)
	root.Start(t)
	user.StartAs(t, vmondUser)

	lab.Eventually(t, settle, "both serve the same", func() error { return sameWalks(t, theirs, mine) })
	t.Run("rights", func(t *testing.T) {
		checkStatus(t, user.PID(), map[string]string{
			"Uid": "4711 4711 4711 4711", "Gid": "4712 4712 4712 4712", "Groups": "4713",
			"CapInh": noCaps, "CapPrm": noCaps, "CapEff": noCaps, "CapBnd": noCaps, "CapAmb": noCaps, "NoNewPrivs": "1",
		})
	})
	t.Run("files", func(t *testing.T) {
		dir := filepath.Dir(user.Control)
		checkModes(t, vmondUser, map[string]fs.FileMode{
			filepath.Join(dir, "state"):             fs.ModeDir | 0o750,
			filepath.Join(dir, "state", "vmond.db"): 0o600,
			user.Control:                            fs.ModeSocket | 0o660,
		})
	})
	t.Run("control socket", func(t *testing.T) {
		if err := os.Chmod(filepath.Dir(user.Control), 0o755); err != nil {
			t.Fatal(err)
		}
		checkDoor(t, user, map[string]lab.User{"its owner": vmondUser, "its group": friend}, map[string]lab.User{"anybody else": stranger})
	})
	t.Run("log", func(t *testing.T) {
		// It says what it cannot do. There is nothing.
		for line := range strings.Lines(user.Log().String()) {
			if strings.Contains(line, " warn ") || strings.Contains(line, " error ") {
				t.Errorf("unexpected line: %s", line)
			}
		}
		if !root.Log().Has(" warn running as root") {
			t.Error("as root it does not warn of that")
		}
	})
}

// noCaps is an empty set of capabilities, as /proc/PID/status has it (proc(5)).
const noCaps = "0000000000000000"

// onlyRoot makes sure that libvirt's socket for writing is closed to all but root, and that the one for reading is not.
func onlyRoot(t *testing.T, socket string) {
	t.Helper()
	checkModes(t, lab.User{}, map[string]fs.FileMode{socket: fs.ModeSocket | 0o700, socket + "-ro": fs.ModeSocket | 0o777})
	if out, err := stranger.Command("virsh", "-q", "-c", "qemu+unix:///system?socket="+socket, "list").CombinedOutput(); err == nil {
		t.Fatalf("anybody may write to libvirt: %s", out)
	}
}

// admit lets all pass to the master's socket, which lies in a directory of the test.
func admit(t *testing.T, s *lab.Snmpd) {
	t.Helper()
	if err := os.Chmod(filepath.Dir(strings.TrimPrefix(s.AgentX, "unix:")), 0o755); err != nil {
		t.Fatal(err)
	}
}

// awaitStatistics waits until the statistics of all have been read.
func awaitStatistics(t *testing.T, v *lab.Vmond) {
	t.Helper()
	lab.Eventually(t, settle, "vmond has read the statistics", func() error {
		h, err := v.TryHealth()
		if err != nil {
			return err
		}
		if r := h.Hypervisor.Readings["statistics"]; r.Age == nil {
			return fmt.Errorf("it has not: %s", r.LastError)
		}
		return nil
	})
}

// stop ends vmond in good order.
func stop(t *testing.T, v *lab.Vmond) {
	t.Helper()
	if err := v.Stop(); err != nil {
		t.Fatal(err)
	}
}

// copyState gives one vmond the state of another. Neither runs.
func copyState(t *testing.T, from, to *lab.Vmond) {
	t.Helper()
	const file = "state/vmond.db"
	text, err := os.ReadFile(filepath.Join(filepath.Dir(from.Control), file))
	if err != nil {
		t.Fatal(err)
	}
	own := filepath.Join(filepath.Dir(to.Control), file)
	if err := errors.Join(os.MkdirAll(filepath.Dir(own), 0o750), os.WriteFile(own, text, 0o600)); err != nil {
		t.Fatal(err)
	}
}
