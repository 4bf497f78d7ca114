package sim

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/vmond/vmond/hv"
)

// A reading is what was last read of one run of a virtual machine.
type reading struct {
	state hv.Summary
	stats hv.Statistics
}

// A model drives a simulation at random and holds what it tells against what must always be true.
type model struct {
	*Source
	last map[string]reading

	heard *audience
	wrong error         // of heard
	deaf  bool          // while it is, no event is handed over
	turn  chan struct{} // holds one token: who has it may touch heard and wrong, or is deaf
}

// TestModel drives a simulation at random.
func TestModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		uri := rapid.SampledFrom([]string{
			"sim:///?vms=4&disks=4", "sim:///?vms=4&churn=0.5&pace=3s", "sim:///?vms=3&pace=10s&seed=5", "sim:///?vms=0&nics=3",
		}).Draw(rt, "uri")
		var failure any
		synctest.Test(t, func(t *testing.T) {
			defer func() { failure = recover() }() // rapid wants it in its own goroutine
			drive(t, rt, open(t, uri))
		})
		// To rapid two failures are one if they come from the same line.
		if rt.Failed() {
			panic(failure)
		}
		if failure != nil {
			panic(failure) // such as the end of the data to draw from
		}
	})
}

// drive is one run of TestModel, in a bubble.
func drive(t *testing.T, rt *rapid.T, s *Source) {
	ctx, cancel := context.WithCancel(t.Context())
	m := &model{Source: s, last: map[string]reading{}, heard: audienceOf(ctx, s), turn: make(chan struct{}, 1)}
	m.turn <- struct{}{}
	var all sync.WaitGroup
	defer all.Wait()
	defer cancel()
	all.Go(func() {
		err := s.Watch(ctx, func(e hv.Event) {
			select {
			case <-m.turn:
			case <-ctx.Done():
				return
			}
			m.wrong = errors.Join(m.wrong, m.heard.hear(e))
			m.turn <- struct{}{}
		})
		if err != nil {
			t.Errorf("unexpected end %v of the watch", err)
		}
	})
	synctest.Wait()
	rt.Repeat(map[string]func(*rapid.T){
		"wait":  func(t *rapid.T) { time.Sleep(time.Duration(rapid.Int64Range(0, int64(time.Hour)).Draw(t, "d"))) },
		"deaf":  m.plugEars,
		"drive": m.drive,
		"add":   m.add,
		"plug":  m.plug,
		"":      m.check,
	})
}

// plugEars holds the events back, or lets them come again, so that the answers to questions are far ahead of them.
func (m *model) plugEars(*rapid.T) {
	if m.deaf = !m.deaf; m.deaf {
		<-m.turn
		return
	}
	m.turn <- struct{}{}
}

// one draws the key of a virtual machine, or returns that of nobody.
func (m *model) one(t *rapid.T) string {
	all, err := m.States(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if len(all) == 0 {
		return "nobody"
	}
	return all[rapid.IntRange(0, len(all)-1).Draw(t, "vm")].Key
}

// drive does something, allowed or not.
func (m *model) drive(t *rapid.T) {
	key := m.one(t)
	then := rapid.SampledFrom([]AfterCrash{Preserve, Destroy, Restart}).Draw(t, "then")
	verbs := map[string]func(string) error{
		"start": m.Start, "start paused": m.StartPaused, "suspend": m.Suspend, "resume": m.Resume, "sleep": m.Sleep, "wake": m.Wake, "save": m.Save,
		"restore": m.Restore, "shutdown": m.Shutdown, "destroy": m.Destroy, "kill": m.Kill, "migrate": m.MigrateOut,
		"undefine": m.Undefine, "finish": m.Finish,
		"crash":     func(key string) error { return m.Crash(key, then) },
		"rename":    func(key string) error { return m.Rename(key, rapid.StringN(0, 4, -1).Draw(t, "name")) },
		"autostart": func(key string) error { return m.SetAutostart(key, rapid.Bool().Draw(t, "on")) },
		"define":    func(key string) error { _, err := m.Define(VM{Key: key}); return err },
	}
	verb := rapid.SampledFrom(slices.Sorted(maps.Keys(verbs))).Draw(t, "verb")
	before := m.states(t)
	if err := verbs[verb](key); err != nil && before[key] != m.states(t)[key] {
		t.Fatalf("%s was refused (%v) and changed something", verb, err)
	}
}

// add makes a virtual machine.
func (m *model) add(t *rapid.T) {
	how := rapid.SampledFrom([]func(VM) (string, error){m.Define, m.Create, m.MigrateIn}).Draw(t, "how")
	key, err := how(VM{Transient: rapid.Bool().Draw(t, "transient")})
	if err != nil {
		t.Fatalf("failed to add: %v", err)
	}
	if _, ok := m.states(t)[key]; !ok {
		t.Fatalf("%q was added and is not there", key)
	}
}

// plug attaches or detaches a device. A disk that comes back under its key counts anew.
func (m *model) plug(t *rapid.T) {
	key := m.one(t)
	disk := rapid.SampledFrom([]string{"vda", "vdb", "vdx"}).Draw(t, "disk")
	if rapid.Bool().Draw(t, "attach") {
		_ = m.AttachDisk(key, hv.Disk{Key: disk, Source: hv.SourceSparse, Resource: "/x", Media: hv.MediaHardDisk})
		return
	}
	if m.DetachDisk(key, disk) != nil {
		return
	}
	last, ok := m.last[key]
	if !ok {
		return
	}
	last.stats.Disks = slices.DeleteFunc(last.stats.Disks, func(d hv.DiskStats) bool { return d.Key == disk })
	m.last[key] = last
}

func (m *model) states(t *rapid.T) map[string]hv.Summary {
	all, err := m.States(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	byKey := map[string]hv.Summary{}
	for _, v := range all {
		if v.Key == "" || byKey[v.Key].Key != "" {
			t.Fatalf("key %q is empty or not unique", v.Key)
		}
		byKey[v.Key] = v
	}
	return byKey
}

// admins are the administrative states that go with a state.
var admins = map[hv.OperState][]hv.AdminState{
	hv.StatePreparing:    {hv.AdminShutdown},
	hv.StateRunning:      {hv.AdminRunning},
	hv.StateSuspending:   {hv.AdminSuspended},
	hv.StateSuspended:    {hv.AdminSuspended},
	hv.StateResuming:     {hv.AdminRunning},
	hv.StatePaused:       {hv.AdminPaused},
	hv.StateMigrating:    {hv.AdminRunning},
	hv.StateShuttingDown: {hv.AdminShutdown},
	hv.StateShutdown:     {hv.AdminShutdown},
	hv.StateCrashed:      {hv.AdminRunning, hv.AdminShutdown},
}

// inactive are the states without a process; a crashed one may have one or not.
var inactive = []hv.OperState{hv.StatePreparing, hv.StateSuspended, hv.StateShutdown}

// check reads all there is, and holds it against what the events told.
func (m *model) check(t *rapid.T) {
	m.checkHeard(t)
	all := m.states(t)
	keys := slices.Sorted(maps.Keys(all))
	definitions := map[string]hv.Definition{}
	err := m.Definitions(context.Background(), keys, func(key string, d hv.Definition, err error) {
		if err != nil {
			t.Fatalf("no definition of %q, which is there: %v", key, err)
		}
		definitions[key] = d
	})
	if err != nil {
		t.Fatal(err)
	}
	runs := map[int64]bool{}
	next := map[string]reading{}
	err = m.Statistics(context.Background(), keys, func(key string, s hv.Statistics, err error) {
		if err != nil {
			t.Fatalf("no statistics of %q, which is there: %v", key, err)
		}
		v := all[key]
		checkSummary(t, v)
		if v.Active() && runs[v.Run] {
			t.Fatalf("run %d is that of two virtual machines", v.Run)
		}
		runs[v.Run] = true
		checkFacts(t, time.Now(), v, definitions[key], s)
		if last, ok := m.last[key]; ok {
			checkProgress(t, last, reading{v, s})
		}
		next[key] = reading{v, s}
	})
	if err != nil || len(definitions) != len(all) || len(next) != len(all) {
		t.Fatalf("%d definitions and %d statistics of %d virtual machines: %v", len(definitions), len(next), len(all), err)
	}
	m.last = next
}

// checkHeard checks that the events told all that happened until a Flush returns.
func (m *model) checkHeard(t *rapid.T) {
	if m.deaf {
		return
	}
	if err := m.Flush(context.Background()); err != nil {
		t.Fatalf("failed to flush: %v", err)
	}
	<-m.turn
	defer func() { m.turn <- struct{}{} }()
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := errors.Join(m.wrong, m.heard.disagree(m.world)); err != nil {
		t.Fatal(err)
	}
}

// checkSummary checks what the parts of a Summary say of each other.
func checkSummary(t *rapid.T, v hv.Summary) {
	if !slices.Contains(admins[v.State], v.Admin) {
		t.Fatalf("%s is %s, and %s for its administrator", v.Name, v.State, v.Admin)
	}
	if v.State != hv.StateCrashed && v.Active() == slices.Contains(inactive, v.State) {
		t.Fatalf("%s is %s with run %d", v.Name, v.State, v.Run)
	}
	if !v.Active() && v.Persistent != hv.Yes {
		t.Fatalf("%s is transient and not active", v.Name)
	}
}

// checkFacts checks one reading by itself.
func checkFacts(t *rapid.T, now time.Time, v hv.Summary, d hv.Definition, s hv.Statistics) {
	began, active := d.Started.Get()
	if active != v.Active() || active && began.After(now) || !s.At.Equal(now) {
		t.Fatalf("%s: run %d began at %v, statistics of %v, now %v", v.Name, v.Run, began, s.At, now)
	}
	if len(s.Disks) != len(d.Disks) {
		t.Fatalf("%s: statistics of %d disks of %d", v.Name, len(s.Disks), len(d.Disks))
	}
	for i, disk := range s.Disks {
		capacity, ok := disk.Capacity.Get()
		allocation, allocated := disk.Allocation.Get()
		if disk.Key != d.Disks[i].Key || ok != (d.Disks[i].Resource != "") || allocated && !ok || allocation > capacity || allocation < 0 {
			t.Fatalf("%s: unexpected sizes %+v of disk %+v", v.Name, disk, d.Disks[i])
		}
		if disk.Physical.IsZero() != (!ok || d.Disks[i].Source == hv.SourceNetwork) || disk.Physical.Or(allocation) < allocation {
			t.Fatalf("%s: unexpected sizes %+v of disk %+v", v.Name, disk, d.Disks[i])
		}
		if d.Disks[i].Source == hv.SourceBlock && allocation != capacity {
			t.Fatalf("%s: block device of %d octets takes %d", v.Name, capacity, allocation)
		}
		if _, counted := disk.ReadRequests.Get(); counted != v.Active() {
			t.Fatalf("%s: run %d has counters %+v", v.Name, v.Run, disk)
		}
	}
	total, counted := s.CPUTime.Get()
	if counted != v.Active() || !v.Active() && (len(s.CPUs) > 0 || len(s.NICs) > 0) {
		t.Fatalf("%s: run %d has statistics %+v", v.Name, v.Run, s)
	}
	if console, ok := d.Console.Get(); ok && (console.Address != "") != v.Active() {
		t.Fatalf("%s: run %d has console %+v", v.Name, v.Run, console)
	}
	if (s.Process != nil) != v.Active() {
		t.Fatalf("%s: run %d has process %+v", v.Name, v.Run, s.Process)
	}
	if !v.Active() {
		return
	}
	if p := s.Process; p.PID < firstPID || p.Age != hv.Some(now.Sub(began)) || p.UserTime.Or(0)+p.SystemTime.Or(0) != total ||
		p.Resident.Or(0) < ownResident || p.Resident.Or(0) > ownResident+d.CurMem.Or(0) || p.Resident.Or(0) > p.Virtual.Or(0) {
		t.Fatalf("%s: unexpected process %+v since %v with %v", v.Name, p, began, total)
	}
	if len(s.CPUs) != len(d.CPUs) || len(s.NICs) != len(d.NICs) {
		t.Fatalf("%s: statistics of %d CPUs and %d interfaces for %+v", v.Name, len(s.CPUs), len(s.NICs), d)
	}
	wall, sum := now.Sub(began), time.Duration(0)
	for _, c := range s.CPUs {
		if c.Time.Or(-1) < 0 || c.Time.Or(-1) > wall {
			t.Fatalf("%s: CPU %d was busy for %v of %v", v.Name, c.ID, c.Time, wall)
		}
		sum += c.Time.Or(0)
	}
	if total < sum || total > wall*time.Duration(len(s.CPUs)) {
		t.Fatalf("%s: used %v in %v with %d CPUs that used %v", v.Name, total, wall, len(s.CPUs), sum)
	}
}

// checkProgress checks that no counter goes back within a run, and none moves while nothing is executed.
func checkProgress(t *rapid.T, before, after reading) {
	for _, disk := range after.stats.Disks {
		i := slices.IndexFunc(before.stats.Disks, func(d hv.DiskStats) bool { return d.Key == disk.Key })
		if i >= 0 && disk.Allocation.Or(0) < before.stats.Disks[i].Allocation.Or(0) {
			t.Fatalf("%s: disk %q shrank: %+v", after.state.Name, disk.Key, disk)
		}
	}
	if before.state.Run != after.state.Run || !after.state.Active() {
		if after.state.Active() && after.state.Run < before.state.Run {
			t.Fatalf("%s: run %d after run %d", after.state.Name, after.state.Run, before.state.Run)
		}
		return
	}
	if was, is := before.stats.Process.PID, after.stats.Process.PID; was != is {
		t.Fatalf("%s: process %d became %d in one run", after.state.Name, was, is)
	}
	old, now := counters(before.stats), counters(after.stats)
	still := before.state.State == hv.StatePaused && after.state == before.state && before.stats.At.Equal(after.stats.At)
	for name, v := range now {
		was, ok := old[name]
		if ok && (v < was || still && v != was) {
			t.Fatalf("%s: %s went from %d to %d", after.state.Name, name, was, v)
		}
	}
}

// counters returns all counters by name.
func counters(s hv.Statistics) map[string]uint64 {
	all := map[string]uint64{"cpu": uint64(s.CPUTime.Or(0))}
	for _, c := range s.CPUs {
		all["cpu "+string(rune('0'+c.ID))] = uint64(c.Time.Or(0))
	}
	for _, d := range s.Disks {
		all[d.Key+" reads"], all[d.Key+" writes"] = d.ReadRequests.Or(0), d.WriteRequests.Or(0)
		all[d.Key+" read"], all[d.Key+" written"] = d.ReadBytes.Or(0), d.WriteBytes.Or(0)
		all[d.Key+" flushes"], all[d.Key+" flush time"] = d.FlushRequests.Or(0), uint64(d.FlushTime.Or(0))
		all[d.Key+" read time"], all[d.Key+" write time"] = uint64(d.ReadTime.Or(0)), uint64(d.WriteTime.Or(0))
	}
	if p := s.Process; p != nil {
		all["user"], all["system"] = uint64(p.UserTime.Or(0)), uint64(p.SystemTime.Or(0))
		all["major"], all["minor"], all["copy"] = p.MajorFaults.Or(0), p.MinorFaults.Or(0), p.CopyFaults.Or(0)
		all["waits"], all["others"] = p.VoluntarySwitches.Or(0), p.InvoluntarySwitches.Or(0)
		all["reads"], all["writes"] = p.BlockReads.Or(0), p.BlockWrites.Or(0)
	}
	for _, n := range s.NICs {
		all[n.Key+" rx"], all[n.Key+" tx"] = n.RxBytes.Or(0), n.TxBytes.Or(0)
		all[n.Key+" rx packets"], all[n.Key+" tx packets"] = n.RxPackets.Or(0), n.TxPackets.Or(0)
		all[n.Key+" rx errors"], all[n.Key+" tx errors"] = n.RxErrors.Or(0), n.TxErrors.Or(0)
		all[n.Key+" rx drops"], all[n.Key+" tx drops"] = n.RxDrops.Or(0), n.TxDrops.Or(0)
	}
	return all
}
