//go:build linux

package faults

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/mib"
	"github.com/vmond/vmond/test/lab"
	"github.com/vmond/vmond/test/served"
)

const (
	// sickness is how long a QEMU is stopped: libvirt's own patience with one is 30 seconds.
	sickness = 41 * time.Second
	// perSick is how long one QEMU that stops holds up the statistics of the others at most, besides their interval of a
	// second: a request about several is given up after 3 seconds.
	perSick = 3500 * time.Millisecond
	// busyness is what anything may take longer on a busy machine.
	busyness = 3 * time.Second
	// pulse is how long a counter of a guest that does something each second may stand still, besides.
	pulse = 6 * time.Second
	// drift is how many more goroutines or descriptors there may be than at another moment.
	drift = 4
	// starts is how often a guest is started beside one that is stopped: what holds up one start may be the machine.
	starts = 3
)

// freshness returns how old the statistics of the others may be at most when so many QEMUs stop at once.
func freshness(sick int) time.Duration { return time.Second + time.Duration(sick)*perSick + busyness }

// What moves in each guest that has it.
const (
	cpuTime    = "CPU time"
	written    = "octets written to vda"
	readBack   = "octets read from vda"
	receivedBy = "octets received by 52:54:00:77:00:"
)

// A ward is a stand in front of real guests.
type ward struct {
	*lab.Guests
	*stand
	chart *chart
}

// TestQEMU stops the processes of guests in their tracks, one at a time and two, and ends them: nobody else is to notice. It is not
// parallel: beside seven others, at a load of 12, a guest that boots may answer libvirtd as late as one that hangs.
func TestQEMU(t *testing.T) {
	lab.NeedIsolation(t)
	g := lab.StartGuests(t)
	g.Traffic(t)
	w := &ward{Guests: g, stand: startStand(t, g.URI(), 4)}
	w.chart = startChart(t, w.vmond)
	w.awaitWell(t, "db", "web", "temp")
	for _, step := range []struct {
		name string
		do   func(*testing.T)
	}{
		{"one stops", w.oneStops},
		{"two stop at once", w.twoStop},
		{"one is destroyed while it is stopped", w.oneIsDestroyed},
		{"one stops while it migrates", w.oneStopsMigrating},
		{"runs end", w.runsEnd},
		{"one is stopped when vmond starts", w.oneIsStoppedAtStart},
	} {
		if !t.Run(step.name, step.do) {
			t.FailNow() // what comes next goes on where this should have led to
		}
	}
}

// stop stops guests, and returns when.
func (w *ward) stop(t *testing.T, names ...string) time.Time {
	t.Helper()
	began := time.Now()
	for _, name := range names {
		w.SignalQEMU(t, name, syscall.SIGSTOP)
	}
	return began
}

// goOn lets guests go on, and proves that they are well soon.
func (w *ward) goOn(t *testing.T, names ...string) {
	t.Helper()
	began := time.Now()
	for _, name := range names {
		w.SignalQEMU(t, name, syscall.SIGCONT)
	}
	w.awaitWell(t, names...)
	took := time.Since(began)
	t.Logf("%q are well %v after they went on", names, took)
	if limit := 2*time.Second + busyness; took > limit {
		t.Errorf("%q are well only %v after they went on, want at most %v", names, took, limit)
	}
}

// awaitWell waits until the statistics of guests are of from now on, and not marked.
func (w *ward) awaitWell(t *testing.T, names ...string) {
	t.Helper()
	began := time.Now()
	for _, name := range names {
		lab.Eventually(t, settle, name+" is well", func() error {
			e, err := vmOf(w.vmond, name)
			if err == nil && (e.Stale || !e.StatsAt.After(began)) {
				err = fmt.Errorf("stale %t, statistics of %v ago", e.Stale, e.age())
			}
			return err
		})
	}
}

// awaitMarked waits until guests are marked.
func (w *ward) awaitMarked(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		lab.Eventually(t, settle, name+" is marked", func() error {
			e, err := vmOf(w.vmond, name)
			if err == nil && !e.Stale {
				err = errors.New("it is not")
			}
			return err
		})
	}
}

// pass waits until so much time has gone by since the moment, and calls f meanwhile each second.
func pass(t *testing.T, moment time.Time, d time.Duration, f func()) {
	t.Helper()
	second := time.NewTicker(time.Second)
	defer second.Stop()
	for time.Since(moment) < d {
		<-second.C
		f()
	}
}

// oneStops has one guest stop for longer than libvirt waits for it, and another start meanwhile.
func (w *ward) oneStops(t *testing.T) {
	twins := startTwins(t, w.stand, 4)
	w.Virsh(t, "define", w.Domain(t, "late"))
	before := w.vmond.Footprint(t)
	var began time.Time
	var footprints []lab.Footprint
	walks := newWalks(w.snmpd, served.CPUTime, cpuCoreTime, storageWrites)
	noted := w.chart.during(t, func() {
		twins.during(func() {
			began = w.stop(t, "db")
			w.awaitMarked(t, "db")
			w.checkShown(t, began, "db")
			w.lateStarts(t)
			pass(t, began, sickness, func() {
				footprints = append(footprints, w.vmond.Footprint(t))
				walks.add(t)
			})
		})
	})
	w.checkShown(t, began, "db")
	walks.checkStands(t, w.row(t, "db"))
	for _, grows := range []mib.OID{
		served.CPUTime.Append(w.row(t, "temp")), served.CPUTime.Append(w.row(t, "web")),
		cpuCoreTime.Append(w.row(t, "web"), 1), storageWrites.Append(w.row(t, "web"), 1),
	} {
		walks.checkGrows(t, grows, freshness(0)+pulse)
	}

	sick := noted.of(t, "db")
	sick.checkKept(t, hv.StateRunning)
	sick.checkMarked(t, began)
	if age := sick.last().age(); age < sickness-busyness {
		t.Errorf("after %v the statistics are said to be %v old", sickness, age)
	}
	web, temp := noted.of(t, "web"), noted.of(t, "temp")
	for _, well := range []entries{web, temp} {
		well.checkKept(t, hv.StateRunning)
		well.checkFresh(t, freshness(1))
	}
	web.checkMoves(t, freshness(1)+pulse, cpuTime, written, readBack, receivedBy+"11")
	temp.checkMoves(t, freshness(1)+pulse, cpuTime, receivedBy+"13")
	// What is under way at one moment is gone at the next. What was left behind is there at most of the later ones.
	was, is := median([]lab.Footprint{before}), median(footprints[len(footprints)/2:])
	if is.Descriptors > was.Descriptors+drift || is.Goroutines > was.Goroutines+drift {
		t.Errorf("%+v while it is stopped, and before %+v", is, was)
	}
	twins.check(t)
	w.suspendedWhileStopped(t)
	w.checkIndices(t)
}

// lateStarts starts a guest some times, and proves that it is served whole soon: it does not wait for the one that is stopped.
func (w *ward) lateStarts(t *testing.T) {
	t.Helper()
	var took []time.Duration
	for range starts {
		if len(took) > 0 {
			w.Virsh(t, "destroy", "late")
			w.awaitState(t, "late", shutdown)
		}
		w.Virsh(t, "start", "late")
		took = append(took, w.awaitWhole(t, "late"))
	}
	t.Logf("the new one is served whole after %v", took)
	if usual, limit := percentileOf(took, 50), freshness(0); usual > limit {
		t.Errorf("the new one is served whole only %v after it was started, want at most %v", usual, limit)
	}
}

// awaitWhole waits until a guest that runs is served with all that its process counts, and returns how long that took.
func (w *ward) awaitWhole(t *testing.T, name string) time.Duration {
	t.Helper()
	began := time.Now()
	lab.Eventually(t, settle, name+" is served", func() error {
		names := served.ColumnOf(w.snmpd.BulkWalk(t, served.Name), served.Name)
		index, ok := names.Indices()[name]
		if !ok {
			return errors.New("it has no row")
		}
		n := indexOf(t, index)
		for _, vb := range w.snmpd.Get(t, served.CurCPUNumber.Append(n), served.CPUTime.Append(n), storageWrites.Append(n, 1)) {
			if vb.Value.IsException() {
				return fmt.Errorf("%v is %v", vb.Name, vb.Value)
			}
		}
		w.indices[name] = index
		return nil
	})
	return time.Since(began)
}

// suspendedWhileStopped has virsh suspend the guest that is stopped, which libvirt cannot do before it goes on.
func (w *ward) suspendedWhileStopped(t *testing.T) {
	t.Helper()
	suspended := make(chan error)
	go func() {
		_, err := w.TryVirsh("suspend", "db")
		suspended <- err
	}()
	w.chart.during(t, func() {
		began := time.Now()
		pass(t, began, 2*time.Second, func() {})
	}).of(t, "db").checkKept(t, hv.StateRunning)
	w.SignalQEMU(t, "db", syscall.SIGCONT)
	if err := <-suspended; err != nil {
		t.Fatal(err)
	}
	w.awaitState(t, "db", paused)
	w.Virsh(t, "resume", "db")
	w.awaitState(t, "db", running)
	w.awaitWell(t, "db")
}

// twoStop has two guests stop at the same time.
func (w *ward) twoStop(t *testing.T) {
	var began time.Time
	noted := w.chart.during(t, func() {
		began = w.stop(t, "db", "web")
		w.awaitMarked(t, "db", "web")
		pass(t, time.Now(), freshness(0), func() {})
	})
	for _, name := range []string{"db", "web"} {
		sick := noted.of(t, name)
		sick.checkKept(t, hv.StateRunning)
		sick.checkMarked(t, began)
	}
	w.checkShown(t, began, "db", "web")
	for _, name := range []string{"temp", "late"} {
		noted.of(t, name).checkKept(t, hv.StateRunning)
		noted.of(t, name).checkFresh(t, freshness(2))
	}
	w.goOn(t, "db", "web")
}

// oneIsDestroyed has a guest destroyed that is stopped, and started again.
func (w *ward) oneIsDestroyed(t *testing.T) {
	w.stop(t, "late")
	w.awaitMarked(t, "late")
	before := len(w.told(t))
	w.Virsh(t, "destroy", "late")
	w.awaitState(t, "late", shutdown)
	e, err := vmOf(w.vmond, "late")
	if err != nil {
		t.Fatal(err)
	}
	if left := e.counters(); len(left) > 0 || e.Run != 0 {
		t.Errorf("run %d has %v", e.Run, left)
	}
	lab.Eventually(t, settle, "the manager is told of the end", func() error {
		if told := w.told(t)[before:]; len(told) != 1 || told[0] != "vmShutdown" {
			return fmt.Errorf("it was told %q", told)
		}
		return nil
	})
	w.Virsh(t, "start", "late")
	w.awaitWell(t, "late")
	lab.Eventually(t, settle, "the manager is told of the start", func() error {
		if told := w.told(t)[before:]; len(told) != 2 || told[1] != "vmRunning" {
			return fmt.Errorf("it was told %q", told)
		}
		return nil
	})
}

// oneStopsMigrating has a guest stop while it migrates to a neighbour: it goes on to be one that migrates.
func (w *ward) oneStopsMigrating(t *testing.T) {
	before := len(w.told(t))
	wait := w.Migrate(t, w.StartNeighbour(t), "temp", "--bandwidth", "1")
	w.awaitState(t, "temp", migrating)
	noted := w.chart.during(t, func() {
		began := w.stop(t, "temp")
		pass(t, began, freshness(1), func() {})
	})
	noted.of(t, "temp").checkKept(t, hv.StateMigrating)
	for _, name := range []string{"db", "web", "late"} {
		noted.of(t, name).checkKept(t, hv.StateRunning)
		noted.of(t, name).checkFresh(t, freshness(1))
	}
	w.SignalQEMU(t, "temp", syscall.SIGCONT)
	w.Virsh(t, "domjobabort", "temp")
	if err := wait(); err == nil {
		t.Error("the migration succeeded")
	}
	w.awaitState(t, "temp", running)
	w.awaitWell(t, "temp")
	lab.Eventually(t, settle, "the manager is told of it", func() error {
		if diff := cmp.Diff([]string{"vmMigrating", "vmRunning"}, w.told(t)[before:]); diff != "" {
			return fmt.Errorf("unexpected notifications (-want +got):\n%s", diff)
		}
		return nil
	})
}

// oneIsStoppedAtStart has vmond start where a guest is stopped: nothing was ever counted of it, which is not 0.
func (w *ward) oneIsStoppedAtStart(t *testing.T) {
	w.stop(t, "web")
	w.vmond.Kill()
	w.vmond.Start(t)
	w.awaitMarked(t, "web")
	w.awaitWell(t, "db", "late")
	served.AwaitVMs(t, w.snmpd, w.count(t))
	e, err := vmOf(w.vmond, "web")
	if err != nil {
		t.Fatal(err)
	}
	if left := e.counters(); len(left) > 0 || !e.StatsAt.IsZero() || e.State != hv.StateRunning || !e.Defined || e.Started.IsZero() {
		t.Errorf("unexpected virtual machine of which nothing was counted: %+v, %v", e.VM, left)
	}
	n := uint32(e.Index)
	for _, vb := range w.snmpd.Get(t, served.CPUTime.Append(n), storageWrites.Append(n, 1), cpuCoreTime.Append(n, 1)) {
		if !vb.Value.IsException() {
			t.Errorf("%v is %v, though nothing was ever counted", vb.Name, vb.Value)
		}
	}
	w.goOn(t, "web")
	for _, vb := range w.snmpd.Get(t, served.CPUTime.Append(n), storageWrites.Append(n, 1), cpuCoreTime.Append(n, 1)) {
		if vb.Value.IsException() {
			t.Errorf("%v is %v, though it is well again", vb.Name, vb.Value)
		}
	}
}

// row returns the vmIndex of a guest that was there at the beginning.
func (w *ward) row(t *testing.T, name string) uint32 {
	t.Helper()
	return indexOf(t, w.indices[name])
}

// count returns how many virtual machines libvirt has.
func (w *ward) count(t *testing.T) int {
	t.Helper()
	return len(strings.Fields(w.Virsh(t, "list", "--all", "--name")))
}

// checkShown proves that vmond show marks the guests that have been stopped since the moment, and no others, in both forms
// and with the age of their statistics.
func (w *ward) checkShown(t *testing.T, since time.Time, names ...string) {
	t.Helper()
	table, err := w.vmond.Run(t, "show", "vm", "--control", w.vmond.Control)
	if err != nil {
		t.Fatal(err)
	}
	var marked []string
	for line := range strings.Lines(table) {
		f := strings.Fields(line)
		if !strings.Contains(line, "s stale ") || len(f) < 2 {
			continue
		}
		marked = append(marked, f[1])
		if !strings.Contains(line, " running ") {
			t.Errorf("unexpected line of one that is stopped: %q", line)
		}
	}
	slices.Sort(marked)
	if diff := cmp.Diff(names, marked); diff != "" {
		t.Errorf("unexpected guests marked in the table (-want +got):\n%s", diff)
	}
	text, err := w.vmond.Run(t, "show", "vm", "-o", "json", "--control", w.vmond.Control)
	if err != nil {
		t.Fatal(err)
	}
	stopped := time.Since(since)
	var vms []struct {
		Name     string        `json:"name"`
		Stale    bool          `json:"stale"`
		StatsAge time.Duration `json:"stats_age"`
	}
	if err := json.Unmarshal([]byte(text), &vms); err != nil {
		t.Fatal(err)
	}
	marked = nil
	for _, vm := range vms {
		if !vm.Stale {
			continue
		}
		marked = append(marked, vm.Name)
		if vm.StatsAge < stopped-busyness || vm.StatsAge > stopped+busyness {
			t.Errorf("stopped for %v: %+v", stopped, vm)
		}
	}
	slices.Sort(marked)
	if diff := cmp.Diff(names, marked); diff != "" {
		t.Errorf("unexpected guests marked in JSON (-want +got):\n%s", diff)
	}
}

// The columns of VM-MIB that these tests ask for besides.
var (
	cpuCoreTime   = mib.MustOID("1.3.6.1.2.1.236.1.5.1.2")
	storageWrites = mib.MustOID("1.3.6.1.2.1.236.1.7.1.14")
)
