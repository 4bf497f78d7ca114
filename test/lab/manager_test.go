package lab

import (
	"errors"
	"net"
	"testing"
	"time"
)

func TestManager(t *testing.T) {
	t.Parallel()
	m := StartManager(t)
	if got := m.Status(); got != "" {
		t.Errorf("the status of nobody is %q", got)
	}
	c, err := net.Dial("unixgram", m.Socket)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, text := range []string{"READY=1\nSTATUS=first", "WATCHDOG=1", "STATUS=second\nRELOADING=1", "READY=1"} {
		if _, err := c.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	const patience = 10 * time.Second
	Eventually(t, patience, "the last status is heard", func() error {
		if got := m.Status(); got != "second" {
			return errors.New(got)
		}
		return nil
	})
}
