// Package integration proves vmond against real programs: net-snmp's snmpd and tools, and libvirtd with libvirt's test
// driver. It needs neither root nor virtualisation.
package integration

import (
	"os"
	"testing"

	"github.com/vmond/vmond/test/lab"
)

func TestMain(m *testing.M) { os.Exit(lab.Main(m)) }
