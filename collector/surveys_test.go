package collector

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/vmond/vmond/hv"
)

// closely are adaptive intervals with one for the surveys.
var closely = func() Intervals {
	iv := adaptive
	iv.Surveys = 5 * time.Minute
	return iv
}()

// sameAddress has addresses compared as they are.
var sameAddress = cmpopts.EquateComparable(netip.Addr{})

// located returns vm with so many addresses and a snapshot.
func located(vm fakeVM, addresses ...string) fakeVM {
	vm.survey = hv.Survey{Run: hv.Some(vm.Run), Snapshots: hv.Some(1), SnapshotsSize: hv.Some[int64](1 << 20)}
	for _, a := range addresses {
		vm.survey.Addresses = append(vm.survey.Addresses, netip.MustParseAddr(a))
	}
	return vm
}

// surveyed returns a fake of two virtual machines of which one runs, and its Collector after it has run for a while.
func surveyed(t *testing.T) (*fake, *Collector) {
	t.Helper()
	f := newFake(located(running("a", 1), "192.0.2.1"), located(off("b")))
	c := paced(t, surveyedFake{f}, closely)
	pass(time.Minute)
	return f, c
}

// TestNothingIsSurveyedUnlookedAt proves that nothing but a closer look has surveys read: not for an hour, nor for looks.
func TestNothingIsSurveyedUnlookedAt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(many(1000)...)
		c := paced(t, surveyedFake{f}, closely)
		for range 60 {
			pass(time.Minute)
			c.Look()
		}
		f.set(func() { f.vms["new"] = running("new", 5000) })
		f.change("vm-00000", func(vm *fakeVM) { vm.Run = 6000 })
		pass(time.Hour)
		if got := f.count("surveys"); got != 0 {
			t.Errorf("surveys were asked for %d times", got)
		}
		for vm := range c.Latest().VMs() {
			if vm.Survey != nil {
				t.Fatalf("unexpected survey of %q: %+v", vm.Key, vm.Survey)
			}
		}
		if got := len(c.inv.resurvey); got != 0 {
			t.Errorf("%d virtual machines are remembered for it", got)
		}
		if got := c.Health().Surveys; got != (ReadingHealth{}) {
			t.Errorf("unexpected health: %+v", got)
		}
	})
}

// TestSurveysAreReadWhileSomebodyLooksCloser proves how often they are read, and of which virtual machines.
func TestSurveysAreReadWhileSomebodyLooksCloser(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, c := surveyed(t)
		read := func(what string, want int, lasts time.Duration) {
			t.Helper()
			before := f.count("surveys")
			pass(lasts)
			if got := f.count("surveys") - before; got != want {
				t.Errorf("%s: unexpected readings in %v: want %d, got %d", what, lasts, want, got)
			}
		}
		read("nobody looks", 0, time.Hour)
		c.LookCloser()
		read("the first look", 1, time.Second)
		if diff := cmp.Diff([]string{"a", "b"}, f.lastKeys("surveys")); diff != "" {
			t.Errorf("unexpected virtual machines (-want +got):\n%s", diff)
		}
		read("within attention", 2, 14*time.Minute) // after 5 and 10 minutes
		read("after that", 0, time.Hour)
		c.LookCloser()
		read("somebody looks again", 1, time.Second)
		for range 3600 {
			c.LookCloser()
			pass(time.Second)
		}
		if got, most := f.count("surveys"), 1+2+1+12; got < most-1 || got > most {
			t.Errorf("unexpected readings with those of the hour: want %d, got %d", most, got)
		}
	})
}

// TestSurveysAreNotReadForALook proves that a look after a while without has only those read that are older than they may be.
func TestSurveysAreNotReadForALook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(located(running("a", 1)))
		iv := closely
		iv.Attention = time.Minute
		c := paced(t, surveyedFake{f}, iv)
		c.LookCloser()
		pass(3 * time.Minute)
		f.set(func() { f.vms["b"] = located(off("b")) })
		pass(time.Minute / 2)
		c.LookCloser()
		pass(time.Second)
		if diff := cmp.Diff([]string{"b"}, f.lastKeys("surveys")); diff != "" {
			t.Errorf("unexpected virtual machines for the second look (-want +got):\n%s", diff)
		}
		pass(4 * time.Minute)
		if got := f.count("surveys"); got != 2 {
			t.Errorf("unexpected readings: want 2, got %d", got)
		}
		c.LookCloser()
		pass(time.Second)
		if diff := cmp.Diff([]string{"a"}, f.lastKeys("surveys")); diff != "" {
			t.Errorf("unexpected virtual machines for the third look (-want +got):\n%s", diff)
		}
	})
}

// TestACloserLookIsALook proves that the statistics are read for it too.
func TestACloserLookIsALook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, c := surveyed(t)
		pass(time.Hour)
		before := f.count("statistics")
		c.LookCloser()
		pass(10 * time.Minute)
		if got := f.count("statistics") - before; got != 41 {
			t.Errorf("unexpected readings of the statistics: want 41, got %d", got)
		}
	})
}

// TestNoSurveyor proves that a source that tells no more is not asked, and harms nothing.
func TestNoSurveyor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(running("a", 1))
		c := paced(t, f, closely)
		c.LookCloser()
		pass(time.Hour)
		if vm := c.Latest().VM(1); vm.Survey != nil || vm.Stale {
			t.Errorf("unexpected virtual machine: %+v", vm)
		}
	})
}

// TestANewRunIsSurveyed proves that the addresses of a run end with it, that the snapshots do not, and that one which was started
// or has come is surveyed once it has settled.
func TestANewRunIsSurveyed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, c := surveyed(t)
		c.LookCloser()
		pass(time.Second)
		before := c.Latest().VM(1).Survey
		want := located(running("a", 1), "192.0.2.1").survey
		if diff := cmp.Diff(&want, before, sameAddress); diff != "" {
			t.Fatalf("unexpected survey (-want +got):\n%s", diff)
		}
		f.set(func() {
			f.vms["a"] = located(running("a", 2), "192.0.2.2")
			f.vms["c"] = located(running("c", 3), "192.0.2.3")
		})
		pass(closely.States)
		if got := c.Latest().VM(1); got.Run != 2 || len(got.Survey.Addresses) != 0 || got.Survey.Snapshots != hv.Some(1) {
			t.Errorf("unexpected survey at the beginning of the next run: %+v", got.Survey)
		}
		if len(before.Addresses) != 1 {
			t.Error("a snapshot that was published before has changed")
		}
		asked := f.count("surveys")
		pass(surveySettle - time.Second)
		if got := f.count("surveys"); got != asked {
			t.Error("it was surveyed before it has settled")
		}
		pass(surveySettle + surveyGap)
		if diff := cmp.Diff([]string{"a", "c"}, f.lastKeys("surveys")); diff != "" || f.count("surveys") != asked+1 {
			t.Errorf("unexpected virtual machines in %d readings (-want +got):\n%s", f.count("surveys")-asked, diff)
		}
		for i, want := range map[int32]string{1: "[192.0.2.2]", 3: "[192.0.2.3]"} {
			if got := fmt.Sprint(c.Latest().VM(i).Survey.Addresses); got != want {
				t.Errorf("unexpected addresses: want %s, got %s", want, got)
			}
		}
		f.set(func() { delete(f.vms, "a"); delete(f.vms, "c") })
		pass(time.Minute)
		if got := len(c.inv.resurvey); got != 1 {
			t.Errorf("unexpected number that is remembered: want 1, got %d", got)
		}
	})
}

// TestASurveyOfAnotherRun proves that what is of a run that nobody has told of yet is not taken for one of the present.
func TestASurveyOfAnotherRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, c := surveyed(t)
		f.set(func() {
			f.vms["a"] = located(running("a", 2), "192.0.2.2")
			f.hang["states"] = true
		})
		c.LookCloser()
		pass(3 * surveyGap)
		if vm := c.Latest().VM(1); vm.Run != 1 || vm.Survey != nil {
			t.Errorf("unexpected survey of a run that is not known: %+v", vm.Survey)
		}
		f.set(func() { delete(f.hang, "states") })
		pass(statesTimeout + surveySettle + 2*surveyGap)
		if vm := c.Latest().VM(1); vm.Run != 2 || vm.Survey == nil || len(vm.Survey.Addresses) != 1 {
			t.Errorf("unexpected survey of the new run: %+v", vm.Survey)
		}
	})
}

// TestASurveyThatFails proves that an error of one, or of all, leaves what was known and is no reason to ask all the time, and that
// the health tells of the latter.
func TestASurveyThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, c := surveyed(t)
		c.LookCloser()
		pass(time.Second)
		want := c.Latest().VM(1).Survey
		if want == nil {
			t.Fatal("there is no survey")
		}
		f.change("a", func(vm *fakeVM) { vm.survey, vm.surErr = hv.Survey{}, errors.New("the guest is away") })
		f.change("b", func(vm *fakeVM) { vm.survey.Snapshots = hv.Some(3) })
		pass(closely.Surveys + surveyGap)
		if got := f.count("surveys"); got != 2 {
			t.Errorf("unexpected readings after the error of one: want 2, got %d", got)
		}
		if vm := c.Latest().VM(1); vm.Survey != want || vm.Stale {
			t.Errorf("unexpected survey of the one that failed: %+v", vm.Survey)
		}
		if got := c.Latest().VM(2).Survey.Snapshots; got != hv.Some(3) {
			t.Errorf("unexpected snapshots of its neighbour: %v", got)
		}
		f.set(func() { f.errs["surveys"] = errors.New("the hypervisor is away") })
		pass(closely.Surveys)
		if got := c.Health().Surveys; got.Failures == 0 || got.LastError != "the hypervisor is away" {
			t.Errorf("unexpected health: %+v", got)
		}
		if vm := c.Latest().VM(1); vm.Survey != want {
			t.Errorf("unexpected survey of one that is not told: %+v", vm.Survey)
		}
		f.set(func() { delete(f.errs, "surveys") })
		f.change("a", func(vm *fakeVM) { *vm = located(running("a", 1), "192.0.2.9") })
		pass(3 * surveyGap)
		if got := c.Health().Surveys; got.Failures != 0 || got.LastSuccess.IsZero() {
			t.Errorf("unexpected health once it works again: %+v", got)
		}
		if got := fmt.Sprint(c.Latest().VM(1).Survey.Addresses); got != "[192.0.2.9]" {
			t.Errorf("unexpected addresses once it works again: %s", got)
		}
	})
}

// TestASurveyThatFailsInPart proves that what was found out counts, and the rest is as it was.
func TestASurveyThatFailsInPart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, c := surveyed(t)
		c.LookCloser()
		pass(time.Second)
		before := c.Latest().VM(1).Survey
		if before == nil || len(before.Addresses) == 0 {
			t.Fatalf("unexpected survey at first: %+v", before)
		}
		f.change("a", func(vm *fakeVM) {
			vm.survey, vm.surErr = hv.Survey{Run: before.Run, Snapshots: hv.Some(7)}, errors.New("the guest is away")
		})
		pass(closely.Surveys + surveyGap)
		want := *before
		want.Snapshots = hv.Some(7)
		if diff := cmp.Diff(want, *c.Latest().VM(1).Survey, cmpopts.EquateComparable(netip.Addr{})); diff != "" {
			t.Errorf("unexpected survey (-want +got):\n%s", diff)
		}
	})
}

// TestAHungSurveyHoldsUpNobody proves that one reading is asked at a time, is given up, rests, and that all others go on.
func TestAHungSurveyHoldsUpNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, c := surveyed(t)
		f.set(func() { f.hang["surveys"] = true })
		states, statistics := f.count("states"), f.count("statistics")
		c.LookCloser()
		pass(idleTimeout - time.Second)
		if got := f.count("surveys"); got != 1 {
			t.Errorf("surveys were asked for %d times at once", got)
		}
		if got := c.Health().Surveys.Asked; got.IsZero() {
			t.Error("nothing tells that it is under way")
		}
		pass(4*time.Minute + time.Second)
		if got := f.count("surveys"); got != 1 {
			t.Errorf("surveys were asked for %d times though they hung for %v", got, idleTimeout)
		}
		pass(time.Minute)
		if got := f.count("surveys"); got != 2 {
			t.Errorf("surveys were asked for %d times, want a second time", got)
		}
		if got, want := f.count("states")-states, 66; got < want-2 || got > want+2 {
			t.Errorf("the states were read %d times, want about %d", got, want)
		}
		if got, want := f.count("statistics")-statistics, 22; got < want-2 || got > want+2 {
			t.Errorf("the statistics were read %d times, want about %d", got, want)
		}
	})
}

// TestSurveysComeInBatches proves that what is told of many makes few snapshots, and does not wait for one that hangs.
func TestSurveysComeInBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(many(300)...)
		c := paced(t, halfDeaf{f}, closely)
		pass(time.Minute)
		c.LookCloser()
		pass(time.Second)
		known := 0
		for vm := range c.Latest().VMs() {
			if vm.Survey != nil {
				known++
			}
		}
		if known != 150 {
			t.Errorf("%d virtual machines are surveyed while one hangs, want 150", known)
		}
	})
}

// A halfDeaf fake tells of half of what it is asked, and hangs.
type halfDeaf struct{ *fake }

func (f halfDeaf) Surveys(ctx context.Context, keys []string, yield func(string, hv.Survey, error)) error {
	for _, key := range keys[:len(keys)/2] {
		yield(key, hv.Survey{Snapshots: hv.Some(1)}, nil)
	}
	<-ctx.Done()
	return ctx.Err()
}

// TestOnceCloser proves that it tells what Once does, and the surveys.
func TestOnceCloser(t *testing.T) {
	t.Parallel()
	sick := located(running("sick", 2))
	sick.survey, sick.surErr = hv.Survey{}, errors.New("no")
	old := located(running("old", 3))
	old.survey.Run = hv.Some[int64](4)
	f := newFake(located(running("a", 1), "192.0.2.1"), sick, old, located(off("off")))
	for name, want := range map[string]map[string]bool{
		"Once": {}, "OnceCloser": {"a": true, "off": true}, "OnceCloser of no Surveyor": {},
	} {
		s, err := map[string]func() (*Snapshot, error){
			"Once":                      func() (*Snapshot, error) { return Once(t.Context(), surveyedFake{f}) },
			"OnceCloser":                func() (*Snapshot, error) { return OnceCloser(t.Context(), surveyedFake{f}) },
			"OnceCloser of no Surveyor": func() (*Snapshot, error) { return OnceCloser(t.Context(), f) },
		}[name]()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got := map[string]bool{}
		for vm := range s.VMs() {
			if vm.Survey != nil {
				got[vm.Key] = true
			}
			if !vm.Defined || vm.StatsAt.IsZero() || vm.Stale {
				t.Errorf("%s: unexpected virtual machine: %+v", name, vm)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: unexpected surveys (-want +got):\n%s", name, diff)
		}
	}
	f.errs["host"] = errors.New("no host")
	if _, err := OnceCloser(t.Context(), surveyedFake{f}); err == nil {
		t.Error("a hypervisor that cannot be read is no error")
	}
}

// TestComposeCarriesAll proves what a snapshot has of the process, the console and the sizes, and what of it outlives the run.
func TestComposeCarriesAll(t *testing.T) {
	t.Parallel()
	vm := located(running("a", 1), "192.0.2.1")
	vm.def.Console = hv.Some(hv.Console{Type: hv.ConsoleVNC, Address: "127.0.0.1:5900"})
	vm.def.NICs[0].Bridge = "br0"
	vm.stats.Process = &hv.Process{PID: 7, Resident: hv.Some[int64](1 << 20)}
	vm.stats.Disks[0].Physical, vm.stats.Disks[0].FlushRequests = hv.Some[int64](5), hv.Some[uint64](6)
	f := newFake(vm)
	inv := memory(t)
	read(t, inv, f)
	got := inv.snapshot().VM(1)
	if got.Console != vm.def.Console || got.Process != vm.stats.Process || got.NICs[0].Bridge != "br0" ||
		got.Disks[0].Stats.Physical != hv.Some[int64](5) || got.Disks[0].Stats.FlushRequests != hv.Some[uint64](6) {
		t.Errorf("unexpected virtual machine: %+v", got)
	}
	list, _ := f.States(t.Context())
	list[0].Run, list[0].State = 0, hv.StateShutdown
	if err := inv.states(list, time.Now()); err != nil {
		t.Fatal(err)
	}
	got = inv.snapshot().VM(1)
	if got.Process != nil || got.Disks[0].Stats.Physical != hv.Some[int64](5) || !got.Disks[0].Stats.FlushRequests.IsZero() {
		t.Errorf("unexpected virtual machine after its run: %+v", got)
	}
	vm.stats.Process, vm.def.Console = nil, hv.Opt[hv.Console]{}
	if err := inv.definitions([]definition{{"a", 0, vm.def, nil}}); err != nil {
		t.Fatal(err)
	}
	if got := inv.snapshot().VM(1); !got.Console.IsZero() {
		t.Errorf("unexpected console %v", got.Console)
	}
}

// TestALifeThatEndedIsSurveyedAnew proves that nothing is left of the addresses in an earlier life of the hypervisor, nor of a
// virtual machine under its earlier key.
func TestALifeThatEndedIsSurveyedAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		vm := located(running("a", 1), "192.0.2.1")
		vm.UUID = hv.UUID{1}
		f := newFake(vm)
		c := paced(t, surveyedFake{f}, closely)
		c.LookCloser()
		pass(time.Second)
		f.set(func() {
			f.host.Life = "another"
			f.hang["surveys"] = true
		})
		pass(closely.Definitions + closely.States + surveySettle + surveyGap)
		if got := c.Latest().VM(1).Survey; got == nil || len(got.Addresses) != 0 {
			t.Errorf("unexpected survey in another life: %+v", got)
		}
		if got := f.count("surveys"); got != 2 {
			t.Errorf("unexpected readings in another life: want 2, got %d", got)
		}
		f.set(func() {
			delete(f.hang, "surveys")
			vm.Key = "renamed"
			delete(f.vms, "a")
			f.vms["renamed"] = vm
		})
		pass(closely.Surveys)
		if got := c.Latest().VM(1); got.Key != "renamed" || got.Survey == nil || len(got.Survey.Addresses) != 1 || len(c.inv.resurvey) != 1 {
			t.Errorf("unexpected virtual machine that was renamed: %+v", got)
		}
	})
}

// TestSurveysKeepTheirOwnTime proves that they wait for no other reading to be due, and that one is not begun before the last has
// ended, however short their interval.
func TestSurveysKeepTheirOwnTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(located(running("a", 1)))
		iv := Intervals{
			States: time.Hour, Statistics: time.Hour, Definitions: time.Hour, Attention: time.Hour, Surveys: 10 * time.Second,
		}
		c := paced(t, surveyedFake{f}, iv)
		pass(time.Minute)
		c.LookCloser()
		pass(time.Minute - time.Second)
		if got := f.count("surveys"); got != 6 {
			t.Errorf("unexpected readings in a minute: want 6, got %d", got)
		}
		f.set(func() { f.hang["surveys"] = true })
		for range int(idleTimeout / time.Second) {
			pass(time.Second)
			c.LookCloser()
		}
		if got := f.count("surveys"); got != 7 {
			t.Errorf("surveys were asked for %d times while they hung, want once", got-6)
		}
	})
}
