package integration

import (
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap/zaptest"

	"github.com/vmond/vmond/agentx"
	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/mib"
	"github.com/vmond/vmond/mib/vmmib"
	"github.com/vmond/vmond/test/lab"
	"github.com/vmond/vmond/test/served"
)

// A spoiler is another subagent's tree: one instance, of which a SET is fine until it is to be carried out.
type spoiler struct {
	name mib.OID
	look func() // called when it is to be carried out

	mu    sync.Mutex
	steps []string
}

func (s *spoiler) Get(name mib.OID) mib.Value {
	if name.Compare(s.name) != 0 {
		return mib.NoSuchObject
	}
	return mib.Integer(1)
}

func (s *spoiler) Next(dst, start mib.OID, include bool, end mib.OID) (mib.OID, mib.Value, bool) {
	c := start.Compare(s.name)
	if c > 0 || c == 0 && !include || len(end) > 0 && s.name.Compare(end) >= 0 {
		return dst, mib.Value{}, false
	}
	return append(dst, s.name...), mib.Integer(1), true
}

func (s *spoiler) Test(mib.OID, mib.Value) (mib.Assignment, error) { return s, s.step("test") }

func (s *spoiler) Commit() error {
	s.look()
	s.step("commit")
	return errors.New("spoiled")
}

func (s *spoiler) Undo() error { return s.step("undo") }
func (s *spoiler) Release()    { s.step("release") }

func (s *spoiler) step(name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.steps = append(s.steps, name)
	return nil
}

// taken returns the steps.
func (s *spoiler) taken() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.steps
}

// TestUndo proves that a SET is all or nothing over several subagents: when another one cannot do its part of it the switches
// go back. Which of both snmpd has do its part first is different from session to session, so there are sessions of the
// other one until the switches were turned by then.
func TestUndo(t *testing.T) {
	t.Parallel()
	s := lab.StartSnmpd(t)
	n := vmmib.NewNotifications(vmmib.NotificationOptions{Bulk: true}, func(vmmib.Notification) {})
	view := vmmib.New(func() *collector.Snapshot { return &collector.Snapshot{} }, vmmib.Options{Switches: n.Switches()})
	serveTree(t, s, vmmib.Root(), view.Tree, served.BulkNotificationsEnabled)
	set := []string{served.PerVMNotificationsEnabled.String(), "i", yes, served.BulkNotificationsEnabled.String(), "i", no}
	const sessions = 100 // the first few are enough
	turned := false
	for i := 0; i < sessions && !turned; i++ {
		looked := make(chan bool, 1)
		other := &spoiler{name: mib.MustOID("1.3.6.1.2.1.237.1.0"), look: func() {
			looked <- n.Switches().PerVM() && !n.Switches().Bulk()
		}}
		end := serveTree(t, s, other.name[:8], func() mib.Tree { return other }, other.name)
		err := s.Set(t, append(slices.Clone(set), other.name.String(), "i", "2")...)
		end()
		if !failsWith(err, "commitFailed") {
			t.Fatalf("snmpset of the switches and what cannot be done = %v, want commitFailed", err)
		}
		turned = <-looked
		if got := switched(t, s); got != "false true" {
			t.Fatalf("switches after a SET that failed = %s, want them as before; they were turned: %v", got, turned)
		}
		if diff := cmp.Diff([]string{"test", "commit", "undo", "release"}, other.taken()); diff != "" {
			t.Errorf("unexpected steps of the other one (-want +got):\n%s", diff)
		}
	}
	if !turned {
		t.Errorf("in none of %d sessions the switches were turned before the other one failed", sessions)
	}
	if err := s.Set(t, set...); err != nil {
		t.Error(err)
	}
	if got := switched(t, s); got != "true false" {
		t.Errorf("switches after another SET = %s", got)
	}
}

// serveTree has a subagent serve a tree until the test ends, or the function is called that it returns. It returns once the
// master has one of its instances.
func serveTree(t *testing.T, s *lab.Snmpd, root mib.OID, tree func() mib.Tree, instance mib.OID) (end func()) {
	t.Helper()
	sub, err := agentx.New(agentx.Config{Address: s.AgentX, Description: root.String(), Subtree: root}, tree, zaptest.NewLogger(t))
	if err != nil {
		t.Fatal(err)
	}
	end = runUntilEnd(t, sub.Run)
	lab.Eventually(t, settle, instance.String()+" is served", func() error {
		if v := s.Get(t, instance)[0].Value; v.IsException() {
			return errors.New(v.String())
		}
		return nil
	})
	return end
}
