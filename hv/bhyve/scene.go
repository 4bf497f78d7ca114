package bhyve

import (
	"time"

	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// A scene is what one look found: all virtual machines that are not libvirt's, each once.
type scene struct {
	// clock is when it was taken, before anything was asked.
	clock freebsd.Clock
	// at is when that was, by our own clock.
	at     time.Time
	guests []guest
	// exits tells how and when the last bhyve of CBSD's virtual machine of that name ended, as the system's log has it. It is asked
	// only where nobody has seen the end. It is nil if there is no such log.
	exits func(name string) (status freebsd.WaitStatus, at time.Time, known bool)
}
