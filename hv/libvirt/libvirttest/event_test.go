package libvirttest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"slices"
	"testing"

	lv "github.com/digitalocean/go-libvirt"
	"github.com/google/go-cmp/cmp"
)

func TestEvents(t *testing.T) {
	t.Parallel()
	s := Start(t, lab())
	l := connect(t, s)
	vm := lab().Domains[0]
	life, err := l.SubscribeEvents(t.Context(), lv.DomainEventIDLifecycle, nil)
	added, err2 := l.SubscribeEvents(t.Context(), lv.DomainEventIDDeviceAdded, nil)
	rebooted, err4 := l.SubscribeEvents(t.Context(), lv.DomainEventIDReboot, nil)
	copied, err3 := l.SubscribeEvents(t.Context(), lv.DomainEventIDMigrationIteration, nil)
	if err := errors.Join(err, err2, err3, err4); err != nil {
		t.Fatalf("failed to subscribe: %v", err)
	}
	s.Lifecycle(vm, 2, 1)
	s.DeviceAdded(vm, "net1")
	s.MigrationIteration(vm, 4)
	s.Reboot(vm)
	dom := lv.Domain{Name: "on", UUID: lv.UUID{1}, ID: 3}
	if m := (<-life).(*lv.DomainEventCallbackLifecycleMsg).Msg; m != (lv.DomainEventLifecycleMsg{Dom: dom, Event: 2, Detail: 1}) {
		t.Errorf("unexpected event: %+v", m)
	}
	if m := (<-added).(*lv.DomainEventCallbackDeviceAddedMsg); m.Dom != dom || m.DevAlias != "net1" {
		t.Errorf("unexpected event: %+v", m)
	}
	if m := (<-copied).(*lv.DomainEventCallbackMigrationIterationMsg); m.Dom != dom || m.Iteration != 4 {
		t.Errorf("unexpected event: %+v", m)
	}
	if m := (<-rebooted).(*lv.DomainEventCallbackRebootMsg); m.Msg.Dom != dom {
		t.Errorf("unexpected event: %+v", m)
	}
	s.Hangup()
	for _, events := range []<-chan any{life, added, copied, rebooted} {
		for range events {
			t.Errorf("unexpected event")
		}
	}
}

// A raw client speaks no protocol but what a test says.
type raw struct {
	t *testing.T
	net.Conn
}

func dial(t *testing.T, s *Server) raw {
	t.Helper()
	c, err := net.Dial("unix", s.Socket())
	if err != nil {
		t.Fatalf("failed to connect: %v", err)
	}
	t.Cleanup(func() { c.Close() })
	return raw{t, c}
}

// call makes a call with that body, which is XDR.
func (r raw) call(p Proc, body ...byte) {
	r.t.Helper()
	if _, err := r.Write(packet(p, typeCall, 1, statusOK, body)); err != nil {
		r.t.Fatalf("failed to call: %v", err)
	}
}

// next returns the procedure of the next packet.
func (r raw) next() Proc {
	r.t.Helper()
	var head [lengthField + headerLength]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		r.t.Fatalf("failed to read: %v", err)
	}
	rest := int64(binary.BigEndian.Uint32(head[:])) - int64(len(head))
	if _, err := io.CopyN(io.Discard, r, rest); err != nil {
		r.t.Fatalf("failed to read: %v", err)
	}
	return Proc(binary.BigEndian.Uint32(head[3*lengthField:]))
}

// TestLate looks at the order of events and answers on the wire.
func TestLate(t *testing.T) {
	t.Parallel()
	const life, answer = LifecycleEvent, ConnectGetLibVersion
	for late, want := range [][]Proc{
		{life, life, answer, answer, answer}, {answer, life, life, answer, answer}, {answer, answer, life, life, answer},
	} {
		d := lab()
		d.Late = late
		s := Start(t, d)
		c := dial(t, s)
		c.call(RegisterEvent, 0, 0, 0, 0)
		got := []Proc{c.next()}
		s.Lifecycle(d.Domains[0], 2, 0)
		s.Lifecycle(d.Domains[0], 5, 0)
		for range 3 {
			c.call(answer)
			for len(got) < len(want)+1 {
				p := c.next()
				if got = append(got, p); p == answer {
					break
				}
			}
		}
		if diff := cmp.Diff(want, got[1:]); diff != "" {
			t.Errorf("unexpected order of events that are %d answers late (-want +got):\n%s", late, diff)
		}
	}
}

// TestHold lets an answer wait while others do not.
func TestHold(t *testing.T) {
	t.Parallel()
	d := lab()
	answers := make(chan struct{})
	d.Hold = map[Proc]chan struct{}{ConnectGetLibVersion: answers}
	s := Start(t, d)
	c := dial(t, s)
	c.call(ConnectGetLibVersion)
	c.call(ConnectGetType)
	if p := c.next(); p != ConnectGetType {
		t.Errorf("unexpected answer: %d", p)
	}
	answers <- struct{}{}
	if p := c.next(); p != ConnectGetLibVersion {
		t.Errorf("unexpected answer: %d", p)
	}
	c.call(ConnectGetLibVersion) // is never answered, and does not hold up the end
}

// TestPieces gets what was sent, whatever the pieces.
func TestPieces(t *testing.T) {
	t.Parallel()
	for _, pieces := range []int{0, 1, 7, 1000} {
		d := lab()
		d.Pieces = pieces
		s := Start(t, d)
		c := dial(t, s)
		c.call(ConnectGetType)
		if p := c.next(); p != ConnectGetType {
			t.Errorf("unexpected answer: %d", p)
		}
		want := bytes.Repeat([]byte("some octets"), 9)
		got := slices.Clone(want)
		clear(got)
		s.Send(want)
		if _, err := io.ReadFull(c, got); err != nil || !bytes.Equal(got, want) {
			t.Errorf("unexpected octets in pieces of %d: %q, %v", pieces, got, err)
		}
	}
}
