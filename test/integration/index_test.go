package integration

import (
	"fmt"
	"maps"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/test/lab"
	"github.com/vmond/vmond/test/served"
)

// numbered is how many virtual machines the test of the indices has.
const numbered = 20

// numbering is which index everything has: a virtual machine by its UUID, a device by its owner's and its own resource or
// address.
type numbering map[string]string

// numberingOf returns the indices as they are served.
func numberingOf(t *testing.T, s *lab.Snmpd) numbering {
	t.Helper()
	walk := s.BulkWalk(t, served.MIB)
	n := numbering{}
	owner := map[string]string{}
	for uuid, index := range served.ColumnOf(walk, served.UUID).Indices() {
		owner[index] = fmt.Sprintf("%x", uuid)
		n[owner[index]] = index
	}
	for index, resource := range served.ColumnOf(walk, served.StorageResourceID).Texts() {
		n[owner[vmOf(index)]+" "+resource] = "disk " + index
	}
	for index, mac := range served.ColumnOf(walk, served.NetworkPhysAddress).Texts() {
		n[owner[vmOf(index)]+fmt.Sprintf(" %x", mac)] = "nic " + index
	}
	return n
}

// TestStableIndices proves that the numbers that managers know virtual machines and their devices by stay the same through
// the death of vmond, restarts of snmpd, and the coming and going of others.
func TestStableIndices(t *testing.T) {
	t.Parallel()
	l := lab.StartTestLibvirtd(t)
	l.DefineTestDomains(t, 1, numbered)
	s := lab.StartSnmpd(t)
	v := lab.StartVmond(t, l.URI(), s.AgentX)
	served.AwaitVMs(t, s, numbered+own)
	want := numberingOf(t, s)
	if vms := 3; len(want) < vms*numbered {
		t.Fatalf("%d indices of %d virtual machines and their devices", len(want), numbered)
	}

	steps := []struct {
		name string
		do   func()
		vms  int
		// gone are the numbers of those that are away.
		gone []int
	}{
		{name: "vmond is killed", vms: numbered + own, do: func() {
			v.Kill()
			v.Start(t)
		}},
		{name: "snmpd is restarted", vms: numbered + own, do: func() { s.Restart(t, syscall.SIGTERM) }},
		{name: "snmpd is killed", vms: numbered + own, do: func() { s.Restart(t, syscall.SIGKILL) }},
		{name: "some are undefined", vms: numbered + own - 3, gone: []int{2, 3, 11}, do: func() {
			for _, n := range []int{2, 3, 11} {
				l.Virsh(t, "undefine", lab.TestDomainName(n))
			}
		}},
		{name: "vmond is killed while they are away", vms: numbered + own - 3, gone: []int{2, 3, 11}, do: func() {
			v.Kill()
			v.Start(t)
		}},
		{name: "others are defined", vms: numbered + own - 3 + 5, gone: []int{2, 3, 11}, do: func() {
			l.DefineTestDomains(t, numbered+1, 5)
		}},
		{name: "one is started, renamed and killed", vms: numbered + own - 3 + 5, gone: []int{2, 3, 11}, do: func() {
			name := lab.TestDomainName(7)
			l.Virsh(t, "domrename", name, "renamed")
			l.Virsh(t, "start", "renamed")
			l.Virsh(t, "destroy", "renamed")
		}},
		{name: "those that were away are defined again", vms: numbered + own + 5, do: func() {
			for _, n := range []int{2, 3, 11} {
				l.DefineTestDomains(t, n, 1)
			}
		}},
		{name: "vmond is killed in the middle of it", vms: numbered + own + 10, do: func() {
			l.DefineTestDomains(t, numbered+6, 5)
			v.Kill()
			v.Start(t)
		}},
	}
	for _, step := range steps {
		step.do()
		served.AwaitVMs(t, s, step.vms)
		left := maps.Clone(want)
		for _, n := range step.gone {
			prefix := fmt.Sprintf("00000000000040008000%012x", n)
			maps.DeleteFunc(left, func(key, _ string) bool { return strings.HasPrefix(key, prefix) })
		}
		got := numberingOf(t, s)
		known := maps.Clone(got)
		maps.DeleteFunc(known, func(key, _ string) bool { return left[key] == "" })
		if diff := cmp.Diff(left, known); diff != "" {
			t.Errorf("unexpected indices after %s (-before +after):\n%s", step.name, diff)
		}
		// Those that were numbered in between keep their number too.
		maps.Copy(want, got)
		owner := map[string]string{}
		for key, index := range got {
			if other, ok := owner[index]; ok {
				t.Errorf("after %s, %q and %q both have the index %s", step.name, other, key, index)
			}
			owner[index] = key
		}
	}
}
