package served

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/vmond/vmond/mib"
	"github.com/vmond/vmond/test/lab"
)

// settle is how long anything may take until it is served on a busy machine. Nothing waits longer than it needs.
const settle = 60 * time.Second

// AwaitVMs waits until the snmpd serves n virtual machines, all of them described.
func AwaitVMs(t testing.TB, s *lab.Snmpd, n int) {
	t.Helper()
	lab.Eventually(t, settle, fmt.Sprintf("%d virtual machines are served", n), func() error {
		if err := VMs(t, s, n); err != nil {
			return err
		}
		if c := ColumnOf(s.BulkWalk(t, CurCPUNumber), CurCPUNumber); len(c) != n {
			return fmt.Errorf("%d of %d are described", len(c), n)
		}
		return nil
	})
}

// VMs returns nil if the snmpd serves n virtual machines.
func VMs(t testing.TB, s *lab.Snmpd, n int) error {
	t.Helper()
	v := s.Get(t, Number)[0].Value
	if v.Type() != mib.TypeInteger {
		return errors.New("vmNumber is " + v.String())
	}
	if int(v.Int()) != n {
		return fmt.Errorf("vmNumber is %d", v.Int())
	}
	return nil
}
