package agentx

import (
	"time"

	"go.uber.org/zap"
)

// repeatWindow is for how long log lines of one kind are counted together.
const repeatWindow = 10 * time.Minute

// repeats decides whether a log line may pass. A line with another text than the last always does, one with the same
// does up to burst times in a repeatWindow. What is kept back is counted, and the count is told with that text: by the
// next line that has it, or by the last one that was kept back, just before a line with another.
type repeats struct {
	burst int
	text  string
	since time.Time
	said  int
	kept  int
	last  func(repeated zap.Field) // writes the last line that was kept back
}

// pass calls write if the line may pass, with how many lines of that text were kept back before it.
func (r *repeats) pass(text string, now time.Time, write func(repeated zap.Field)) (passed bool) {
	if text != r.text {
		r.tell(r.last)
	}
	if text != r.text || now.Sub(r.since) >= repeatWindow {
		r.text, r.since, r.said = text, now, 0
	}
	if r.said >= r.burst {
		r.kept++
		r.last = write
		return false
	}
	r.said++
	if r.kept == 0 {
		write(zap.Skip())
		return true
	}
	r.tell(write)
	return true
}

// tell writes a line with the count of those that were kept back, if there are any.
func (r *repeats) tell(write func(repeated zap.Field)) {
	if r.kept > 0 {
		write(zap.Int("repeated", r.kept))
	}
	r.forget()
}

// forget drops the count: it was told elsewhere.
func (r *repeats) forget() { r.kept, r.last = 0, nil }
