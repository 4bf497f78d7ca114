// Package integration proves vmond against real programs: net-snmp's snmpd and tools, and libvirtd with libvirt's test
// driver. It needs neither root nor virtualisation.
package integration

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/vmond/vmond/test/lab"
)

func TestMain(m *testing.M) {
	code := lab.Main(m)
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}
