package lab

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const (
	// startTimeout is how long a daemon may take until it answers.
	startTimeout = 30 * time.Second
	// snmpdUp is what snmpd says when all its sockets are open.
	snmpdUp = "NET-SNMP version"
)

// The communities of a private snmpd, for reading and for writing.
const (
	Public  = "public"
	Private = "private"
)

// The lines of the configuration that let these communities in.
const (
	ReadPublic   = "rocommunity " + Public + " 127.0.0.1"
	WritePrivate = "rwcommunity " + Private + " 127.0.0.1"
)

// A Snmpd is a private master agent: it reads no file but its own, and keeps all it writes in its directory.
type Snmpd struct {
	// Addr is where it answers SNMP over UDP, such as "127.0.0.1:1161".
	Addr string
	// AgentX is the address of its AgentX socket, such as "unix:/tmp/lab/agentx". Another one counts from the next Configure
	// and start on.
	AgentX string

	dir string
	*Process
}

// NewSnmpd writes the configuration of an snmpd into dir, with more lines at its end. It is started by
// [Snmpd.Start].
func NewSnmpd(dir, addr string, more ...string) (*Snmpd, error) {
	s := &Snmpd{Addr: addr, AgentX: "unix:" + filepath.Join(dir, "agentx"), dir: dir}
	if err := os.MkdirAll(filepath.Join(dir, "state"), 0o755); err != nil {
		return nil, err
	}
	return s, s.configure(append([]string{socketForAll, ReadPublic}, more...))
}

// socketForAll has snmpd open its AgentX socket to its group, and let all pass to it.
const socketForAll = "agentXPerms 0660 0755"

// configure writes what an snmpd needs to have its addresses, and the lines.
func (s *Snmpd) configure(lines []string) error {
	conf := append([]string{
		"agentaddress udp:" + s.Addr,
		"master agentx",
		"agentXSocket " + s.AgentX,
		"dontLogTCPWrappersConnects yes",
	}, lines...)
	return os.WriteFile(s.Conf(), []byte(strings.Join(conf, "\n")+"\n"), 0o600)
}

// Configure writes another configuration, of its addresses and these lines alone: without [ReadPublic] nobody may ask, and
// without agentXPerms the socket is root's. It counts from the next start, or HUP, on.
func (s *Snmpd) Configure(t testing.TB, lines ...string) {
	t.Helper()
	if err := s.configure(lines); err != nil {
		t.Fatal(err)
	}
}

// env keeps net-snmp's programs away from the files of the system and the user: they would read and write them.
func (s *Snmpd) env() []string {
	return []string{"SNMP_PERSISTENT_DIR=" + filepath.Join(s.dir, "state"), "SNMPCONFPATH=" + s.dir, "MIBS="}
}

// Conf is the path of its snmpd.conf, which only root may read. Who is let in to it keeps that when it is written again.
func (s *Snmpd) Conf() string { return filepath.Join(s.dir, "snmpd.conf") }

// ErrAddrInUse is the error of a [Snmpd.Start] on an address that something else listens on.
var ErrAddrInUse = errors.New("the address is in use")

// Start starts it, again after an end of any kind, and returns when it answers.
func (s *Snmpd) Start(ctx context.Context) error {
	cmd := exec.Command("snmpd", "-f", "-Lo", "-C", "-c", s.Conf())
	cmd.Dir = s.dir
	cmd.Env = append(os.Environ(), s.env()...)
	p, err := Start(cmd)
	if err != nil {
		return err
	}
	s.Process = p
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	err = p.AwaitUp(ctx, func() error {
		if !p.Log().Has(snmpdUp) {
			return errors.New("snmpd is not up")
		}
		return nil
	})
	if err != nil && p.Log().Has("Error opening specified endpoint") {
		return fmt.Errorf("snmpd cannot listen on udp:%s: %w", s.Addr, ErrAddrInUse)
	}
	return err
}

// StartSnmpd starts an snmpd for a test on an address of its own. More are further lines of its configuration.
func StartSnmpd(t testing.TB, more ...string) *Snmpd {
	t.Helper()
	Need(t, "snmpd", "snmpwalk", "snmpbulkwalk", "snmpget", "snmpset")
	s, err := NewSnmpd(ShortDir(t), FreeUDP(t), append([]string{WritePrivate}, more...)...)
	if err != nil {
		t.Fatal(err)
	}
	s.Again(t)
	return s
}

// Again starts it after it has ended.
func (s *Snmpd) Again(t testing.TB) {
	t.Helper()
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	attach(t, s.Process)
}

// Restart ends it with the signal, TERM or KILL, and starts it again at the same addresses.
func (s *Snmpd) Restart(t testing.TB, with syscall.Signal) {
	t.Helper()
	s.Signal(with)
	<-s.Done()
	s.Again(t)
}

// The ports among which FreeUDP chooses: the kernel gives none of them to a client by itself (ip_local_port_range of
// ip(7)), so that none is lost to one while a daemon that is to come back there is away.
const (
	lowestPort = 10000
	ports      = 32768 - lowestPort
)

// given are the ports that FreeUDP has returned. It returns none of them again: a daemon may be about to take its own, or to
// come back there.
var given sync.Map

// FreeUDP returns an address of UDP on which nothing listens, and that it has not returned before.
func FreeUDP(t testing.TB) string {
	t.Helper()
	for range attempts {
		port := lowestPort + rand.N(ports)
		c, err := net.ListenPacket("udp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err != nil {
			continue
		}
		defer c.Close()
		if _, again := given.LoadOrStore(port, true); again {
			continue
		}
		return c.LocalAddr().String()
	}
	t.Fatal("no address is free on UDP")
	return ""
}

// ShortDir returns a directory for the test with a path that is short enough for a unix socket, which that of
// t.TempDir often is not.
func ShortDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "vmond-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}
