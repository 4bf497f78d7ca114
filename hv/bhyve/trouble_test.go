package bhyve

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	zapobserver "go.uber.org/zap/zaptest/observer"
)

// A told is a line of the log.
type told struct {
	Level  zapcore.Level
	Source string
	Error  string
	Untold int64
}

// toldOf returns the lines that were logged since it was last called.
func toldOf(logs *zapobserver.ObservedLogs) []told {
	var all []told
	for _, e := range logs.TakeAll() {
		fields := e.ContextMap()
		source, _ := fields["source"].(string)
		text, _ := fields["error"].(string)
		untold, _ := fields["untold"].(int64)
		all = append(all, told{Level: e.Level, Source: source, Error: text, Untold: untold})
	}
	return all
}

// observed returns a log, and what is written to it.
func observed() (*zap.Logger, *zapobserver.ObservedLogs) {
	core, logs := zapobserver.New(zapcore.DebugLevel)
	return zap.New(core), logs
}

func TestTroubles(t *testing.T) {
	t.Parallel()
	denied, gone := errors.New("permission denied"), errors.New("no such file")
	warn := func(err error, untold int64) told {
		return told{Level: zapcore.WarnLevel, Source: "x", Error: err.Error(), Untold: untold}
	}
	over := told{Level: zapcore.InfoLevel, Source: "x"}
	type step struct {
		after time.Duration
		err   error
		want  []told
	}
	tests := []struct {
		name  string
		steps []step
	}{
		{"well from the start", []step{{0, nil, nil}, {5 * time.Second, nil, nil}}},
		{"once, and when it is over", []step{
			{0, denied, []told{warn(denied, 0)}},
			{5 * time.Second, denied, nil},
			{time.Hour, denied, nil},
			{5 * time.Second, nil, []told{over}},
			{5 * time.Second, nil, nil},
			{time.Hour, denied, []told{warn(denied, 0)}},
		}},
		{"another reason, not at once", []step{
			{0, denied, []told{warn(denied, 0)}},
			{5 * time.Second, gone, nil},
			{5 * time.Second, gone, nil},
			{time.Minute, gone, []told{warn(gone, 2)}},
			{5 * time.Second, denied, nil},
			{5 * time.Second, gone, nil},
		}},
		{"comes and goes", []step{
			{0, denied, []told{warn(denied, 0)}},
			{5 * time.Second, nil, []told{over}},
			{5 * time.Second, denied, nil},
			{5 * time.Second, nil, nil},
			{5 * time.Second, denied, nil},
			{time.Minute, denied, []told{warn(denied, 2)}},
			{time.Second, nil, []told{over}},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				log, logs := observed()
				troubles := newTroubles(log)
				for i, s := range tt.steps {
					time.Sleep(s.after)
					troubles.note("x", s.err)
					if diff := cmp.Diff(s.want, toldOf(logs)); diff != "" {
						t.Fatalf("unexpected log after step %d (-want +got):\n%s", i, diff)
					}
				}
			})
		})
	}
}

func TestTroublesAreApart(t *testing.T) {
	t.Parallel()
	log, logs := observed()
	troubles := newTroubles(log)
	err := errors.New("permission denied")
	troubles.note("a", err)
	troubles.note("b", err)
	troubles.note("b", nil)
	troubles.note("a", err)
	troubles.forget("a")
	troubles.note("a", err)
	want := []told{
		{Level: zapcore.WarnLevel, Source: "a", Error: "permission denied"},
		{Level: zapcore.WarnLevel, Source: "b", Error: "permission denied"},
		{Level: zapcore.InfoLevel, Source: "b"},
		{Level: zapcore.WarnLevel, Source: "a", Error: "permission denied"},
	}
	if diff := cmp.Diff(want, toldOf(logs)); diff != "" {
		t.Errorf("unexpected log (-want +got):\n%s", diff)
	}
}
