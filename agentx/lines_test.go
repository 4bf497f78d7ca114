package agentx

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// TestCountsAreOfTheirOwnLine proves that no line has the count of another, nor a count of nothing.
func TestCountsAreOfTheirOwnLine(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		core, logs := observer.New(zap.DebugLevel)
		l := newLines(zap.New(core))
		absent, denied := errors.New("connection refused"), errors.New("permission denied")
		l.registered(1)
		l.ended(absent, true)
		for range 4 {
			l.ended(absent, false)
		}
		for range 3 {
			l.ended(denied, false)
		}
		l.registered(2)
		l.ended(absent, false)
		l.registered(3)
		want := []string{
			"registered with the master map[session:1]",
			"master lost map[error:connection refused]",
			"no session with the master, trying on map[error:connection refused]",
			"no session with the master, trying on map[error:connection refused repeated:3]",
			"no session with the master, trying on map[error:permission denied]",
			"registered with the master map[failures:7 session:2]",
			"no session with the master, trying on map[error:connection refused]",
			"registered with the master map[failures:1 session:3]",
		}
		var got []string
		for _, e := range logs.All() {
			got = append(got, fmt.Sprint(e.Message, " ", e.ContextMap()))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("unexpected lines (-want +got):\n%s", diff)
		}
	})
}
