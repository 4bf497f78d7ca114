//go:build linux

package faults

import (
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/test/lab"
)

const (
	// dist is what is shipped beside the program.
	dist = "../../cmd/vmond/dist"
	unit = "vmond.service"
	// operatorsGroup is the group of control.group.
	operatorsGroup = 4740
)

// unitConfig has vmond find its hypervisor itself, and lets the operators use its control socket.
const unitConfig = `agentx.address = %q
control.group = "operators"
log.level = "debug"
[hypervisor]
states = "1s"
statistics = "1s"
definitions = "10s"
`

// unitDropIn is what an administrator adds to the unit for this: systemd lets vmond into the groups that it shall give the
// socket to, and use.
const unitDropIn = "[Service]\nSupplementaryGroups=operators masters\n"

// unitGroups are the groups of the drop-in, for systemd-sysusers.
var unitGroups = fmt.Sprintf("g operators %d\ng masters %d\n", operatorsGroup, masterGroup)

// checkUnit proves that under its unit, which a real systemd confines it by, vmond still serves what it serves as root.
func checkUnit(t *testing.T, root *lab.Vmond, theirs *lab.Snmpd) {
	mine := lab.StartSnmpd(t, forMasterGroup)
	admit(t, mine)
	s := lab.NewSystemd(t)
	s.InstallVmond(t, dist, fmt.Sprintf(unitConfig, mine.AgentX))
	s.Install(t, "/etc/sysusers.d/groups.conf", unitGroups, 0o644)
	s.Install(t, lab.UnitDir+"/"+unit+".d/groups.conf", unitDropIn, 0o644)
	s.Start(t)
	user := unitUser(t, s)
	user.Add(t) // for libvirtd, which has no part in these files
	// The state directory is there, of root: systemd gives it to vmond.
	copyState(t, root, "/var/lib/vmond")
	systemctl(t, s, "start", unit)

	lab.Eventually(t, settle, "both serve the same", func() error { return sameWalks(t, theirs, mine) })
	t.Run("rights", func(t *testing.T) {
		id := strings.TrimSpace(strings.Repeat(strconv.Itoa(user.UID)+" ", 4))
		checkStatus(t, s.MainPID(t, unit), map[string]string{
			"Uid": id, "Umask": "0077", "NoNewPrivs": "1", "Seccomp": "2",
			"CapInh": noCaps, "CapPrm": noCaps, "CapEff": noCaps, "CapBnd": noCaps, "CapAmb": noCaps,
		})
		checkNoCore(t, s.MainPID(t, unit))
	})
	t.Run("files", func(t *testing.T) {
		checkModes(t, user, map[string]fs.FileMode{
			"/var/lib/vmond":              fs.ModeDir | 0o750,
			"/var/lib/vmond/" + stateFile: 0o600,
			"/run/vmond":                  fs.ModeDir | 0o755,
		})
		checkModes(t, lab.User{UID: user.UID, GID: operatorsGroup}, map[string]fs.FileMode{unitControl: fs.ModeSocket | 0o660})
	})
	t.Run("control socket", func(t *testing.T) {
		operator := lab.User{UID: 4741, GID: 4741, Groups: []int{operatorsGroup}}
		ownGroup := lab.User{UID: 4742, GID: user.GID}
		checkDoor(t, unitControl, map[string]lab.User{"its owner": user, "an operator": operator},
			map[string]lab.User{"its own group": ownGroup, "anybody else": stranger})
	})
	t.Run("file systems", func(t *testing.T) {
		checkMounts(t, s.MainPID(t, unit), map[string]string{
			"/": "ro", "/etc": "ro", "/usr/bin": "ro", "/home": "ro", "/var/lib/vmond": "rw", "/run/vmond": "rw",
		})
	})
	t.Run("reload", func(t *testing.T) { systemctl(t, s, "reload", unit) })
	t.Run("log", func(t *testing.T) { checkComplaints(t, s.VmondLog()) })
	systemctl(t, s, "stop", unit)
	if got := s.Show(t, unit, "Result"); got != "success" {
		t.Errorf("unexpected end: %s", got)
	}
	if _, err := os.Stat(unitControl); err == nil {
		t.Errorf("%s is left", unitControl)
	}
	t.Run("too tight", func(t *testing.T) {
		// All this proves something only if systemd does confine here.
		s.Install(t, lab.UnitDir+"/"+unit+".d/tight.conf", "[Service]\nRestrictAddressFamilies=none\nRestart=no\n", 0o644)
		systemctl(t, s, "daemon-reload")
		if _, err := s.Run("systemctl", "start", unit); err == nil {
			t.Error("vmond starts without any socket")
		}
	})
}

// checkMounts compares whether a process may write where it sees these mount points, by mountinfo (proc(5)).
func checkMounts(t *testing.T, pid int, want map[string]string) {
	t.Helper()
	const place, options = 4, 5
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/mountinfo", pid))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if _, ok := want[fields[place]]; !ok {
			continue
		}
		got[fields[place]], _, _ = strings.Cut(fields[options], ",") // the last one is on top
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("unexpected mounts (-want +got):\n%s", diff)
	}
}

// unitControl is the path of the control socket by default.
const unitControl = "/run/vmond/control.sock"

// systemctl runs systemctl, which must succeed.
func systemctl(t *testing.T, s *lab.Systemd, args ...string) {
	t.Helper()
	if _, err := s.Run(append([]string{"systemctl"}, args...)...); err != nil {
		status, _ := s.Run("systemctl", "--no-pager", "status", unit) // its exit status is that of the unit
		t.Fatalf("%v\n%s", err, status)
	}
}

// unitUser returns the user whom systemd-sysusers has made for vmond.
func unitUser(t *testing.T, s *lab.Systemd) lab.User {
	t.Helper()
	u := lab.User{Name: "vmond"}
	for option, n := range map[string]*int{"-u": &u.UID, "-g": &u.GID} {
		out, err := s.Run("id", option, u.Name)
		if err != nil {
			t.Fatal(err)
		}
		if *n, err = strconv.Atoi(strings.TrimSpace(out)); err != nil {
			t.Fatal(err)
		}
	}
	return u
}

// checkNoCore makes sure that a process leaves no core, which would have in it all that it knew.
func checkNoCore(t *testing.T, pid int) {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/limits", pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "Max core file size"); ok {
			if fields := strings.Fields(rest); fields[0] != "0" || fields[1] != "0" {
				t.Errorf("unexpected limit: %s", line)
			}
			return
		}
	}
	t.Error("there is no limit")
}
