//go:build linux

package faults

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"

	"github.com/vmond/vmond/mib"
	"github.com/vmond/vmond/test/lab"
	"github.com/vmond/vmond/test/served"
)

// aged is how much CPU time a guest has used before its run ends, so that a value of that run is known from one of the next:
// more than a process can have used when its counters are first read, and less than it takes to boot.
const aged = 2500 * time.Millisecond

// runsEnd has the runs of a guest end in all ways. RFC 7666 lets counters begin anew with each change of vmAdminState, and
// has no other object that tells of it: they do so together, and nothing of two runs is ever in one row.
func (w *ward) runsEnd(t *testing.T) {
	neighbour := w.StartNeighbour(t)
	migrate := func(name string, from, to *lab.Libvirtd) {
		if err := from.Migrate(t, to, name, "--unsafe")(); err != nil { // libvirt cannot know that both see one disk
			t.Fatal(err)
		}
	}
	for _, end := range []struct {
		name, guest string
		do          func(name string)
		// anew says that the counters begin anew, young that vmUpTime does.
		anew, young bool
	}{
		{"one is reset", "late", func(name string) { w.Virsh(t, "reset", name) }, false, false},
		{"one is destroyed and started", "late", func(name string) {
			w.VirshScript(t, []string{"destroy " + name, "start " + name})
		}, true, true},
		{"one is saved and restored", "db", func(name string) {
			w.VirshScript(t, []string{"managedsave " + name, "start " + name})
		}, true, false},
		{"one migrates there and back", "late", func(name string) {
			migrate(name, w.Libvirtd, neighbour)
			w.awaitState(t, name, shutdown)
			migrate(name, neighbour, w.Libvirtd)
		}, true, true},
	} {
		t.Run(end.name, func(t *testing.T) {
			name := end.guest
			w.awaitAged(t, name)
			before, err := vmOf(w.vmond, name)
			if err != nil {
				t.Fatal(err)
			}
			r := startRow(t, w.snmpd, uint32(before.Index))
			noted := w.chart.during(t, func() {
				end.do(name)
				w.awaitState(t, name, running)
				w.awaitWell(t, name)
				w.awaitWell(t, name) // what comes after the first reading is of the run too
			})
			noted.of(t, name).checkRuns(t, end.anew)
			r.check(t, end.anew, end.young)
		})
	}
}

// awaitAged waits until a guest has used so much CPU time that its run can end.
func (w *ward) awaitAged(t *testing.T, name string) {
	t.Helper()
	lab.Eventually(t, settle, name+" is aged", func() error {
		e, err := vmOf(w.vmond, name)
		if used := e.counters()[cpuTime]; err == nil && used < uint64(aged) {
			err = fmt.Errorf("it has used %v", time.Duration(used))
		}
		return err
	})
}

// checkRuns proves that no counter goes back within a run, and that nothing of one run is shown as of another. It says
// whether there was more than one.
func (e entries) checkRuns(t *testing.T, anew bool) {
	t.Helper()
	runs := 1
	for i, now := range e.all[1:] {
		was := e.all[i]
		// An event tells of a run before it has a number.
		if same := now.Run == was.Run || was.Run < 0 && now.Run > 0; !same {
			runs++
			if !now.StatsAt.IsZero() && now.StatsAt.Before(was.at) {
				t.Errorf("run %d has what was counted in run %d: %v", now.Run, was.Run, now.counters())
			}
			continue
		}
		for name, n := range was.counters() {
			if is, known := now.counters()[name]; !known || is < n {
				t.Errorf("at %v: %s is %d (known: %t) and was %d in run %d", now.at, name, is, known, n, now.Run)
			}
		}
	}
	if anew != (runs > 1) {
		t.Errorf("%d runs were seen", runs)
	}
}

// A row is what an snmpd serves of one virtual machine, asked for all the time with one GET.
type row struct {
	client *gosnmp.GoSNMP
	names  []string

	mu  sync.Mutex
	all []rowValues
	err error
}

// rowValues are the values of one GET: the administrative state, the uptime, and the counters. What is not there is -1.
type rowValues struct {
	admin, up int64
	counters  []int64
}

// adminState is the column of vmAdminState, writeOctets and readOctets are those of vmStorageTable.
var (
	adminState  = mib.MustOID("1.3.6.1.2.1.236.1.4.1.5")
	readOctets  = mib.MustOID("1.3.6.1.2.1.236.1.7.1.15")
	writeOctets = mib.MustOID("1.3.6.1.2.1.236.1.7.1.16")
)

// startRow starts to ask for the row of that index, until the test ends.
func startRow(t *testing.T, s *lab.Snmpd, index uint32) *row {
	t.Helper()
	const first = 1 // virtual CPU, and disk
	r := &row{client: s.Client(t), names: texts([]mib.OID{
		adminState.Append(index), served.UpTime.Append(index), served.CPUTime.Append(index), cpuCoreTime.Append(index, first),
		storageWrites.Append(index, first), readOctets.Append(index, first), writeOctets.Append(index, first),
	})}
	throughout(t, probeGap, r.ask)
	return r
}

// ask asks once.
func (r *row) ask() {
	answer, err := r.client.Get(r.names)
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		r.err = err
		return
	}
	r.all = append(r.all, valuesOf(answer.Variables))
}

func valuesOf(variables []gosnmp.SnmpPDU) rowValues {
	n := make([]int64, len(variables))
	for i, v := range variables {
		n[i] = -1
		switch v.Type {
		case gosnmp.NoSuchObject, gosnmp.NoSuchInstance:
		default:
			n[i] = gosnmp.ToBigInt(v.Value).Int64()
		}
	}
	return rowValues{admin: n[0], up: n[1], counters: n[2:]}
}

// check proves that the counters are there together or not at all, that none goes back unless vmAdminState changed since or
// vmUpTime began anew, and whether they and vmUpTime did.
func (r *row) check(t *testing.T, anew, young bool) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil || len(r.all) < 2 {
		t.Fatalf("%d rows: %v", len(r.all), r.err)
	}
	high := r.all[0] // what was last there of each
	discontinuity, wentBack, upBack := false, false, false
	for i, now := range r.all[1:] {
		was := r.all[i]
		upBack = upBack || now.up < was.up
		discontinuity = discontinuity || now.admin != was.admin || now.up < was.up
		present := 0
		for k, n := range now.counters {
			if n < 0 {
				continue
			}
			present++
			if n < high.counters[k] {
				wentBack = true
				if !discontinuity {
					t.Errorf("%s is %d and was %d, and vmAdminState was %d all the time", r.names[k+2], n, high.counters[k], now.admin)
				}
			}
		}
		if present != 0 && present != len(now.counters) {
			t.Errorf("of the counters of one row there are %v, and before %v", now.counters, was.counters)
		}
		if present > 0 {
			high, discontinuity = now, false
		}
	}
	if wentBack != anew {
		t.Errorf("counters went back: %t, want %t", wentBack, anew)
	}
	if upBack != young {
		t.Errorf("vmUpTime went back: %t, want %t", upBack, young)
	}
	t.Logf("%d rows, from %v to %v", len(r.all), r.all[0], r.all[len(r.all)-1])
}
