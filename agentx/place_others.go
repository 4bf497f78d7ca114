//go:build !linux || 386 || arm || mips || mipsle

package agentx

import "net"

// newPlace returns nil: the master is not followed.
func newPlace(net.Conn) place { return nil }
