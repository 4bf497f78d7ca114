package agentx

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/posteo/go-agentx/pdu"
	"go.uber.org/zap/zaptest"

	"github.com/vmond/vmond/agentx/agentxtest"
	"github.com/vmond/vmond/mib"
)

var subtree = mib.MustOID("1.3.6.1.2.1.236")

// at is a name below subtree.
func at(s string) mib.OID {
	if s == "" {
		return subtree
	}
	return subtree.Append(mib.MustOID(s)...)
}

// bind is a varbind below subtree.
func bind(s string, v mib.Value) mib.Varbind { return mib.Varbind{Name: at(s), Value: v} }

// after is the range after a name below subtree, without an end.
func after(s string) agentxtest.Range { return agentxtest.Range{Start: at(s)} }

// testTree has three scalars, a table of three columns and the rows 1, 2 and 7, in which 3.2 is a hole, and at the end
// one scalar of each type of value.
func testTree() agentxtest.Tree {
	return agentxtest.Tree{
		Objects: []mib.OID{
			at("1.1"), at("1.2"), at("1.3"), at("4.1.2"), at("4.1.3"), at("4.1.5"),
			at("9.1"), at("9.2"), at("9.3"), at("9.4"), at("9.5"), at("9.6"), at("9.7"), at("9.8"), at("9.9"),
		},
		Instances: []mib.Varbind{
			bind("1.1.0", mib.Text("sim")),
			bind("1.2.0", mib.Gauge32(3)),
			bind("1.3.0", mib.Integer(2)),
			bind("4.1.2.1", mib.Text("web")),
			bind("4.1.2.2", mib.Text("")),
			bind("4.1.2.7", mib.Text("db")),
			bind("4.1.3.1", mib.Counter64(1<<63)),
			bind("4.1.3.7", mib.Counter64(7)),
			bind("4.1.5.1", mib.Integer(-1)),
			bind("4.1.5.2", mib.Integer(0)),
			bind("4.1.5.7", mib.Integer(4)),
			bind("9.1.0", mib.Integer(-2147483648)),
			bind("9.2.0", mib.Octets([]byte{0, 1, 0xfe, 0xff, 0})),
			bind("9.3.0", mib.ObjectID(mib.MustOID("1.3.6.1.2.1.236.0.1"))),
			bind("9.4.0", mib.IPAddress([4]byte{192, 0, 2, 1})),
			bind("9.5.0", mib.Counter32(4294967295)),
			bind("9.6.0", mib.Gauge32(4294967295)),
			bind("9.7.0", mib.TimeTicks(4294967295)),
			bind("9.8.0", mib.Opaque([]byte{0x9f, 0x78, 4, 0, 0, 0, 0})),
			bind("9.9.0", mib.Counter64(18446744073709551615)),
		},
	}
}

// rig is a subagent that serves a test tree to a master.
type rig struct {
	master  *agentxtest.Master
	session *agentxtest.Session
	tree    *agentxtest.SetTree
	sub     *Subagent
	stop    func() // ends Run and waits for it
}

// serve starts a rig on a unix socket, and waits until all is registered.
func serve(t *testing.T, change ...func(*Config)) *rig {
	t.Helper()
	r := prepare(t, agentxtest.New(t), change...)
	r.run(t)
	r.session = r.master.Session()
	return r
}

func prepare(t testing.TB, m *agentxtest.Master, change ...func(*Config)) *rig {
	t.Helper()
	r := &rig{master: m, tree: agentxtest.NewSetTree(testTree(), at("1.2.0").String(), at("1.3.0").String(), at("4.1.5.2").String())}
	cfg := Config{Address: "unix:/nowhere", Description: "test", Subtree: subtree, Poll: 100 * time.Microsecond}
	if m != nil && m.Address() != ":" {
		cfg.Address = m.Address()
	}
	if m != nil {
		neverSent(t, m)
	}
	for _, c := range change {
		c(&cfg)
	}
	sub, err := New(cfg, func() mib.Tree { return r.tree }, zaptest.NewLogger(t))
	if err != nil {
		t.Fatal(err)
	}
	r.sub = sub
	return r
}

// neverSent fails the test, be it about that or not, if the subagent asks for an index or registers a single instance.
func neverSent(t testing.TB, m *agentxtest.Master) {
	m.Forbid(pdu.TypeIndexAllocate, pdu.TypeIndexDeallocate)
	t.Cleanup(func() {
		for _, p := range m.All(pdu.TypeRegister) {
			if p.Flags&pdu.FlagInstanceRegistration != 0 || p.RangeSubID != 0 {
				t.Errorf("unexpected Register: %+v", p)
			}
		}
	})
}

// runStuck runs a subagent that answers nothing before release.
func (r *rig) runStuck(t testing.TB) (s *agentxtest.Session, release func()) {
	stuck := make(chan struct{})
	r.sub.dispatch.tree = func() mib.Tree {
		<-stuck
		return r.tree
	}
	r.run(t)
	s = r.master.Session()
	synctest.Wait()
	return s, func() { close(stuck) }
}

// run runs the subagent until the test ends, or stop is called.
func (r *rig) run(t testing.TB) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.sub.Run(ctx) }()
	stopped := false
	r.stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-done; err != nil {
			t.Errorf("unexpected error of Run: %v", err)
		}
	}
	t.Cleanup(r.stop)
}
