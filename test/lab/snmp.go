package lab

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/vmond/vmond/mib"
)

// Walk returns what snmpwalk says of the subtree, in its order. A walk that fails ends the test.
func (s *Snmpd) Walk(t testing.TB, subtree mib.OID) []mib.Varbind {
	t.Helper()
	return s.varbinds(t, exec.Command("snmpwalk", s.numbers(subtree.String())...))
}

// BulkWalk returns what snmpbulkwalk says of the subtree, in its order. A walk that fails ends the test.
func (s *Snmpd) BulkWalk(t testing.TB, subtree mib.OID) []mib.Varbind {
	t.Helper()
	return s.varbinds(t, exec.Command("snmpbulkwalk", s.numbers(subtree.String())...))
}

// TryBulkWalk is BulkWalk from any goroutine. The error has what snmpbulkwalk complains about.
func (s *Snmpd) TryBulkWalk(subtree mib.OID) ([]mib.Varbind, error) {
	return s.tryVarbinds(exec.Command("snmpbulkwalk", s.numbers(subtree.String())...))
}

// Get returns what snmpget says of the instances, all asked for in one request.
func (s *Snmpd) Get(t testing.TB, names ...mib.OID) []mib.Varbind {
	t.Helper()
	texts := make([]string, len(names))
	for i, n := range names {
		texts[i] = n.String()
	}
	return s.varbinds(t, exec.Command("snmpget", s.numbers(texts...)...))
}

// setTimeout is how many seconds a SET may take.
const setTimeout = "10"

// Set runs snmpset with triples of name, type and value, such as "1.3.6.1.2.1.1.4.0", "s", "me". The error has what
// snmpset says, such as "notWritable".
func (s *Snmpd) Set(t testing.TB, triples ...string) error {
	t.Helper()
	// One that is sent again is another SET to the agent.
	args := append([]string{"-v2c", "-c", Private, "-r", "0", "-t", setTimeout, "-m", "", "-On", s.Addr}, triples...)
	_, err := s.Tool(exec.Command("snmpset", args...))
	return err
}

// numbers are the arguments of a net-snmp tool that let it write everything as numbers: names, enumerations and octets.
func (s *Snmpd) numbers(names ...string) []string {
	return append([]string{"-v2c", "-c", Public, "-m", "", "-On", "-Oe", "-OU", "-Ox", s.Addr}, names...)
}

func (s *Snmpd) varbinds(t testing.TB, cmd *exec.Cmd) []mib.Varbind {
	t.Helper()
	vbs, err := s.tryVarbinds(cmd)
	if err != nil {
		t.Fatal(err)
	}
	return vbs
}

func (s *Snmpd) tryVarbinds(cmd *exec.Cmd) ([]mib.Varbind, error) {
	out, err := s.Tool(cmd)
	if err != nil {
		return nil, err
	}
	vbs, err := parseVarbinds(out)
	if err != nil {
		return nil, fmt.Errorf("%v: %w", cmd.Args, err)
	}
	return vbs, nil
}

// Tool runs a net-snmp tool, which keeps its files with those of s, and returns what it writes. The error has what it
// complains about.
func (s *Snmpd) Tool(cmd *exec.Cmd) (string, error) {
	cmd.Env = append(os.Environ(), s.env()...)
	out, err := cmd.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		err = fmt.Errorf("%s: %w: %s", strings.Join(cmd.Args, " "), err, exit.Stderr)
	}
	return string(out), err
}
