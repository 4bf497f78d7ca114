package integration

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap/zaptest"

	"github.com/vmond/vmond/agentx"
	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/mib"
	"github.com/vmond/vmond/mib/vmmib"
)

// TestLargestList proves that the longest list that the default configuration admits reaches the manager octet by octet,
// through AgentX, snmpd and UDP, and that one with the next index is refused before it is sent: snmpd would accept it and
// throw it away.
func TestLargestList(t *testing.T) {
	t.Parallel()
	s, trapd := startManager(t)
	sub, err := agentx.New(agentx.Config{Address: s.AgentX, Description: "largest", Subtree: vmmib.Root()},
		func() mib.Tree { return nil }, zaptest.NewLogger(t))
	if err != nil {
		t.Fatal(err)
	}
	runUntilEnd(t, sub.Run)
	var mu sync.Mutex
	var refused []error
	sent := make(chan error, len(kinds))
	n := vmmib.NewNotifications(vmmib.NotificationOptions{Bulk: true, MessageSize: udpMessage}, func(n vmmib.Notification) {
		if n.Err != nil {
			mu.Lock()
			defer mu.Unlock()
			refused = append(refused, n.Err)
			return
		}
		sub.Notify(n.Notification, func(err error) { sent <- err })
	})
	largest := vmmib.MaxIndex(udpMessage)
	change := func(index int32, to hv.OperState) collector.Change {
		return collector.Change{Index: index, From: hv.Some(hv.StateShutdown), To: hv.Some(to)}
	}
	n.Follow([]collector.Change{
		change(1, hv.StateRunning), change(largest, hv.StateRunning), change(largest+1, hv.StatePaused),
	})
	// Run ends all windows when it ends.
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := n.Run(ctx); err != nil {
		t.Fatal(err)
	}
	if err := <-sent; err != nil {
		t.Fatal(err)
	}

	list := strings.Repeat("00", int(largest)/8)
	want := []told{{Kind: "vmBulkRunning", Affected: "80" + list[len("80"):len(list)-len("01")] + "01"}}
	awaitTold(t, trapd, "the list is received", count("vmBulkRunning", 1))
	for _, version := range versions {
		if diff := cmp.Diff(want, tellAll(t, of(trapd.Received(t), version))); diff != "" {
			t.Errorf("unexpected notifications by %s, of %d digits (-want +got):\n%.2000s", version, len(list), diff)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if len(refused) != 1 || !errors.Is(refused[0], vmmib.ErrTooLarge) {
		t.Errorf("refused %v, want the list with the index %d", refused, largest+1)
	}
}
