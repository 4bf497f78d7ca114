package integration

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/test/lab"
)

// udpMessage is the largest message that UDP has room for (RFC 768, over IPv4).
const udpMessage = 65507

// versions are those of SNMP that each notification is received by: as a trap and as an inform.
var versions = []string{"v2c", "v3"}

// startManager starts a manager, and an snmpd that tells it everything twice: by traps of SNMPv2c and informs of SNMPv3.
func startManager(t *testing.T) (*lab.Snmpd, *lab.Snmptrapd) {
	t.Helper()
	trapd := lab.StartSnmptrapd(t)
	return lab.StartSnmpd(t, trapd.Traps(), trapd.InformsV3()), trapd
}

// awaitTold waits until what the manager is told satisfies all conditions, by each version of SNMP.
func awaitTold(t *testing.T, trapd *lab.Snmptrapd, what string, conds ...func([]told) error) {
	t.Helper()
	lab.Eventually(t, settle, what, func() error {
		for _, version := range versions {
			all := tellAll(t, of(trapd.Received(t), version))
			for _, cond := range conds {
				if err := cond(all); err != nil {
					return fmt.Errorf("by %s: %w", version, err)
				}
			}
		}
		return nil
	})
}

// count returns nil once at least n notifications are of that kind.
func count(kind string, n int) func([]told) error {
	return func(all []told) error {
		found := 0
		for _, one := range all {
			if one.Kind == kind {
				found++
			}
		}
		if found < n {
			return fmt.Errorf("%d of %d %s", found, n, kind)
		}
		return nil
	}
}

// bulkOf returns the bulk notifications among all.
func bulkOf(all []told) []string {
	var out []string
	for _, n := range all {
		if n.Affected != "" {
			out = append(out, n.String())
		}
	}
	return out
}

// differs returns how what is told of each virtual machine differs from want, or nil.
func differs(want, got map[string][]string) error {
	if diff := cmp.Diff(want, got); diff != "" {
		return fmt.Errorf("unexpected notifications (-want +got):\n%s", diff)
	}
	return nil
}
