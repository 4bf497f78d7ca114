package integration

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/vmond/vmond/test/lab"
	"github.com/vmond/vmond/test/served"
)

// TestMasterIsFollowed proves that vmond answers on a CPU that it has chosen while snmpd is asked and asked, and wherever the kernel
// likes when nobody asks any more.
func TestMasterIsFollowed(t *testing.T) {
	t.Parallel()
	if runtime.NumCPU() == 1 {
		t.Log("nobody is followed on the only CPU")
		return
	}
	s := lab.StartSnmpd(t)
	v := lab.StartVmond(t, "sim:///?vms=200&calm=1h", s.AgentX)
	served.AwaitVMs(t, s, 200)
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		for ctx.Err() == nil {
			if _, err := s.TryBulkWalk(served.MIB); err != nil {
				t.Error(err)
				return
			}
		}
	})
	lab.Eventually(t, settle, "a thread stays on one CPU", func() error {
		if !staysSomewhere(t, v.PID()) {
			return errors.New("none does")
		}
		return nil
	})
	stop()
	wg.Wait()
	lab.Eventually(t, settle, "no thread stays on one CPU", func() error {
		if staysSomewhere(t, v.PID()) {
			return errors.New("one does")
		}
		return nil
	})
}

// staysSomewhere reports whether a thread of the process may run on one CPU only (proc_pid_status(5)).
func staysSomewhere(t *testing.T, pid int) bool {
	t.Helper()
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
	if err != nil || len(threads) == 0 {
		t.Fatalf("no thread of %d: %v", pid, err)
	}
	for _, path := range threads {
		status, err := os.ReadFile(path)
		if errors.Is(err, os.ErrNotExist) {
			continue // it has ended
		}
		_, allowed, _ := strings.Cut(string(status), "Cpus_allowed_list:")
		allowed, _, _ = strings.Cut(allowed, "\n")
		if allowed = strings.TrimSpace(allowed); allowed != "" && !strings.ContainsAny(allowed, ",-") {
			return true
		}
	}
	return false
}
