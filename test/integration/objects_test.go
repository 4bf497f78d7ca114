package integration

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/vmond/vmond/mib"
	"github.com/vmond/vmond/test/lab"
)

// The objects of VM-MIB that the tests read, as RFC 7666 numbers them.
var (
	vmMIB                       = mib.MustOID("1.3.6.1.2.1.236")
	vmHvSoftware                = mib.MustOID("1.3.6.1.2.1.236.1.1.1.0")
	vmNumber                    = mib.MustOID("1.3.6.1.2.1.236.1.2.0")
	vmName                      = mib.MustOID("1.3.6.1.2.1.236.1.4.1.2")
	vmUUID                      = mib.MustOID("1.3.6.1.2.1.236.1.4.1.3")
	vmOperState                 = mib.MustOID("1.3.6.1.2.1.236.1.4.1.6")
	vmCurCpuNumber              = mib.MustOID("1.3.6.1.2.1.236.1.4.1.9")
	vmStorageResourceID         = mib.MustOID("1.3.6.1.2.1.236.1.7.1.6")
	vmStorageMediaType          = mib.MustOID("1.3.6.1.2.1.236.1.7.1.8")
	vmNetworkPhysAddress        = mib.MustOID("1.3.6.1.2.1.236.1.8.1.5")
	vmPerVMNotificationsEnabled = mib.MustOID("1.3.6.1.2.1.236.1.9.0")
	vmBulkNotificationsEnabled  = mib.MustOID("1.3.6.1.2.1.236.1.10.0")
)

// A column is what a walk finds of a column: its values by the rest of their names.
type column map[string]mib.Value

// columnOf picks a column out of a walk. It panics if a name is twice in it.
func columnOf(vbs []mib.Varbind, object mib.OID) column {
	c := column{}
	for _, vb := range vbs {
		if !vb.Name.HasPrefix(object) {
			continue
		}
		index := vb.Name[len(object):].String()
		if _, ok := c[index]; ok {
			panic("integration: " + vb.Name.String() + " twice in one walk")
		}
		c[index] = vb.Value
	}
	return c
}

// texts returns the values as texts.
func (c column) texts() map[string]string {
	out := map[string]string{}
	for index, v := range c {
		out[index] = string(v.AppendOctets(nil))
	}
	return out
}

// indices returns the rest of the names by the values' texts.
func (c column) indices() map[string]string {
	out := map[string]string{}
	for index, text := range c.texts() {
		out[text] = index
	}
	return out
}

// awaitVMs waits until the snmpd serves n virtual machines, all of them described.
func awaitVMs(t testing.TB, s *lab.Snmpd, n int) {
	t.Helper()
	lab.Eventually(t, settle, fmt.Sprintf("%d virtual machines are served", n), func() error {
		if err := serves(t, s, n); err != nil {
			return err
		}
		if c := columnOf(s.BulkWalk(t, vmCurCpuNumber), vmCurCpuNumber); len(c) != n {
			return fmt.Errorf("%d of %d are described", len(c), n)
		}
		return nil
	})
}

// serves returns nil if the snmpd serves n virtual machines.
func serves(t testing.TB, s *lab.Snmpd, n int) error {
	t.Helper()
	v := s.Get(t, vmNumber)[0].Value
	if v.Type() != mib.TypeInteger {
		return errors.New("vmNumber is " + v.String())
	}
	if int(v.Int()) != n {
		return fmt.Errorf("vmNumber is %d", v.Int())
	}
	return nil
}

// checkOrder proves that the names of a walk ascend.
func checkOrder(t *testing.T, vbs []mib.Varbind) {
	t.Helper()
	for i := 1; i < len(vbs); i++ {
		if vbs[i-1].Name.Compare(vbs[i].Name) >= 0 {
			t.Fatalf("a walk goes from %v to %v", vbs[i-1].Name, vbs[i].Name)
		}
	}
}

// vmOf returns the first part of an index, that of the virtual machine.
func vmOf(index string) string {
	first, _, _ := strings.Cut(index, ".")
	return first
}

// sorted returns the texts in order.
func sorted(texts []string) []string {
	slices.Sort(texts)
	return texts
}

// failsWith reports whether an error of snmpset has that reason.
func failsWith(err error, reason string) bool {
	return err != nil && strings.Contains(err.Error(), "Reason: "+reason)
}

// stable reports whether a name is one of the virtual machines that no test takes away.
func stable(name string) bool { return strings.HasPrefix(name, "vm-") }
