package lab

import (
	"net"
	"strconv"
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"
)

// snmpTimeout is for one request to a busy machine.
const snmpTimeout = 10 * time.Second

// Client returns a client of the snmpd in the test's own process, of SNMPv2c, that is closed with the test. It is for one
// goroutine, sends each request once and waits 10 seconds for the answer.
func (s *Snmpd) Client(t testing.TB) *gosnmp.GoSNMP {
	t.Helper()
	host, port, err := net.SplitHostPort(s.Addr)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		t.Fatal(err)
	}
	c := &gosnmp.GoSNMP{
		Target: host, Port: uint16(n), Version: gosnmp.Version2c, Community: Public, Timeout: snmpTimeout,
		MaxOids: gosnmp.MaxOids,
	}
	if err := c.Connect(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Conn.Close() })
	return c
}
