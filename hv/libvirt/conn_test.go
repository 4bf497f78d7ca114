package libvirt

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	lv "github.com/digitalocean/go-libvirt"
)

// TestConnTurn waits longer for its turn than a request may take: the bound begins with the turn. Only ctx ends the
// wait.
func TestConnTurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const bound = time.Second
		c := &conn{wire: newWire(stream{}, nil), slots: make(chan struct{}, 1), lacks: map[string]bool{}}
		c.slots <- struct{}{}
		made := make(chan error, 1)
		go func() { made <- c.do(t.Context(), "request", bound, func(*lv.Libvirt) error { return nil }) }()
		<-time.After(3 * bound)
		synctest.Wait()
		select {
		case err := <-made:
			t.Fatalf("it has not waited: %v", err)
		default:
		}
		<-c.slots
		if err := <-made; err != nil {
			t.Errorf("unexpected error: %v", err)
		}
		c.wire.once.Do(func() { close(c.wire.ended) }) // there is no stream to be cut
		c.slots <- struct{}{}
		if err := c.do(t.Context(), "request", bound, nil); !errors.Is(err, errLost) {
			t.Errorf("unexpected error once the connection is lost: %v", err)
		}
	})
}
