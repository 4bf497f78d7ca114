package integration

import (
	"context"
	"errors"
	"sync"
	"testing"

	"go.uber.org/zap/zaptest"

	"github.com/vmond/vmond/agentx"
	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/mib"
	"github.com/vmond/vmond/mib/vmmib"
	"github.com/vmond/vmond/test/lab"
	"github.com/vmond/vmond/test/served"
)

// A rig is what vmond serve is made of, in the test's own process, so that the test can drive the hypervisor.
type rig struct {
	collector     *collector.Collector
	notifications *vmmib.Notifications
	subagent      *agentx.Subagent
}

// startRig lets the snmpd serve a hypervisor and tell of it until the test ends. It returns once the hypervisor has been
// read and the snmpd serves it. A notification that does not leave fails the test.
func startRig(t *testing.T, s *lab.Snmpd, src hv.Source, o vmmib.NotificationOptions) *rig {
	t.Helper()
	return startRigWith(t, s, src, o, collector.DefaultIntervals())
}

// startRigWith is startRig with other intervals.
func startRigWith(t *testing.T, s *lab.Snmpd, src hv.Source, o vmmib.NotificationOptions, iv collector.Intervals) *rig {
	t.Helper()
	log := zaptest.NewLogger(t)
	r := &rig{collector: collector.New(src, nil, iv, log.Named("collector"))}
	r.notifications = vmmib.NewNotifications(o, func(n vmmib.Notification) {
		if n.Err != nil {
			t.Errorf("notification %v of changes %v cannot be sent: %v", n.ID, n.Changes, n.Err)
			return
		}
		r.subagent.Notify(n.Notification, func(err error) {
			if err != nil {
				t.Errorf("notification %v of changes %v was not sent: %v", n.ID, n.Changes, err)
			}
		})
	})
	r.collector.Follow(r.notifications.Follow)
	view := vmmib.New(r.collector.Latest, vmmib.Options{Switches: r.notifications.Switches(), Look: r.collector.Look})
	var err error
	r.subagent, err = agentx.New(agentx.Config{
		Address: s.AgentX, Description: "rig", Subtree: vmmib.Root(), Opened: r.notifications.Reset,
	}, view.Tree, log.Named("agentx"))
	if err != nil {
		t.Fatal(err)
	}
	for _, run := range []func(context.Context) error{r.subagent.Run, r.notifications.Run, r.collector.Run} {
		runUntilEnd(t, run)
	}
	lab.Eventually(t, settle, "the hypervisor is read and served", func() error {
		if r.collector.Latest().StatesAt.IsZero() {
			return errors.New("it was not read")
		}
		if v := s.Get(t, served.Number)[0].Value; v.Type() != mib.TypeInteger {
			return errors.New("vmNumber is " + v.String())
		}
		return nil
	})
	return r
}

// runUntilEnd runs something until the test ends, in the order opposite to that of the calls, or until the function is called
// that it returns.
func runUntilEnd(t testing.TB, run func(context.Context) error) (end func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- run(ctx) }()
	end = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run = %v", err)
		}
	})
	t.Cleanup(end)
	return end
}
