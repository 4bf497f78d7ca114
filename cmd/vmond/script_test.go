package main

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestScripts runs each documented command, and looks at what it writes and how it exits. The commands that only these
// scripts have are in scriptcmd_test.go.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		Setup:               setup,
		Condition:           condition,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"accepted":   accepted,
			"asnobody":   asNobody,
			"eventually": eventually,
			"exits":      exits,
			"expand":     expand,
			"failed":     failed,
			"master":     startMaster,
			"noticed":    noticed,
			"notified":   notified,
			"registered": registered,
			"signal":     sendSignal,
			"told":       told,
			"untouched":  untouched,
		},
	})
}

// condition tells the scripts about this machine: whether the tests run as root, who alone can become another user, and
// whether it is bare of the directories that a vmond that is installed here would have, and lets not everybody make them.
func condition(name string) (bool, error) {
	switch name {
	case "root":
		return os.Getuid() == 0, nil
	case "bare":
		return closed(stateDir()) && closed(runtimeDir()), nil
	}
	return false, fmt.Errorf("unknown condition %q", name)
}

// closed reports whether there is no such directory, and not everybody can make it.
func closed(dir string) bool {
	above := nearest(dir)
	info, err := os.Stat(above)
	return above != dir && err == nil && info.Mode().Perm()&0o002 == 0
}

// setup gives each script a directory that others may enter, a service manager, the recorded hosts of bhyve, and no configuration
// of this machine.
func setup(env *testscript.Env) error {
	open, err := os.MkdirTemp("", "vmond-open-")
	if err != nil {
		return err
	}
	env.Defer(func() { os.RemoveAll(open) })
	if err := os.Chmod(open, 0o755); err != nil {
		return err
	}
	env.Setenv("OPEN", open)
	hosts, err := filepath.Abs("../../hv/bhyve/testdata/hosts")
	if err != nil {
		return err
	}
	env.Setenv("HOSTS", hosts)
	env.Setenv("ESCAPE", "\x1b[2J")
	tb := env.T().(testing.TB)
	env.Values[keyTB] = tb
	socket := filepath.Join(open, "notify")
	env.Values[keyManager] = newManager(tb, socket)
	env.Setenv("NOTIFY_SOCKET", socket)
	return nil
}
