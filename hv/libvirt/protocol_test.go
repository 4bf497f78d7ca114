package libvirt

import (
	"encoding/binary"
	"net"
	"testing"

	lv "github.com/digitalocean/go-libvirt"
	"github.com/digitalocean/go-libvirt/socket/dialers"
	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/libvirt/libvirttest"
)

// A sample is an event as it is on the wire, and as go-libvirt, whose code is made from libvirt's, reads it.
type sample struct {
	event lv.DomainEventID
	rest  []byte // after the virtual machine
	want  any
	kind  hv.EventKind
}

// samples returns one of each event that we ask for.
func samples(dom lv.Domain) []sample {
	number := func(n uint32) []byte { return binary.BigEndian.AppendUint32(nil, n) }
	text := func(s string) []byte { // of four octets
		return append(number(uint32(len(s))), s...)
	}
	join := func(parts ...[]byte) (all []byte) {
		for _, p := range parts {
			all = append(all, p...)
		}
		return all
	}
	none, one := number(0), number(1)
	return []sample{
		{lv.DomainEventIDLifecycle, join(number(3), number(1)),
			&lv.DomainEventCallbackLifecycleMsg{Msg: lv.DomainEventLifecycleMsg{Dom: dom, Event: 3, Detail: 1}}, hv.Suspended},
		{lv.DomainEventIDReboot, nil,
			&lv.DomainEventCallbackRebootMsg{Msg: lv.DomainEventRebootMsg{Dom: dom}}, hv.Changed},
		{lv.DomainEventIDBlockJob, join(text("/img"), number(1), number(2)),
			&lv.DomainEventCallbackBlockJobMsg{Msg: lv.DomainEventBlockJobMsg{Dom: dom, Path: "/img", Type: 1, Status: 2}}, hv.Changed},
		{lv.DomainEventIDDiskChange, join(none, one, text("/new"), text("vda0"), number(1)),
			&lv.DomainEventCallbackDiskChangeMsg{Msg: lv.DomainEventDiskChangeMsg{
				Dom: dom, NewSrcPath: lv.OptString{"/new"}, DevAlias: "vda0", Reason: 1,
			}}, hv.Changed},
		{lv.DomainEventIDTrayChange, join(text("ide0"), number(1)),
			&lv.DomainEventCallbackTrayChangeMsg{Msg: lv.DomainEventTrayChangeMsg{Dom: dom, DevAlias: "ide0", Reason: 1}}, hv.Changed},
		{lv.DomainEventIDBalloonChange, join(number(1), number(2)),
			&lv.DomainEventCallbackBalloonChangeMsg{Msg: lv.DomainEventBalloonChangeMsg{Dom: dom, Actual: 1<<32 + 2}}, hv.Changed},
		{lv.DomainEventIDDeviceRemoved, text("net1"),
			&lv.DomainEventCallbackDeviceRemovedMsg{Msg: lv.DomainEventDeviceRemovedMsg{Dom: dom, DevAlias: "net1"}}, hv.Changed},
		{lv.DomainEventIDDeviceAdded, text("net1"),
			&lv.DomainEventCallbackDeviceAddedMsg{Dom: dom, DevAlias: "net1"}, hv.Changed},
		{lv.DomainEventIDMigrationIteration, number(7),
			&lv.DomainEventCallbackMigrationIterationMsg{Dom: dom, Iteration: 7}, hv.Busy},
		{lv.DomainEventIDMetadataChange, join(number(2), one, text("urn:")),
			&lv.DomainEventCallbackMetadataChangeMsg{Dom: dom, Type: 2, Nsuri: lv.OptString{"urn:"}}, hv.Changed},
	}
}

// TestProtocol reads each event that we ask for as go-libvirt does, which knows them from libvirt's own definition: the
// procedure by which it comes, and the virtual machine in it.
func TestProtocol(t *testing.T) {
	t.Parallel()
	srv := libvirttest.Start(t, someDaemon())
	c, err := net.Dial("unix", srv.Socket())
	if err != nil {
		t.Fatalf("failed to connect: %v", err)
	}
	defer c.Close()
	l := lv.NewWithDialer(dialers.NewAlreadyConnected(c))
	if err := l.ConnectToURI("qemu:///system"); err != nil {
		t.Fatalf("failed to open: %v", err)
	}
	dom := lv.Domain{Name: "vm-07", UUID: lv.UUID(uuid(7)), ID: 99}
	subs := subscriptions()
	if got, want := len(subs), len(samples(dom)); got != want {
		t.Fatalf("unexpected number of subscriptions: %d, want %d", got, want)
	}
	for i, sample := range samples(dom) {
		if subs[i].event != sample.event {
			t.Fatalf("unexpected subscription: %d, want %d", subs[i].event, sample.event)
		}
		told, err := l.SubscribeEvents(t.Context(), sample.event, nil)
		if err != nil {
			t.Fatalf("failed to subscribe: %v", err)
		}
		body := append(eventBody(dom.Name, dom.UUID), sample.rest...)
		binary.BigEndian.PutUint32(body, uint32(i+1)) // the callbacks are numbered in turn
		srv.Send(message(subs[i].procedure, body))
		select {
		case got := <-told:
			ignored := cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".CallbackID" }, cmp.Ignore())
			if diff := cmp.Diff(sample.want, got, ignored); diff != "" {
				t.Errorf("unexpected event %d (-want +go-libvirt):\n%s", sample.event, diff)
			}
		case <-patiently(t).Done():
			t.Fatalf("go-libvirt knows no event %d of procedure %d", sample.event, subs[i].procedure)
		}
		e, ours, err := parseEvent(subs[i].procedure, body)
		if !ours || err != nil || e.Kind != sample.kind || e.Key != key(7) || e.Name != dom.Name {
			t.Errorf("unexpected event %d: %+v, %t, %v", sample.event, e, ours, err)
		}
	}
}
