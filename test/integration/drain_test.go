package integration

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/vmond/vmond/agentx"
	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/mib"
	"github.com/vmond/vmond/mib/vmmib"
	"github.com/vmond/vmond/test/lab"
	"github.com/vmond/vmond/test/served"
)

// BenchmarkGetWhileDraining measures in one run what a GET through snmpd takes while there are no notifications, and while
// 10,000 that have waited for snmpd leave by it: without a manager, and by traps to one. What it takes longer is what snmpd,
// which does one thing at a time, needs for those that come between: there is never more than one of ours with it.
func BenchmarkGetWhileDraining(b *testing.B) {
	for _, manager := range []bool{false, true} {
		name := "no_manager"
		if manager {
			name = "manager"
		}
		b.Run(name, func(b *testing.B) {
			var sinks []string
			if manager {
				sinks = append(sinks, lab.StartSnmptrapd(b).Traps())
			}
			benchmarkDrain(b, lab.StartSnmpd(b, sinks...))
		})
	}
}

func benchmarkDrain(b *testing.B, s *lab.Snmpd) {
	b.Helper()
	view := vmmib.New(func() *collector.Snapshot { return &collector.Snapshot{} }, vmmib.Options{})
	sub, err := agentx.New(agentx.Config{Address: s.AgentX, Description: "drain", Subtree: vmmib.Root()}, view.Tree, zap.NewNop())
	if err != nil {
		b.Fatal(err)
	}
	runUntilEnd(b, sub.Run)
	lab.Eventually(b, settle, "it is served", func() error {
		if v := s.Get(b, served.PerVMNotificationsEnabled)[0].Value; v.IsException() {
			return errors.New(v.String())
		}
		return nil
	})
	client := s.Client(b)
	get := func() time.Duration {
		began := time.Now()
		if _, err := client.Get([]string{"." + served.PerVMNotificationsEnabled.String()}); err != nil {
			b.Fatal(err)
		}
		return time.Since(began)
	}
	const notifications = 10000
	var idle, draining []time.Duration
	for b.Loop() {
		var left atomic.Int64
		left.Store(notifications)
		for range notifications / 10 {
			idle = append(idle, get())
		}
		for range notifications {
			sub.Notify(mib.Notification{
				ID: vmNotifications.Append(1),
				Objects: []mib.Varbind{
					{Name: served.Name.Append(1), Value: mib.Text("web")},
					{Name: served.UUID.Append(1), Value: mib.Octets(make([]byte, 16))},
					{Name: served.OperState.Append(1), Value: mib.Integer(11)},
				},
			}, func(err error) {
				if err != nil {
					b.Error(err)
				}
				left.Add(-1)
			})
		}
		for left.Load() > 0 {
			draining = append(draining, get())
		}
	}
	b.ReportMetric(float64(len(draining))/float64(b.N), "gets/drain")
	same := func(d time.Duration) time.Duration { return d }
	report(b, idle, "idle", same)
	report(b, draining, "draining", same)
}
