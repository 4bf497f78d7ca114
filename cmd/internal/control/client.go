package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"strings"
	"syscall"

	"github.com/vmond/vmond/cmd/internal/daemon"
	"github.com/vmond/vmond/cmd/internal/events"
	"github.com/vmond/vmond/collector"
)

// ErrNotRunning is the error of a Client where no vmond is.
var ErrNotRunning = errors.New("no vmond answers")

// A Client asks the vmond at a control socket. Make one with [NewClient].
type Client struct {
	path string
	http http.Client
}

// NewClient returns a Client of the socket at path. It connects when it is asked.
func NewClient(path string) *Client {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", path)
	}
	return &Client{path: path, http: http.Client{Transport: &http.Transport{DialContext: dial}}}
}

// Close closes the connections that are open. The Client may be used again.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Snapshot returns the latest snapshot, as of the moment at which vmond told it.
func (c *Client) Snapshot(ctx context.Context) (*collector.Snapshot, error) {
	s := new(collector.Snapshot)
	if err := c.get(ctx, "/snapshot", s); err != nil {
		return nil, err
	}
	return s, nil
}

// Health returns how vmond fares.
func (c *Client) Health(ctx context.Context) (Health, error) {
	var h Health
	err := c.get(ctx, "/health", &h)
	return h, err
}

// Events returns the last changes of virtual machines, the oldest first.
func (c *Client) Events(ctx context.Context) ([]events.Event, error) {
	var e []events.Event
	err := c.get(ctx, "/events", &e)
	return e, err
}

// get asks for a path and decodes the answer into v.
func (c *Client) get(ctx context.Context, path string, v any) error {
	// The host is of no consequence: there is one at the end of a socket.
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://vmond"+path, nil)
	if err != nil {
		return err
	}
	res, err := c.http.Do(req)
	if err != nil {
		return c.explain(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("control socket %q: %s is answered with %q", c.path, path, res.Status)
	}
	if kind := res.Header.Get("Content-Type"); !strings.HasPrefix(kind, "application/json") {
		return fmt.Errorf("control socket %q: %s is answered with %q, which is not what vmond answers", c.path, path, kind)
	}
	if err := json.NewDecoder(res.Body).Decode(v); err != nil {
		return fmt.Errorf("control socket %q: answer to %s: %w", c.path, path, err)
	}
	return nil
}

// explain says what an error of the connection means.
func (c *Client) explain(err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return daemon.Denied(c.path, syscall.EACCES)
	}
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) {
		return fmt.Errorf("%w on socket %q", ErrNotRunning, c.path)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("vmond does not answer in time on socket %q", c.path)
	}
	return fmt.Errorf("control socket %q: %w", c.path, err)
}
