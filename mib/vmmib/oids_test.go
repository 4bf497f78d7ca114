package vmmib

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/mib"
)

// published has the facts of the published VM-MIB, one a line.
const published = "../../mibs/testdata/VM-MIB.golden"

func TestNotificationsAreThePublishedOnes(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(published)
	if err != nil {
		t.Fatal(err)
	}
	facts := string(data)
	oids := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^object (\S+) (\S+):`).FindAllStringSubmatch(facts, -1) {
		oids[m[1]] = m[2]
	}
	type notification struct {
		Name, ID string
		Objects  []string
	}
	var want, got []notification
	for _, m := range regexp.MustCompile(`(?m)^notification (\S+) (\S+) current: (.*)$`).FindAllStringSubmatch(facts, -1) {
		n := notification{Name: m[1], ID: m[2]}
		for o := range strings.FieldsSeq(m[3]) {
			n.Objects = append(n.Objects, oids[o])
		}
		want = append(want, n)
	}
	for _, n := range notifications {
		g := notification{Name: n.name, ID: n.id.String()}
		for _, o := range n.objects {
			g.Objects = append(g.Objects, o.String())
		}
		got = append(got, g)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("unexpected notifications (-want +got):\n%s", diff)
	}
}

// The rest of the names: what is generated is below the root, and in the order of the tree.
func TestGeneratedNamesAreInOrder(t *testing.T) {
	t.Parallel()
	groups := map[string][]mib.OID{
		"scalars": {
			oidVMHvSoftware, oidVMHvVersion, oidVMHvObjectID, oidVMHvUpTime, oidVMNumber, oidVMTableLastChange,
			oidVMPerVMNotificationsEnabled, oidVMBulkNotificationsEnabled, oidVMAffectedVMs,
		},
		"rows": {oidVMEntry, oidVMCpuEntry, oidVMCpuAffinityEntry, oidVMStorageEntry, oidVMNetworkEntry},
	}
	for name, oids := range groups {
		for i, o := range oids {
			if !o.HasPrefix(rootOID) {
				t.Errorf("unexpected %s %s: not below %s", name, o, rootOID)
			}
			if i > 0 && oids[i-1].Compare(o) >= 0 {
				t.Errorf("unexpected %s %s after %s", name, o, oids[i-1])
			}
		}
	}
}
