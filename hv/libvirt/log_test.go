package libvirt

import "go.uber.org/zap"

// nopLog returns a logger that writes nothing.
func nopLog() *zap.Logger { return zap.NewNop() }
