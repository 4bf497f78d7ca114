//go:build linux

package faults

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
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

// TestLeastPrivilege proves that vmond needs nothing of root's, against real guests.
func TestLeastPrivilege(t *testing.T) {
	g := lab.StartGuests(t)
	for _, u := range []lab.User{vmondUser, friend, stranger} {
		u.Add(t)
	}
	onlyRoot(t, g.Socket)
	snmpd := lab.StartSnmpd(t)
	root := lab.StartVmond(t, g.URI(), snmpd.AgentX)
	awaitStatistics(t, root)
	t.Run("user", func(t *testing.T) { checkUser(t, root, snmpd) })
	t.Run("unit", func(t *testing.T) { checkUnit(t, root, snmpd) })
	if !root.Log().Has(" warn running as root") {
		t.Error("as root it does not warn of that")
	}
}

// checkUser proves that vmond, as a user who may use libvirt's read-only socket and the master's socket, serves what it
// serves as root, who uses libvirt's other socket. And nobody else has its files.
func checkUser(t *testing.T, root *lab.Vmond, theirs *lab.Snmpd) {
	mine := lab.StartSnmpd(t, forMasterGroup)
	admit(t, mine)
	user := lab.StartVmond(t, "qemu:///system", mine.AgentX)
	stop(t, user)
	// With the same state they give the same indices.
	copyState(t, root, filepath.Join(filepath.Dir(user.Control), "state"))
	user.StartAs(t, vmondUser)

	lab.Eventually(t, settle, "both serve the same", func() error { return sameWalks(t, theirs, mine) })
	t.Run("rights", func(t *testing.T) {
		checkStatus(t, user.PID(), map[string]string{
			"Uid": "4711 4711 4711 4711", "Gid": "4712 4712 4712 4712", "Groups": "4713", "Umask": "0022",
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
		checkDoor(t, user.Control, map[string]lab.User{"its owner": vmondUser, "its group": friend}, map[string]lab.User{"anybody else": stranger})
	})
	t.Run("log", func(t *testing.T) { checkComplaints(t, user.Log()) })
}

// refusals are the words of the kernel and of libvirt for what one may not do.
var refusals = regexp.MustCompile(`(?i)permission|permitted|denied|forbidden|read.only|protocol not supported`)

// checkComplaints makes sure that a log has nothing about what vmond may not do: it may do all that it needs.
func checkComplaints(t *testing.T, log *lab.Log) {
	t.Helper()
	for line := range strings.Lines(log.String()) {
		if refusals.MatchString(line) {
			t.Errorf("unexpected line: %s", line)
		}
	}
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

// admit lets all pass to the master's socket, which lies in a directory of the test, and the group of the master read its
// snmpd.conf, as on Debian.
func admit(t *testing.T, s *lab.Snmpd) {
	t.Helper()
	if err := os.Chmod(filepath.Dir(strings.TrimPrefix(s.AgentX, "unix:")), 0o755); err != nil {
		t.Fatal(err)
	}
	regrant(t, s.Conf(), 0o640, masterGroup)
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

// copyState makes a state directory with the state of a vmond, which is stopped meanwhile.
func copyState(t *testing.T, of *lab.Vmond, dir string) {
	t.Helper()
	stop(t, of)
	text, err := os.ReadFile(filepath.Join(filepath.Dir(of.Control), "state", stateFile))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.MkdirAll(dir, 0o750), os.WriteFile(filepath.Join(dir, stateFile), text, 0o600)); err != nil {
		t.Fatal(err)
	}
	of.Start(t)
}

// stateFile is the file in the state directory.
const stateFile = "vmond.db"
