package lab

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A Snmptrapd is a private receiver of notifications: a manager.
type Snmptrapd struct {
	// Addr is where it listens, on UDP and TCP.
	Addr string

	reception *reception
	*Process
}

const (
	// snmptrapdUp is what snmptrapd says when its sockets are open.
	snmptrapdUp = "NET-SNMP version"
	// Informer is the user of SNMPv3 that a Snmptrapd knows.
	Informer = "informer"
	// The passphrases of that user. Eight characters are the fewest that net-snmp takes.
	authPassphrase = "authentication"
	privPassphrase = "encryption"
	// patience has snmpd wait for the answer to an inform so long that a busy machine has it sent but once.
	patience = " -t 30"
	// attempts is how many addresses are tried for one that is free.
	attempts = 100
)

// snmptrapdConf has it take the notifications of the community [Public], and those of [Informer] if they are encrypted.
var snmptrapdConf = strings.Join([]string{
	"authCommunity log " + Public,
	"createUser " + Informer + " SHA " + authPassphrase + " AES " + privPassphrase,
	"authUser log " + Informer + " priv",
	"doNotRetainNotificationLogs yes",
	"format2 " + notificationFormat,
	"[snmp] hexOutputLength 0",
}, "\n") + "\n"

// StartSnmptrapd starts a receiver. What an snmpd needs to know of it is told by [Snmptrapd.Traps] and the like.
func StartSnmptrapd(t testing.TB) *Snmptrapd {
	t.Helper()
	Need(t, "snmptrapd")
	dir := ShortDir(t)
	conf := filepath.Join(dir, "snmptrapd.conf")
	if err := os.WriteFile(conf, []byte(snmptrapdConf), 0o600); err != nil {
		t.Fatal(err)
	}
	s := &Snmptrapd{Addr: freeUDPAndTCP(t), reception: &reception{}}
	cmd := exec.Command("snmptrapd", "-f", "-Lo", "-C", "-c", conf, "-n", "-On", "-Oe", "-OU", "-Ox", "-m", "",
		"udp:"+s.Addr, "tcp:"+s.Addr)
	cmd.Env = append(os.Environ(), "SNMP_PERSISTENT_DIR="+filepath.Join(dir, "state"), "SNMPCONFPATH="+dir)
	cmd.Stdout = s.reception
	p, err := Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	s.Process = p
	attach(t, p)
	Eventually(t, startTimeout, "snmptrapd is up", func() error {
		if !p.Log().Has(snmptrapdUp) {
			return errors.New("it has not said so")
		}
		return nil
	})
	return s
}

// Traps is the line of an snmpd's configuration that has it send traps of SNMPv2c here. A datagram may be lost.
func (s *Snmptrapd) Traps() string { return "trap2sink udp:" + s.Addr + " " + Public }

// StreamedTraps is the same over TCP: whatever the snmpd sends arrives, once and in order.
func (s *Snmptrapd) StreamedTraps() string { return "trap2sink tcp:" + s.Addr + " " + Public }

// Informs is the line for informs of SNMPv2c.
func (s *Snmptrapd) Informs() string {
	return "trapsess -v2c -Ci -c " + Public + patience + " udp:" + s.Addr
}

// InformsV3 is the line for informs of SNMPv3 from [Informer], authenticated and encrypted.
func (s *Snmptrapd) InformsV3() string {
	return "trapsess -v3 -Ci -u " + Informer + " -l authPriv -a SHA -A " + authPassphrase + " -x AES -X " + privPassphrase +
		patience + " udp:" + s.Addr
}

// Received returns all notifications that were received so far, in order. One that cannot be read ends the test.
func (s *Snmptrapd) Received(t testing.TB) []Notification {
	t.Helper()
	ns, err := s.reception.notifications()
	if err != nil {
		t.Fatal(err)
	}
	return ns
}

// Follow has f called for each notification from now on, in order and one at a time. What comes meanwhile waits.
func (s *Snmptrapd) Follow(f func(Notification)) {
	s.reception.mu.Lock()
	defer s.reception.mu.Unlock()
	s.reception.follow = f
}

// freeUDPAndTCP returns an address on which nothing listens.
func freeUDPAndTCP(t testing.TB) string {
	t.Helper()
	for range attempts {
		addr := FreeUDP(t)
		l, err := net.Listen("tcp", addr)
		if err != nil {
			continue
		}
		l.Close()
		return addr
	}
	t.Fatal("no address is free on UDP and TCP")
	return ""
}
