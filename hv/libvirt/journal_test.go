package libvirt

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// lines returns what was logged: the message and the numbers.
func lines(logs *observer.ObservedLogs) []string {
	var lines []string
	for _, e := range logs.TakeAll() {
		line := e.Message
		for _, name := range []string{"failures", "repeated"} {
			if n, ok := e.ContextMap()[name].(int64); ok {
				line += fmt.Sprintf(" %s=%d", name, n)
			}
		}
		lines = append(lines, line)
	}
	return lines
}

func TestJournal(t *testing.T) {
	t.Parallel()
	gone, refused := errors.New("no daemon"), errors.New("no permission")
	synctest.Test(t, func(t *testing.T) {
		core, logs := observer.New(zap.InfoLevel)
		j := &journal{log: zap.New(core)}
		expect := func(what string, want ...string) {
			t.Helper()
			if diff := cmp.Diff(want, lines(logs)); diff != "" {
				t.Errorf("unexpected lines after %s (-want +got):\n%s", what, diff)
			}
		}
		for range 5 {
			j.failed("reading", gone)
		}
		expect("failures", "cannot connect")
		j.failed("reading", refused)
		expect("another failure", "cannot connect")
		era := j.connected("reading")
		j.connected("counting")
		expect("connections", "connected failures=6")
		time.Sleep(time.Hour)

		j.lost("reading", era, errors.New("EOF"))
		j.lost("counting", era, errors.New("EOF"))
		expect("the loss of two", "connection lost")
		j.failed("reading", gone)
		expect("a failure after it", "cannot connect")
		time.Sleep(time.Hour)
		j.failed("reading", gone)
		expect("the same failure much later")
		next := j.connected("reading")
		expect("the return", "connected failures=2")
		j.lost("watching", era, errors.New("EOF"))
		expect("a loss that was noticed late")
		time.Sleep(time.Hour)

		for range 10 {
			j.lost("reading", next, errors.New("EOF"))
			j.failed("reading", gone)
			next = j.connected("reading")
		}
		expect("coming and going", "connection lost", "cannot connect", "connected failures=1")
		time.Sleep(time.Hour)
		j.lost("reading", next, errors.New("EOF"))
		expect("another loss", "connection lost repeated=9")

		time.Sleep(time.Hour)
		next = j.connected("reading")
		expect("another return", "connected")
		for range 4 {
			j.failed("reading", gone)
			j.connected("reading")
		}
		expect("one reason", "cannot connect repeated=9", "connected failures=1")
		j.failed("reading", refused)
		expect("another reason", "cannot connect repeated=3", "cannot connect")

		for range 3 {
			j.lost("counting", next, fmt.Errorf("x: %w", errMissed))
		}
		expect("giving up", "connection given up")
		time.Sleep(time.Hour)
		j.lost("counting", next, fmt.Errorf("x: %w", errMissed))
		expect("giving up again", "connection given up repeated=2")
	})
}

// TestJournalOfASource counts lines in a whole life.
func TestJournalOfASource(t *testing.T) {
	t.Parallel()
	srv, s := fake(t, someDaemon())
	core, logs := observer.New(zap.InfoLevel)
	s.journal.log = zap.New(core)
	w := watch(t, s)
	for range 3 {
		summaries(t, s)
		statistics(t, s, key(1))
	}
	srv.Hangup()
	if err := w.err(); !errors.Is(err, errLost) {
		t.Errorf("unexpected error: %v", err)
	}
	summaries(t, s)
	statistics(t, s, key(1))
	want := []string{"connected", "connection lost", "connected"}
	if diff := cmp.Diff(want, lines(logs)); diff != "" {
		t.Errorf("unexpected lines (-want +got):\n%s", diff)
	}
	s.Close()
	if extra := lines(logs); extra != nil {
		t.Errorf("unexpected lines after the end: %q", extra)
	}
}
