package lab

import (
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// maxNotice is more than vmond says to its service manager at a time.
const maxNotice = 4 << 10

// A Manager hears what vmond says to its service manager (sd_notify(3)), as systemd does.
type Manager struct {
	// Socket is what NOTIFY_SOCKET is to be.
	Socket string

	mu     sync.Mutex
	status string
}

// StartManager starts one that ends with the test.
func StartManager(t testing.TB) *Manager {
	t.Helper()
	m := &Manager{Socket: filepath.Join(ShortDir(t), "notify")}
	c, err := net.ListenPacket("unixgram", m.Socket)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() { m.hear(c) })
	t.Cleanup(func() {
		c.Close()
		wg.Wait()
	})
	return m
}

func (m *Manager) hear(c net.PacketConn) {
	notice := make([]byte, maxNotice)
	for {
		n, _, err := c.ReadFrom(notice)
		if err != nil {
			return
		}
		for line := range strings.Lines(string(notice[:n])) {
			if text, ok := strings.CutPrefix(strings.TrimSpace(line), "STATUS="); ok {
				m.mu.Lock()
				m.status = text
				m.mu.Unlock()
			}
		}
	}
}

// Status returns the last status that it heard, or "".
func (m *Manager) Status() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.status
}
