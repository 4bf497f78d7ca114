package bhyve

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	zaplog "go.uber.org/zap/zaptest/observer"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// A tallied counts how often each program is run.
type tallied struct {
	freebsd.System
	runs map[string]int
}

func (c *tallied) Run(ctx context.Context, cmd freebsd.Command) ([]byte, error) {
	c.runs[cmd.Argv[0]]++
	return c.System.Run(ctx, cmd)
}

// TestEnvironmentOnce proves that what several need is asked once in a call, and what nobody needs not at all.
func TestEnvironmentOnce(t *testing.T) {
	t.Parallel()
	rec := freebsd.NewRecording()
	c := &tallied{System: rec, runs: map[string]int{}}
	e := newInquiry(t.Context(), c, newTroubles(zap.NewNop())).environment(t.Context())
	for range 3 {
		e.links()
		e.volumeSize("a")
		e.datasets("zroot")
		e.datasets("tank")
	}
	want := map[string]int{"/sbin/ifconfig": 1, "/sbin/zfs": 1, "/sbin/sysctl": 2}
	if diff := cmp.Diff(want, c.runs); diff != "" {
		t.Errorf("unexpected runs (-want +got):\n%s", diff)
	}
}

// TestEnvironmentTold proves that the log is told once of what cannot be had, and once that it can.
func TestEnvironmentTold(t *testing.T) {
	t.Parallel()
	core, logs := zaplog.New(zapcore.InfoLevel)
	rec := freebsd.NewRecording()
	ifconfig := []string{"/sbin/ifconfig", "-a"}
	q := newInquiry(t.Context(), rec, newTroubles(zap.New(core)))
	steps := []struct {
		name string
		err  error
		want []string
	}{
		{"well", nil, nil},
		{"fails", errors.New("exit status 1"), []string{"cannot be read"}},
		{"fails still", errors.New("exit status 1"), nil},
		{"well again", nil, []string{"can be read again"}},
		{"well still", nil, nil},
	}
	for _, step := range steps {
		rec.SetProgram(ifconfig, []byte("tap0: flags=0\n"), step.err)
		l, ok := q.environment(t.Context()).links()
		if ok != (step.err == nil) || len(l) > 0 != ok {
			t.Errorf("%s: %d interfaces, %v", step.name, len(l), ok)
		}
		var got []string
		for _, entry := range logs.TakeAll() {
			got = append(got, entry.Message)
			if entry.ContextMap()["source"] != ifconfig[0] {
				t.Errorf("%s: %v is not about %s", step.name, entry.ContextMap(), ifconfig[0])
			}
		}
		if diff := cmp.Diff(step.want, got); diff != "" {
			t.Errorf("%s: unexpected log (-want +got):\n%s", step.name, diff)
		}
	}
}

// hanging is a system whose programs do not end by themselves.
type hanging struct{ freebsd.System }

func (hanging) Run(ctx context.Context, _ freebsd.Command) ([]byte, error) {
	<-ctx.Done()
	return []byte("half an answer"), ctx.Err()
}

// TestEnvironmentHangs proves that a program that hangs takes no longer than its bound, and hardly any time after that; and that what
// needs it is absent meanwhile.
func TestEnvironmentHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		life, end := context.WithCancel(t.Context())
		q := newInquiry(life, hanging{freebsd.NewRecording()}, newTroubles(zap.NewNop()))
		for _, most := range []time.Duration{programBound, hurry, hurry} {
			began := time.Now()
			if n := q.environment(t.Context()).volumeSize("zroot/disk0"); !n.IsZero() {
				t.Errorf("size %v of what cannot be read", n)
			}
			if took := time.Since(began); took > most {
				t.Errorf("waited %v, want %v at most", took, most)
			}
		}
		end()
		synctest.Wait()
	})
}

// tasting is a system that tells of no disks while one of them does not answer.
type tasting struct {
	freebsd.System
	over <-chan struct{}
}

func (s tasting) Sysctl(name string, args ...int) ([]byte, error) {
	if name == mediaVariable {
		<-s.over
	}
	return s.System.Sysctl(name, args...)
}

// TestEnvironmentTastes proves that the sizes of disks are not waited for either.
func TestEnvironmentTastes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		over := make(chan struct{})
		q := newInquiry(t.Context(), tasting{freebsd.NewRecording(), over}, newTroubles(zap.NewNop()))
		for _, most := range []time.Duration{programBound, hurry, hurry} {
			began := time.Now()
			if n := q.environment(t.Context()).mediumSize("da1"); !n.IsZero() {
				t.Errorf("size %v of what cannot be read", n)
			}
			if took := time.Since(began); took > most {
				t.Errorf("waited %v, want %v at most", took, most)
			}
		}
		close(over)
		synctest.Wait()
	})
}

// TestEnvironmentSets proves that sysctl(8) is given nothing that it would take for a value to set, or for another variable: the name of
// the pool may be what anybody has told some process called bhyve.
func TestEnvironmentSets(t *testing.T) {
	t.Parallel()
	for pool, asked := range map[string]bool{
		"zroot": true, "Tank_2-b": true, "": false, "tank:ssd": false, "zroot.txgs": false, "zroot.txgs=0 ": false, "a b": false, "ü": false,
	} {
		c := &tallied{System: freebsd.NewRecording(), runs: map[string]int{}}
		newInquiry(t.Context(), c, newTroubles(zap.NewNop())).environment(t.Context()).datasets(pool)
		if got := c.runs["/sbin/sysctl"] > 0; got != asked {
			t.Errorf("%q: asked = %v", pool, got)
		}
	}
}

// TestEnvironmentGivenUp proves that nobody is told of trouble that is only that the caller gave up.
func TestEnvironmentGivenUp(t *testing.T) {
	t.Parallel()
	core, logs := zaplog.New(zapcore.InfoLevel)
	synctest.Test(t, func(t *testing.T) {
		life, end := context.WithCancel(t.Context())
		q := newInquiry(life, hanging{freebsd.NewRecording()}, newTroubles(zap.New(core)))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, ok := q.environment(ctx).links(); ok {
			t.Error("there are interfaces")
		}
		end()
		synctest.Wait()
	})
	if n := logs.Len(); n > 0 {
		t.Errorf("the log has %v", logs.All())
	}
}

// TestMediumSize proves that the size of a disk is the kernel's.
func TestMediumSize(t *testing.T) {
	t.Parallel()
	rec := freebsd.NewRecording()
	rec.SetSysctl([]byte("0 DISK da1 2000 512 hd 255 sc 63\n\x00"), mediaVariable)
	e := newInquiry(t.Context(), rec, newTroubles(zap.NewNop())).environment(t.Context())
	for name, want := range map[string]hv.Opt[int64]{"da1": hv.Some[int64](2000), "da2": {}} {
		if got := e.mediumSize(name); got != want {
			t.Errorf("%s: size %v, want %v", name, got, want)
		}
	}
}
