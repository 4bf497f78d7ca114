package lab

import (
	"bytes"
	wire "encoding/binary"
	"io"
	"net"
	"path/filepath"
	"testing"
)

// packetOf returns a packet of a procedure with that many octets behind its header.
func packetOf(procedure uint32, octets int) []byte {
	p := make([]byte, packetHead+octets)
	wire.BigEndian.PutUint32(p, uint32(len(p)))
	wire.BigEndian.PutUint32(p[procedureOffset:], procedure)
	for i := range octets {
		p[packetHead+i] = byte(i)
	}
	return p
}

// startEcho starts a daemon that says what it is told, and returns its socket.
func startEcho(t *testing.T) string {
	t.Helper()
	path := filepath.Join(ShortDir(t), "echo")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	t.Cleanup(func() {
		l.Close()
		<-ended
	})
	go func() {
		defer close(ended)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				io.Copy(c, c)
			}()
		}
	}()
	return path
}

// dialProxy connects.
func dialProxy(t *testing.T, p *Proxy) net.Conn {
	t.Helper()
	c, err := net.Dial("unix", p.Socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// exchange says something and reads as much.
func exchange(t *testing.T, c net.Conn, said []byte) {
	t.Helper()
	if _, err := c.Write(said); err != nil {
		t.Fatal(err)
	}
	heard := make([]byte, len(said))
	if _, err := io.ReadFull(c, heard); err != nil || !bytes.Equal(heard, said) {
		t.Fatalf("heard %x of %x: %v", heard, said, err)
	}
}

func TestProxy(t *testing.T) {
	t.Parallel()
	p := StartProxy(t, startEcho(t))
	c := dialProxy(t, p)
	exchange(t, c, append(packetOf(1, 100), packetOf(2, 0)...))

	const keep = 50
	f := &Fault{Procedure: 2, Keep: func(int) int { return keep }, Times: 1}
	p.Set(f)
	exchange(t, c, packetOf(1, 100))
	if f.Struck() != 0 {
		t.Errorf("another packet was struck")
	}
	said := packetOf(2, 100)
	if _, err := c.Write(said); err != nil {
		t.Fatal(err)
	}
	heard, err := io.ReadAll(c)
	if err != nil || !bytes.Equal(heard, said[:keep]) || f.Struck() != 1 {
		t.Errorf("heard %x of %x, struck %d times: %v", heard, said, f.Struck(), err)
	}
	c = dialProxy(t, p)
	exchange(t, c, packetOf(2, 100)) // it strikes once

	p.Drop()
	if _, err := c.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("a connection that was dropped = %v", err)
	}
	exchange(t, dialProxy(t, p), packetOf(2, 100))
}

// TestProxyStalls has a connection stay open without anything on it, until the client gives it up.
func TestProxyStalls(t *testing.T) {
	t.Parallel()
	p := StartProxy(t, startEcho(t))
	f := &Fault{Procedure: 2, Keep: func(length int) int { return length - 1 }, Stall: true}
	p.Set(f)
	stalled, other := dialProxy(t, p), dialProxy(t, p)
	said := packetOf(2, 10)
	if _, err := stalled.Write(said); err != nil {
		t.Fatal(err)
	}
	heard := make([]byte, len(said)-1)
	if _, err := io.ReadFull(stalled, heard); err != nil {
		t.Fatal(err)
	}
	p.Set(nil)
	exchange(t, other, packetOf(2, 10))
	if _, err := stalled.Write(packetOf(1, 10)); err != nil {
		t.Errorf("a connection that stalls does not take anything: %v", err)
	}
	p.Drop()
	if rest, err := io.ReadAll(stalled); len(rest) > 0 {
		t.Errorf("heard %x more: %v", rest, err)
	}
}

// TestProxyPieces has everything come octet by octet, and also when there is no daemon.
func TestProxyPieces(t *testing.T) {
	t.Parallel()
	p := StartProxy(t, startEcho(t))
	p.Pieces(1)
	exchange(t, dialProxy(t, p), packetOf(1, 1000))
	p.Pieces(0)
	exchange(t, dialProxy(t, p), packetOf(1, 1000))

	alone := StartProxy(t, filepath.Join(ShortDir(t), "nobody"))
	if _, err := dialProxy(t, alone).Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("a connection to nobody = %v", err)
	}
}
