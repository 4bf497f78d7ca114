package lab

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// A Snmptrapd is a private receiver of notifications. It writes each one to its log.
type Snmptrapd struct {
	// Addr is where it listens on UDP. "trap2sink" and "informsink" of an snmpd take it as it is.
	Addr string
	*Process
}

// snmptrapdUp is what snmptrapd says when its socket is open.
const snmptrapdUp = "NET-SNMP version"

// StartSnmptrapd starts a receiver that takes the notifications of the community [Public].
func StartSnmptrapd(t testing.TB) *Snmptrapd {
	t.Helper()
	Need(t, "snmptrapd")
	dir := ShortDir(t)
	conf := filepath.Join(dir, "snmptrapd.conf")
	if err := os.WriteFile(conf, []byte("authCommunity log "+Public+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := &Snmptrapd{Addr: FreeUDP(t)}
	cmd := exec.Command("snmptrapd", "-f", "-Lo", "-C", "-c", conf, "-n", "-On", "-Oe", "-m", "", "udp:"+s.Addr)
	cmd.Env = append(os.Environ(), "SNMP_PERSISTENT_DIR="+filepath.Join(dir, "state"), "SNMPCONFPATH="+dir)
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
