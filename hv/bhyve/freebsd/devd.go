package freebsd

import (
	"context"
	"fmt"
	"io"
	"net"
)

// devdSocket is where devd(8) tells everybody of devices, a line with each packet.
const devdSocket = "/var/run/devd.seqpacket.pipe"

// dialDevd connects to devd at the path. One Read of the stream is one line, as long as it fits; its end is io.EOF once devd is gone
// or has dropped a reader that is too slow. The stream ends with ctx.
func dialDevd(ctx context.Context, path string) (io.ReadCloser, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unixpacket", path)
	if err != nil {
		return nil, fmt.Errorf("failed to connect to devd: %w", err)
	}
	stream := &devdStream{conn: conn, ctx: ctx}
	stream.stop = context.AfterFunc(ctx, func() { _ = conn.Close() })
	return stream, nil
}

// A devdStream is a connection to devd for as long as ctx is not done.
type devdStream struct {
	conn net.Conn
	ctx  context.Context
	stop func() bool
}

// Read reads one line. Its error is that of ctx once it is done.
func (s *devdStream) Read(p []byte) (int, error) {
	n, err := s.conn.Read(p)
	if ended := s.ctx.Err(); err != nil && ended != nil {
		return n, ended
	}
	return n, err
}

// Close ends the stream. A second call does nothing.
func (s *devdStream) Close() error {
	if !s.stop() {
		return nil
	}
	return s.conn.Close()
}
