package collector

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"

	"github.com/vmond/vmond/hv"
)

// change changes one virtual machine of f.
func (f *fake) change(key string, how func(*fakeVM)) {
	f.set(func() {
		vm := f.vms[key]
		how(&vm)
		f.vms[key] = vm
	})
}

func TestCollectorHungStatesHoldUpNoDefinition(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(running("a", 1))
		c := run(t, watchedFake{f}, zap.NewNop())
		pass(2 * time.Second)
		f.set(func() { f.hang["states"] = true })
		pass(testIntervals.States) // a reading of them is under way
		f.change("a", func(vm *fakeVM) { vm.def.OSType = "changed" })
		reads := f.count("definitions")
		const events = 500
		for range events {
			f.events <- hv.Event{Kind: hv.Changed, Key: "a"}
			pass(10 * time.Millisecond)
		}
		if got := c.Latest().VM(1).OSType; got != "changed" {
			t.Errorf("unexpected text while the states hang: %q", got)
		}
		if got := f.count("definitions") - reads; got > events/5 {
			t.Errorf("unexpected readings of the definitions for %d events: %d", events, got)
		}
	})
}

func TestCollectorAStartWhileNobodyCouldLookIsUnknown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(off("a"), off("b"))
		c := run(t, f, zap.NewNop())
		pass(2 * time.Second)
		f.set(func() {
			f.errs["states"] = errors.New("away")
			f.vms["a"] = running("a", 1)
		})
		pass(10 * time.Minute)
		f.set(func() { delete(f.errs, "states") })
		pass(2 * time.Second)
		if got := c.Latest().VM(1).Started; !got.IsZero() {
			t.Errorf("it was started 10 minutes ago, and is said to have been at %v", got)
		}
		f.set(func() { f.vms["b"] = running("b", 2) })
		pass(testIntervals.States)
		if got := c.Latest().VM(2).Started; got.IsZero() {
			t.Error("a start that was seen is not told")
		}
	})
}

func TestCollectorAsksTheHostAgainAfterAFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(running("a", 1))
		c := run(t, f, zap.NewNop())
		pass(2 * time.Second)
		f.set(func() { f.errs["states"] = errors.New("down") })
		pass(testIntervals.States)
		f.set(func() {
			delete(f.errs, "states")
			f.host.Life, f.host.Started = "another", hv.Some(time.Now())
		})
		pass(2 * retryAfter)
		s := c.Latest()
		if s.Host.Life != "another" || s.LastChange.Or(time.Hour) > time.Second {
			t.Errorf("unexpected host %+v, last change %v", s.Host, s.LastChange)
		}
	})
}

func TestCollectorAHostThatFailsHoldsUpNoStates(t *testing.T) {
	for _, hang := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			f := newFake(running("a", 1))
			c := run(t, f, zap.NewNop())
			pass(2 * time.Second)
			f.set(func() { f.errs["host"], f.hang["host"] = errors.New("no version"), hang })
			pass(10 * time.Minute)
			if age := time.Since(c.Latest().StatesAt); age > hostTimeout+2*testIntervals.States {
				t.Errorf("hang %t: the states are %v old", hang, age)
			}
			if h := c.Health().States; h.LastError == "" {
				t.Errorf("hang %t: the error is not told: %+v", hang, h)
			}
			f.set(func() { f.hang["host"] = false; delete(f.errs, "host") })
			pass(time.Minute)
			if h := c.Health().States; h.LastError != "" {
				t.Errorf("hang %t: unexpected health: %+v", hang, h)
			}
		})
	}
}

// A hanger is a fake of which the last virtual machine never answers, once it was told so, in no depth.
type hanger struct {
	*fake
	sick string
}

func (h hanger) wait(ctx context.Context, keys []string) error {
	h.mu.Lock()
	sick := h.hang[h.sick]
	h.mu.Unlock()
	for _, key := range keys {
		if sick && key == h.sick {
			<-ctx.Done()
			return ctx.Err()
		}
	}
	return nil
}

func without(keys []string, sick string) []string {
	var rest []string
	for _, key := range keys {
		if key != sick {
			rest = append(rest, key)
		}
	}
	return rest
}

func (h hanger) Definitions(ctx context.Context, keys []string, yield func(string, hv.Definition, error)) error {
	if err := h.fake.Definitions(ctx, without(keys, h.sick), yield); err != nil {
		return err
	}
	return h.wait(ctx, keys)
}

func (h hanger) Statistics(ctx context.Context, keys []string, yield func(string, hv.Statistics, error)) error {
	if err := h.fake.Statistics(ctx, without(keys, h.sick), yield); err != nil {
		return err
	}
	return h.wait(ctx, keys)
}

func TestCollectorOneThatHangsDoesNotAgeTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(many(5000)...)
		h := hanger{f, "vm-04999"}
		f.hang[h.sick] = true
		c := run(t, h, zap.NewNop())
		pass(5 * time.Second)
		var worst time.Duration
		for range 200 {
			pass(time.Second)
			if vm := c.Latest().VM(1); !vm.Stale {
				worst = max(worst, time.Since(vm.StatsAt))
			}
		}
		if most := idleTimeout + testIntervals.Statistics; worst > most {
			t.Errorf("a healthy neighbour was %v old: want at most %v", worst, most)
		}
		if vm := c.Latest().VM(5000); !vm.Stale {
			t.Error("the sick one is not stale")
		}
		if got := c.Health().Statistics.LastError; !strings.Contains(got, errSilent.Error()) {
			t.Errorf("unexpected error: %q", got)
		}
	})
}

func TestCollectorOneThatIsLeftOutIsStale(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(running("a", 1), running("b", 2))
		c := run(t, hanger{f, "b"}, zap.NewNop()) // b does not hang: it is left out without an error
		pass(2 * time.Minute)
		if vm := c.Latest().VM(1); vm.Stale || !vm.Defined {
			t.Errorf("the one that is told of: %+v", vm)
		}
		if vm := c.Latest().VM(2); !vm.Stale || vm.Defined {
			t.Errorf("the one that is left out: %+v", vm)
		}
		if h := c.Health(); h.Definitions.LastError == "" || h.Statistics.LastError == "" {
			t.Errorf("unexpected health: %+v", h)
		}
		once, err := Once(t.Context(), hanger{f, "b"})
		if err != nil {
			t.Fatal(err)
		}
		if once.VM(1).Stale || !once.VM(2).Stale {
			t.Errorf("read once: stale %t, %t", once.VM(1).Stale, once.VM(2).Stale)
		}
	})
}

func TestCollectorDefinitionsThatCannotBeReadAreStale(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(running("a", 1))
		c := run(t, f, zap.NewNop())
		pass(2 * time.Second)
		f.set(func() { f.errs["definitions"] = errors.New("down") })
		pass(testIntervals.Definitions)
		if vm := c.Latest().VM(1); !vm.Stale || vm.OSType != "hvm" {
			t.Errorf("unexpected virtual machine while its definition cannot be read: %+v", vm)
		}
		f.set(func() { delete(f.errs, "definitions") })
		pass(2 * time.Second)
		if c.Latest().VM(1).Stale {
			t.Error("stale though all could be read")
		}
	})
}

func TestCollectorNeighboursDoNotWaitForOneThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(running("a", 1), running("b", 2), running("z", 3))
		f.hang["z"] = true
		c := run(t, hanger{f, "z"}, zap.NewNop())
		pass(firstGrace + time.Second)
		for i := range int32(2) {
			if vm := c.Latest().VM(i + 1); !vm.Defined || vm.StatsAt.IsZero() || vm.Stale {
				t.Errorf("%q waits: %+v", vm.Key, vm)
			}
		}
		if vm := c.Latest().VM(3); vm == nil || vm.Defined {
			t.Errorf("the one that hangs: %+v", vm)
		}
	})
}
