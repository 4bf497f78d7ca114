package libvirt

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"strings"
)

// A stream is the way to a daemon: the bytes, and how to end it at once. Closing the bytes may wait for the other side,
// as it does with TLS; cut does not.
type stream struct {
	net.Conn
	cut func() error
	// socket is the path of the unix socket on this host, or "".
	socket string
}

// dial opens the way to the daemon. It returns soon after ctx is done.
func (t target) dial(ctx context.Context) (stream, error) {
	switch t.transport {
	case transportUnix:
		return t.dialUnix(ctx)
	case transportTLS:
		return t.dialTLS(ctx)
	case transportSSH:
		return t.dialSSH(ctx)
	}
	c, err := new(net.Dialer).DialContext(ctx, "tcp", t.address)
	if err != nil {
		return stream{}, err
	}
	return stream{Conn: c, cut: c.Close}, nil
}

// dialUnix tries the sockets in turn.
func (t target) dialUnix(ctx context.Context) (stream, error) {
	var refused error
	for _, path := range t.sockets {
		c, err := new(net.Dialer).DialContext(ctx, "unix", path)
		if err == nil {
			return stream{Conn: c, cut: c.Close, socket: path}, nil
		}
		var slow net.Error
		if ctx.Err() != nil || errors.As(err, &slow) && slow.Timeout() {
			return stream{}, fmt.Errorf("socket %q: %w", path, missed(ctx))
		}
		// A socket that exists and refuses us tells more than the absence of all the others.
		if errors.Is(err, fs.ErrPermission) && refused == nil {
			refused = permissionError(path, err)
		}
	}
	if refused != nil {
		return stream{}, refused
	}
	return stream{}, fmt.Errorf("no libvirt daemon answers: tried %s", strings.Join(t.sockets, ", "))
}
