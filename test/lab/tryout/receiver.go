package main

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"

	"github.com/vmond/vmond/test/lab"
)

const (
	// receiverConf has snmptrapd take the notifications of our snmpd, and write each in one line: the time, and the
	// variables, with a tab before each.
	receiverConf = "authCommunity log " + lab.Public + "\n" +
		"doNotRetainNotificationLogs yes\n" +
		`format2 %02.2h:%02.2j:%02.2k\t%v\n` + "\n"
	// receiverUp is what snmptrapd says when its socket is open.
	receiverUp = "NET-SNMP version"
)

// receive starts a private snmptrapd that writes what it receives to out, and returns its address once it is up.
func (t *tryout) receive(ctx context.Context, out io.Writer) (*lab.Process, string, error) {
	addr, err := freeUDP()
	if err != nil {
		return nil, "", err
	}
	if err := os.WriteFile(t.in("snmptrapd.conf"), []byte(receiverConf), 0o600); err != nil {
		return nil, "", err
	}
	args := []string{"-f", "-Lo", "-C", "-c", t.in("snmptrapd.conf"), "-n", "-OsQ"}
	cmd := exec.Command("snmptrapd", append(append(args, mibs()...), "udp:"+addr)...)
	cmd.Env = append(os.Environ(), "SNMP_PERSISTENT_DIR="+t.in("snmptrapd"), "SNMPCONFPATH="+t.dir)
	cmd.Stdout = out
	p, err := lab.Start(cmd)
	if err != nil {
		return nil, "", err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err = p.AwaitUp(ctx, func() error {
		if !p.Log().Has(receiverUp) {
			return errors.New("snmptrapd is not up")
		}
		return nil
	})
	if err != nil {
		return nil, "", errors.Join(err, p.Stop())
	}
	return p, addr, nil
}

// freeUDP returns an address of this machine on which nothing listens.
func freeUDP() (string, error) {
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer c.Close()
	return c.LocalAddr().String(), nil
}

// sink is the line of snmpd's configuration that has it send traps to addr.
func sink(addr string) string {
	return strings.Join([]string{"trap2sink", "udp:" + addr, lab.Public}, " ")
}
