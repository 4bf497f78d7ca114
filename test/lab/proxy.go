package lab

import (
	"bufio"
	wire "encoding/binary"
	"errors"
	"io"
	"net"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
)

// What a proxy looks at in a packet (https://libvirt.org/kbase/internals/rpc.html): its length, which counts itself, and
// the number of the procedure, which an event has too.
const (
	packetHead      = 28
	procedureOffset = 12
)

// A Proxy stands between vmond and a libvirtd: it hands on what either says, but for the faults that are set.
type Proxy struct {
	// Socket is the path of the socket at which it takes the place of libvirtd.
	Socket string

	daemon   string
	listener net.Listener
	fault    atomic.Pointer[Fault]
	pieces   atomic.Int64

	mu     sync.Mutex
	conns  map[net.Conn]bool
	closed bool
}

// A Fault is what befalls the packets that libvirtd sends of one procedure: they are cut off, and the connection ends
// there, or nothing more comes on it.
type Fault struct {
	Procedure uint32
	// Keep returns how many octets of a packet of that length still arrive.
	Keep func(length int) int
	// Stall has the connection go on without anything on it. Otherwise it ends.
	Stall bool
	// Times is how many packets it befalls. 0 is all.
	Times int64

	struck atomic.Int64
}

// Struck returns how many packets it has befallen.
func (f *Fault) Struck() int { return int(f.struck.Load()) }

// strike reports whether it befalls a packet of the procedure.
func (f *Fault) strike(procedure uint32) bool {
	if f == nil || f.Procedure != procedure {
		return false
	}
	if n := f.struck.Add(1); f.Times > 0 && n > f.Times {
		f.struck.Add(-1)
		return false
	}
	return true
}

// StartProxy starts one for the libvirtd that listens at a path, whether it is there yet or not. It ends with the test.
func StartProxy(t testing.TB, daemon string) *Proxy {
	t.Helper()
	p := &Proxy{Socket: filepath.Join(ShortDir(t), "proxy"), daemon: daemon, conns: map[net.Conn]bool{}}
	var err error
	if p.listener, err = net.Listen("unix", p.Socket); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() { p.accept(&wg) })
	t.Cleanup(func() {
		p.end()
		wg.Wait()
	})
	return p
}

// Set sets the fault in the place of the one before. Nil lifts it: a connection that has stalled stays as it is.
func (p *Proxy) Set(f *Fault) { p.fault.Store(f) }

// Pieces has what libvirtd sends arrive in pieces of at most n octets, each for itself. 0 lifts that.
func (p *Proxy) Pieces(n int) { p.pieces.Store(int64(n)) }

// Drop ends all connections, as libvirtd does when it ends.
func (p *Proxy) Drop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		c.Close()
	}
}

func (p *Proxy) accept(wg *sync.WaitGroup) {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		daemon, err := net.Dial("unix", p.daemon)
		if err != nil || !p.keep(client, daemon) {
			client.Close()
			continue
		}
		wg.Go(func() {
			defer p.drop(client, daemon)
			io.Copy(daemon, client) // it ends when either side does
		})
		wg.Go(func() {
			if stalls := p.answers(client, daemon); !stalls {
				p.drop(client, daemon)
			}
		})
	}
}

// answers hands on what the daemon says until either side ends, or a fault does so. It reports whether the connection is
// to go on without it.
func (p *Proxy) answers(client io.Writer, daemon io.Reader) (stalls bool) {
	r := bufio.NewReader(daemon)
	for {
		packet, err := readPacket(r)
		if err != nil {
			return false
		}
		f := p.fault.Load()
		if f.strike(wire.BigEndian.Uint32(packet[procedureOffset:])) {
			p.write(client, packet[:f.Keep(len(packet))])
			return f.Stall
		}
		if p.write(client, packet) != nil {
			return false
		}
	}
}

// write writes in pieces, if that is set.
func (p *Proxy) write(w io.Writer, packet []byte) error {
	for len(packet) > 0 {
		piece := len(packet)
		if n := int(p.pieces.Load()); n > 0 {
			piece = min(piece, n)
		}
		if _, err := w.Write(packet[:piece]); err != nil {
			return err
		}
		packet = packet[piece:]
	}
	return nil
}

// readPacket reads one packet with its length.
func readPacket(r io.Reader) ([]byte, error) {
	packet := make([]byte, packetHead)
	if _, err := io.ReadFull(r, packet); err != nil {
		return nil, err
	}
	length := wire.BigEndian.Uint32(packet)
	if length < packetHead {
		return nil, errors.New("lab: libvirtd sends a packet without a header")
	}
	packet = append(packet, make([]byte, length-packetHead)...)
	_, err := io.ReadFull(r, packet[packetHead:])
	return packet, err
}

// keep notes two ends of a connection, unless the proxy has ended.
func (p *Proxy) keep(ends ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range ends {
		if p.closed {
			c.Close()
			continue
		}
		p.conns[c] = true
	}
	return !p.closed
}

// drop closes both ends of a connection.
func (p *Proxy) drop(ends ...net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range ends {
		c.Close()
		delete(p.conns, c)
	}
}

// end closes everything.
func (p *Proxy) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	p.listener.Close()
	for c := range p.conns {
		c.Close()
	}
}
