package lab

import (
	"context"
	"net"
	"os/exec"
	"sync"
	"testing"
	"time"
)

const (
	// bridgeAddress is the bridge's own, allAddress that of all who are on it (RFC 5737). Nobody listens at its port.
	bridgeAddress = "192.0.2.1/24"
	allAddress    = "192.0.2.255:9"
	// trafficGap is the time between two datagrams.
	trafficGap = 50 * time.Millisecond
)

// Traffic sends a little to all guests on the bridge until the test ends, so that their network counters move.
func (g *Guests) Traffic(t testing.TB) {
	t.Helper()
	run(t, exec.Command("ip", "address", "add", bridgeAddress, "dev", g.Bridge))
	c, err := net.Dial("udp", allAddress)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		defer c.Close()
		tick := time.NewTicker(trafficGap)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			if _, err := c.Write([]byte("to all")); err != nil {
				t.Errorf("no traffic any more: %v", err)
				return
			}
		}
	})
	t.Cleanup(func() { cancel(); wg.Wait() })
}
