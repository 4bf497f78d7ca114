// Tryout shows vmond at work: it is what make run runs, in the project's directory.
//
//	tryout VMOND
//
// It starts a private snmpd on udp:127.0.0.1:1161, or on VMOND_ADDR of the environment, a private snmptrapd that receives its
// notifications, and vmond on this machine's own hypervisor, or on a simulated one where there is none. It shows what they
// tell and stays until Ctrl-C or TERM. Then it ends them and leaves nothing behind.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/vmond/vmond/test/lab"
)

const (
	// defaultAddr is not snmpd's own address, 161, which is the system's and needs root.
	defaultAddr = "127.0.0.1:1161"
	// addrEnv says where to listen instead.
	addrEnv = "VMOND_ADDR"
)

func main() {
	// Who reads our output may go away first, as in "make run | head": that ends us too, but in good order.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run is main without the process around it. It returns the exit status: 0 if it was told to end.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) != 1 {
		fmt.Fprintln(stderr, "usage: tryout VMOND")
		return 2
	}
	addr := os.Getenv(addrEnv)
	if addr == "" {
		addr = defaultAddr
	}
	if err := checkAddr(addr); err != nil {
		fmt.Fprintf(stderr, "tryout: %s=%q is not an address to listen on: %v; it must be like %s\n", addrEnv, addr, err, defaultAddr)
		return 2
	}
	t := &tryout{vmond: args[0], out: stdout}
	err := t.inDir(func() error { return t.try(ctx, addr) })
	if errors.Is(err, lab.ErrAddrInUse) {
		err = fmt.Errorf("%w: is another make run going on? Choose another address: %s=127.0.0.1:11161 make run", err, addrEnv)
	}
	if err != nil && ctx.Err() == nil {
		fmt.Fprintln(stderr, "tryout:", err)
		return 1
	}
	return 0
}

// checkAddr returns an error if addr is not a host and a port that can be listened on.
func checkAddr(addr string) error {
	host, port, err := net.SplitHostPort(addr)
	if address, ok := errors.AsType[*net.AddrError](err); ok {
		return errors.New(address.Err)
	}
	if err != nil {
		return err
	}
	if host == "" {
		return errors.New("missing host in address")
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return fmt.Errorf("the port %q is not a number from 1 to %d", port, math.MaxUint16)
	}
	return nil
}

// A tryout is one run of snmpd, snmptrapd and vmond.
type tryout struct {
	vmond string
	out   io.Writer
	dir   string
}

// inDir runs f while there is a directory for all that is written.
func (t *tryout) inDir(f func() error) error {
	dir, err := os.MkdirTemp("", "vmond-try-")
	if err != nil {
		return err
	}
	t.dir = dir
	return errors.Join(f(), os.RemoveAll(dir))
}

// in returns the path of a file in that directory.
func (t *tryout) in(name string) string { return filepath.Join(t.dir, name) }
