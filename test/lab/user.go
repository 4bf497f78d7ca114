package lab

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// A User is one without any of root's rights.
type User struct {
	Name     string
	UID, GID int
	// Groups are those that the user is a member of besides.
	Groups []int
}

// Command returns a command that the user runs: without capabilities, and without a way to any (setpriv(1)).
func (u User) Command(args ...string) *exec.Cmd {
	groups := "--clear-groups"
	if len(u.Groups) > 0 {
		groups = "--groups=" + strings.Trim(strings.ReplaceAll(fmt.Sprint(u.Groups), " ", ","), "[]")
	}
	return exec.Command("setpriv", append([]string{
		"--reuid=" + strconv.Itoa(u.UID), "--regid=" + strconv.Itoa(u.GID), groups,
		"--inh-caps=-all", "--bounding-set=-all", "--no-new-privs", "--",
	}, args...)...)
}

// Own gives a directory and all that is in it to the user.
func (u User) Own(t testing.TB, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		return errors.Join(err, os.Lchown(path, u.UID, u.GID))
	})
	if err != nil {
		t.Fatal(err)
	}
}

// StartAs starts it as the user, who gets all its files, again after it has ended.
func (v *Vmond) StartAs(t testing.TB, u User) {
	t.Helper()
	u.Own(t, filepath.Dir(v.config))
	v.StartAgainAs(t, u)
}

// StartAgainAs starts it as the user on the files as they are, whoever has them. The umask keeps nobody from anything, as it is
// where nobody thinks of it.
func (v *Vmond) StartAgainAs(t testing.TB, u User) {
	t.Helper()
	v.start(t, u.Command(append([]string{"sh", "-c", `umask 0; exec "$0" "$@"`, openBinary(t)}, v.args...)...))
}

// RunVmond runs a command of vmond, such as "show", as the user, and returns its output. The error has what it complains
// about.
func (u User) RunVmond(t testing.TB, args ...string) (string, error) {
	t.Helper()
	return output(u.Command(append([]string{openBinary(t)}, args...)...))
}

// openBinary returns the path of a copy of the vmond to test that everybody may run. Another process makes it: one that has
// a program open to write and starts others meanwhile leaves it busy (execve(2), ETXTBSY).
func openBinary(t testing.TB) string {
	t.Helper()
	dir := ShortDir(t)
	open := filepath.Join(dir, "vmond")
	if out, err := exec.Command("cp", binary(t), open).CombinedOutput(); err != nil {
		t.Fatalf("cp: %v: %s", err, out)
	}
	if err := errors.Join(os.Chmod(dir, 0o755), os.Chmod(open, 0o755)); err != nil {
		t.Fatal(err)
	}
	return open
}
