package agentx

import (
	"runtime"
	"testing"

	"github.com/posteo/go-agentx/pdu"

	"github.com/vmond/vmond/agentx/agentxtest"
	"github.com/vmond/vmond/mib"
)

// response is the Response to the PDU of a subagent.
func (p *loop) response(tb testing.TB, request []byte) []byte {
	h, _ := cut(tb, request)
	return agentxtest.Encode(agentxtest.PDU{Type: pdu.TypeResponse, Session: h.session, Packet: h.packet})
}

// get asks and waits for the answer. A notification that comes meanwhile is accepted, or left without a Response.
func (p *loop) get(tb testing.TB, request []byte, accept bool) {
	p.write(tb, request)
	for {
		b := p.read(tb)
		if h, _ := cut(tb, b); h.typ == pdu.TypeResponse {
			return
		}
		if accept {
			p.write(tb, p.response(tb, b))
		}
	}
}

// BenchmarkGetWhileDraining is what a Get takes over a unix socket: while there are no notifications, while 10,000 wait
// for the Response to one, and while 10,000 are on their way to a master that accepts each as it comes.
func BenchmarkGetWhileDraining(b *testing.B) {
	benchmarks := []struct {
		name   string
		count  int
		accept bool
	}{
		{name: "idle"},
		{name: "waiting", count: defaultQueue},
		{name: "draining", count: defaultQueue, accept: true},
	}
	for _, bb := range benchmarks {
		b.Run(bb.name, func(b *testing.B) {
			p := newLoop(b)
			var again func(error)
			again = func(err error) {
				if err == nil {
					p.rig.sub.Notify(vmRunning(), again) // there always are as many
				}
			}
			for range bb.count {
				p.rig.sub.Notify(vmRunning(), again)
			}
			request := agentxtest.Encode(readRequests()["Get"])
			b.ReportAllocs()
			for b.Loop() {
				p.get(b, request, bb.accept)
			}
			n := p.rig.sub.Status().Notifications
			b.ReportMetric(float64(n.Accepted)/float64(b.N), "notifications/op")
			if n.Waiting < bb.count-1 { // the last that was accepted may be about to be followed by another
				b.Errorf("unexpected number of notifications that wait: %d, want %d", n.Waiting, bb.count)
			}
		})
	}
}

// BenchmarkDrain is what a notification takes over a unix socket and the Response back, while others wait behind it.
func BenchmarkDrain(b *testing.B) {
	left := b.N
	p := newLoop(b, func(s *Subagent) { s.queue = newQueue(left) })
	done := func(err error) {
		if err != nil {
			b.Error(err)
		}
	}
	for range left {
		p.rig.sub.Notify(vmRunning(), done)
	}
	b.ReportAllocs()
	b.ResetTimer()
	for range left {
		p.write(b, p.response(b, p.read(b)))
	}
}

// BenchmarkNotify is what a call takes, and what it keeps in memory, while the master is away.
func BenchmarkNotify(b *testing.B) {
	r := prepare(b, nil)
	n := mib.Notification{ID: at("0.1"), Objects: []mib.Varbind{
		bind("4.1.2.1", mib.Text("web.example.net")),
		bind("4.1.3.1", mib.Text("6ba7b810-9dad-11d1-80b4-00c04fd430c8")),
		bind("4.1.5.1", mib.Integer(4)),
	}}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	b.ReportAllocs()
	for b.Loop() {
		r.sub.Notify(n, nil)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if waiting := r.sub.Status().Notifications.Waiting; waiting == defaultQueue {
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(waiting), "kept-B/notification")
	}
	runtime.KeepAlive(r)
}
