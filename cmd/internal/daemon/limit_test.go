package daemon

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// limited returns a logger whose repeats are held back, what it writes, and its flush.
func limited(burst int) (*zap.Logger, func() []string, func()) {
	core, logs := observer.New(zap.DebugLevel)
	l := newLimiter(core, time.Minute, burst)
	start := time.Now()
	return zap.New(l), func() []string {
		var lines []string
		for _, e := range logs.TakeAll() {
			lines = append(lines, fmt.Sprintf("%v %s %s %v", e.Time.Sub(start), e.Level, e.Message, e.ContextMap()))
		}
		return lines
	}, l.flush
}

func TestLimit(t *testing.T) {
	t.Parallel()
	every := func(n int, gap time.Duration, f func(i int)) {
		for i := range n {
			f(i)
			time.Sleep(gap)
		}
	}
	tests := []struct {
		name string
		log  func(log *zap.Logger)
		want []string
	}{
		{
			"different messages", func(log *zap.Logger) { log.Info("a"); log.Info("b"); log.Warn("a") },
			[]string{"0s info a map[]", "0s info b map[]", "0s warn a map[]"},
		},
		{
			"the same", func(log *zap.Logger) {
				every(30, 7*time.Second, func(int) { log.Warn("failed", zap.String("uri", "x")) })
			},
			[]string{
				"0s warn failed map[uri:x]",
				"1m0s warn failed map[repeated:8 uri:x]",
				"2m0s warn failed map[repeated:9 uri:x]",
				"3m0s warn failed map[repeated:8 uri:x]",
				"4m0s warn failed map[repeated:4 uri:x]",
			},
		},
		{
			"seldom", func(log *zap.Logger) { every(3, 61*time.Second, func(int) { log.Info("a") }) },
			[]string{"0s info a map[]", "1m1s info a map[]", "2m2s info a map[]"},
		},
		{
			"other facts up to a burst", func(log *zap.Logger) {
				every(6, time.Second, func(i int) { log.Info("gone", zap.Int("vm", i)) })
			},
			[]string{
				"0s info gone map[vm:0]", "1s info gone map[vm:1]", "2s info gone map[vm:2]",
				"1m0s info gone map[repeated:3 vm:5]",
			},
		},
		{
			"a burst in each period", func(log *zap.Logger) {
				every(6, 29*time.Second, func(i int) { log.Info("gone", zap.Int("vm", i)); log.Info("gone", zap.Int("vm", i)) })
			},
			[]string{
				"0s info gone map[vm:0]", "29s info gone map[vm:1]", "58s info gone map[vm:2]",
				"1m0s info gone map[repeated:3 vm:2]", "1m27s info gone map[vm:3]", "1m56s info gone map[vm:4]",
				"2m0s info gone map[repeated:2 vm:4]", "2m25s info gone map[vm:5]",
				"3m0s info gone map[repeated:1 vm:5]",
			},
		},
		{
			"facts of With count", func(log *zap.Logger) {
				for _, name := range []string{"a", "b", "a"} {
					log.With(zap.String("task", name)).Error("late")
				}
			},
			[]string{
				"0s error late map[task:a]", "0s error late map[task:b]", "1m0s error late map[repeated:1 task:a]",
			},
		},
		{
			"names of loggers count", func(log *zap.Logger) { log.Named("x").Info("a"); log.Named("y").Info("a") },
			[]string{"0s info a map[]", "0s info a map[]"},
		},
		{
			"counts of who logs are added", func(log *zap.Logger) {
				for range 3 {
					log.Warn("lost", zap.Int("repeated", 9), zap.String("by", "x"))
				}
			},
			[]string{"0s warn lost map[by:x repeated:9]", "1m0s warn lost map[by:x repeated:20]"},
		},
		{
			"debug passes", func(log *zap.Logger) { log.Debug("a"); log.Debug("a") },
			[]string{"0s debug a map[]", "0s debug a map[]"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				log, lines, _ := limited(3)
				tt.log(log)
				time.Sleep(10 * time.Minute)
				if diff := cmp.Diff(counts(tt.want), counts(lines())); diff != "" {
					t.Errorf("unexpected log (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// TestLimitFlush proves that the counts that are left are written at the end, and once.
func TestLimitFlush(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log, lines, flush := limited(3)
		for range 4 {
			log.Info("a")
		}
		log.Info("b")
		flush()
		flush()
		time.Sleep(10 * time.Minute)
		want := []string{"0s info a map[]", "0s info b map[]", "0s info a map[repeated:3]"}
		if diff := cmp.Diff(want, lines()); diff != "" {
			t.Errorf("unexpected log (-want +got):\n%s", diff)
		}
	})
}

// TestLimitForgets proves that what is no longer logged is no longer remembered.
func TestLimitForgets(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		core, _ := observer.New(zap.DebugLevel)
		l := newLimiter(core, time.Minute, 3)
		log := zap.New(l)
		for i := range 1000 {
			log.Info(fmt.Sprint("message ", i))
			log.Info(fmt.Sprint("message ", i))
		}
		time.Sleep(2*time.Minute + time.Second)
		synctest.Wait()
		if n := len(l.shared.open); n != 0 {
			t.Errorf("%d messages are remembered", n)
		}
	})
}
