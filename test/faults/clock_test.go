//go:build linux

package faults

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/vmond/vmond/test/faults/clock"
	"github.com/vmond/vmond/test/lab"
)

const (
	// tick is the unit of TimeTicks.
	tick = 10 * time.Millisecond
	// skew is how far what one look at vmond finds may be apart: it takes a while, longer on a busy machine. The least that
	// the clock is set by is 700 times as much.
	skew = 5 * time.Second
	// spread is the same where both are told at once.
	spread = 500 * time.Millisecond
	// rounds is how often at most the statistics are read a second: once, and what is new a second after that.
	rounds = 2
	// storm is how many times as much a second as without a step is too much, and lull how much is not, whatever it was before.
	storm, lull = 4, 20
)

// TestClockIsSet sets the clock of a machine by an hour and by a day, forth and back, while vmond runs there: no uptime, no
// age, no round of readings and no notification follows it.
func TestClockIsSet(t *testing.T) {
	t.Parallel()
	r := runClock(t)
	if r.Trouble != "" || r.Exit != "" || len(r.Violations) > 0 {
		t.Fatalf("trouble %q, exit %q, violations of RFC 2741 %q", r.Trouble, r.Exit, r.Violations)
	}
	var all []clock.Sample
	for _, s := range r.Steps {
		all = append(append(all, s.Before), s.After...)
		t.Run("by "+s.Set.String(), func(t *testing.T) {
			checkWall(t, s)
			checkCalm(t, r.Steps[0], s)
			checkEvents(t, s)
			checkAgesShown(t, s)
			for _, one := range s.After {
				checkAges(t, one)
				checkMoments(t, one)
			}
		})
	}
	checkUpTimes(t, all)
	checkOwners(t, all)
}

// runClock runs the machine and returns its report.
func runClock(t *testing.T) clock.Report {
	t.Helper()
	console := lab.RunMachine(t,
		lab.Program{File: "init", Package: "github.com/vmond/vmond/test/faults/clock/guest"},
		lab.Program{File: "bin/vmond", Package: "github.com/vmond/vmond/cmd/vmond"})
	_, text, begins := strings.Cut(console, clock.Begin+"\n")
	text, _, ends := strings.Cut(text, "\n"+clock.End)
	if !begins || !ends {
		t.Fatalf("there is no report on the console:\n%s", console)
	}
	var r clock.Report
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// near reports whether two times are the same but for a tolerance.
func near(a, b, tolerance time.Duration) bool { return (a - b).Abs() <= tolerance }

// checkWall proves that the clock really was set.
func checkWall(t *testing.T, s clock.Step) {
	t.Helper()
	wall, passed := s.After[0].Wall.Sub(s.Before.Wall), s.After[0].Elapsed-s.Before.Elapsed
	if !near(wall-passed, s.Set, skew) {
		t.Errorf("the clock went by %v in %v, want it set by %v", wall, passed, s.Set)
	}
}

// checkUpTimes proves that all uptimes grow as time goes by.
func checkUpTimes(t *testing.T, all []clock.Sample) {
	t.Helper()
	for i, b := range all[1:] {
		a := all[i]
		passed := b.Elapsed - a.Elapsed
		if grew := time.Duration(b.HvUpTime-a.HvUpTime) * tick; !near(grew, passed, skew) {
			t.Errorf("at %v: vmHvUpTime grew by %v in %v", b.Elapsed, grew, passed)
		}
		if !near(b.Uptime-a.Uptime, passed, skew) {
			t.Errorf("at %v: the uptime of vmond grew by %v in %v", b.Elapsed, b.Uptime-a.Uptime, passed)
		}
		if b.TableLastChange < a.TableLastChange || b.TableLastChange > b.HvUpTime {
			t.Errorf("at %v: vmTableLastChange is %d, was %d, and vmHvUpTime is %d", b.Elapsed, b.TableLastChange, a.TableLastChange, b.HvUpTime)
		}
		for index, vm := range b.VMs {
			was, up := a.VMs[index].UpTime, vm.UpTime
			if was == nil || up == nil {
				continue
			}
			grew := time.Duration(int64(*up)-int64(*was)) * tick
			// One that was started meanwhile is younger than that, one that was shut down has none.
			if again := time.Duration(*up)*tick <= passed+skew; !near(grew, passed, skew) && !again && *up != 0 {
				t.Errorf("at %v: vmUpTime.%d is %d, and was %d %v before", b.Elapsed, index, *up, *was, passed)
			}
		}
	}
}

// checkOwners proves that no index was ever given to another virtual machine.
func checkOwners(t *testing.T, all []clock.Sample) {
	t.Helper()
	owners := map[uint32]string{}
	for _, s := range all {
		for index, vm := range s.VMs {
			if owner, ok := owners[index]; ok && owner != vm.UUID {
				t.Errorf("at %v: index %d is that of %s, and was that of %s", s.Elapsed, index, vm.UUID, owner)
			}
			owners[index] = vm.UUID
		}
	}
	if gone := len(owners) - len(all[len(all)-1].VMs); gone == 0 {
		t.Error("no virtual machine vanished: nothing is proven of its index")
	}
}

// checkCalm proves that there were as many readings, notifications and signs of life as without a step, and as much work.
func checkCalm(t *testing.T, without, s clock.Step) {
	t.Helper()
	watched := s.Watched()
	if n := s.Readings(); n < 2 || float64(n) > 1+rounds*watched.Seconds() {
		t.Errorf("the statistics were read %d times in %v, as %d samples have it", n, watched, len(s.After))
	}
	last := func(s clock.Step) clock.Sample { return s.After[len(s.After)-1] }
	if last(s).Fed == s.Before.Fed {
		t.Error("the service manager heard no sign of life")
	}
	for name, count := range map[string]func(clock.Sample) int{
		"notifications": func(s clock.Sample) int { return s.Notifications },
		"changes":       func(s clock.Sample) int { return int(s.Events) },
		"ticks of CPU":  func(s clock.Sample) int { return int(s.Worked / tick) },
	} {
		usual, now := count(last(without))-count(without.Before), count(last(s))-count(s.Before)
		as := watched.Seconds() / without.Watched().Seconds() // watched that many times as long
		t.Logf("%d %s in %v, and without a step %d in %v", now, name, watched, usual, without.Watched())
		if float64(now) > storm*as*float64(usual)+lull {
			t.Errorf("%d %s in %v, and without a step %d in %v", now, name, watched, usual, without.Watched())
		}
	}
}

// checkEvents proves that what happens after the step is told with the time that the clock shows.
func checkEvents(t *testing.T, s clock.Step) {
	t.Helper()
	later := 0
	for _, one := range s.After {
		if one.Events == s.Told {
			continue
		}
		later++
		if ago := one.ToldAt.Sub(one.LastEvent); !near(ago, 0, skew) {
			t.Errorf("at %v: the last change was %v ago", one.Elapsed, ago)
		}
	}
	if later == 0 {
		t.Error("nothing happened after the step: nothing is proven of its moments")
	}
}

// checkAges proves that no age is negative or more than it can be.
func checkAges(t *testing.T, s clock.Sample) {
	t.Helper()
	for name, age := range s.Ages {
		most := s.Uptime // which is told at the same moment
		if name == "states" || name == "statistics" {
			most = skew
		}
		if age < 0 || age > most {
			t.Errorf("at %v: the %s are %v old", s.Elapsed, name, age)
		}
	}
	if s.StatesAge < 0 || s.StatesAge > skew {
		t.Errorf("at %v: the states are said to be %v old", s.Elapsed, s.StatesAge)
	}
	for index, vm := range s.VMs {
		if age := vm.StatsAge; age != nil && (*age < 0 || vm.Active && *age > skew) {
			t.Errorf("at %v: the statistics of %d are said to be %v old", s.Elapsed, index, *age)
		}
	}
}

// checkMoments proves that who reckons ages from the moments in a snapshot comes to the same.
func checkMoments(t *testing.T, s clock.Sample) {
	t.Helper()
	if !near(s.ToldAt.Sub(s.Wall), 0, skew) {
		t.Errorf("at %v: told at %v, when it was %v", s.Elapsed, s.ToldAt, s.Wall)
	}
	if ago := s.ToldAt.Sub(s.StatesAt); !near(ago, s.StatesAge, spread) {
		t.Errorf("at %v: the states were read %v ago, and are %v old", s.Elapsed, ago, s.StatesAge)
	}
	if ago := s.ToldAt.Sub(s.HostStarted); !near(ago, time.Duration(s.HvUpTime)*tick, skew) {
		t.Errorf("at %v: the host was started %v ago, and vmHvUpTime is %d", s.Elapsed, ago, s.HvUpTime)
	}
	for index, vm := range s.VMs {
		if vm.StatsAge == nil {
			continue
		}
		if ago := s.ToldAt.Sub(vm.StatsAt); !near(ago, *vm.StatsAge, spread) {
			t.Errorf("at %v: the statistics of %d were read %v ago, and are %v old", s.Elapsed, index, ago, *vm.StatsAge)
		}
	}
}

// checkAgesShown proves the same of what a user sees: the machine is too young for any hour, and for any day.
func checkAgesShown(t *testing.T, s clock.Step) {
	t.Helper()
	if long := regexp.MustCompile(`\d+d\d\dh|\d+h\d\dm`).FindAllString(s.Shown, -1); len(long) > 0 {
		t.Errorf("vmond show has %q:\n%s", long, s.Shown)
	}
	if since := "(since " + s.After[0].HostStarted.UTC().Format("2006-01-02 15:04") + ")"; !strings.Contains(s.Shown, since) {
		t.Errorf("vmond show lacks %q:\n%s", since, s.Shown)
	}
}
