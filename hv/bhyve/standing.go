package bhyve

import (
	"time"

	"github.com/vmond/vmond/hv"
)

// A standing is a guest with what became of it over time, as it is after a look.
type standing struct {
	guest
	oper  hv.OperState
	admin hv.AdminState
	// run is hv.Summary.Run: the same for all processes of a run, which the guest's reboots part. It is 0 without a run.
	run int64
	// began is when the run began, by the host's time of day. It is zero without a run.
	began time.Time
	// spent is the CPU time of the processes of the run that ended, so that a reboot does not make the counters fall.
	spent spent
}
