package agentx

import "time"

// repeatWindow is for how long log lines of one kind are counted together.
const repeatWindow = 10 * time.Minute

// repeats decides whether a log line may pass. A line with another text than the last always does, one with the same
// does up to burst times in a repeatWindow. What is kept back is counted.
type repeats struct {
	burst int
	text  string
	since time.Time
	said  int
	kept  int
}

// pass returns whether the line passes, and how many were kept back before it.
func (r *repeats) pass(text string, now time.Time) (kept int, ok bool) {
	if text != r.text || now.Sub(r.since) >= repeatWindow {
		r.text, r.since, r.said = text, now, 0
	}
	if r.said >= r.burst {
		r.kept++
		return 0, false
	}
	kept, r.kept = r.kept, 0
	r.said++
	return kept, true
}
