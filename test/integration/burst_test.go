package integration

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/vmond/vmond/test/lab"
	"github.com/vmond/vmond/test/served"
)

const (
	// transients is how many virtual machines come and go in a burst, shells how many do it at once.
	transients = 500
	shells     = 3
	// walkers is how many walk the whole subtree meanwhile.
	walkers = 2
	// outage is how long the master is away in the middle of a burst.
	outage = 10 * time.Second

	perVM = "[notifications]\nper_vm = true\n"
	// testVM is the virtual machine that libvirt's test driver has of its own.
	testVM = "test"
)

// transientLife is what is told of each, one after the other.
func transientLife() []string {
	return []string{
		"vmRunning(unknown)", "vmPaused(running)", "vmRunning(paused)", "vmShutdown(running)", "vmDeleted(shutdown, transient)",
	}
}

// burst creates, suspends, resumes and destroys the transient virtual machines as fast as libvirt can.
func burst(t *testing.T, l *lab.Libvirtd) error {
	t.Helper()
	files, err := lab.WriteTestDomains(t.TempDir(), 1, transients)
	if err != nil {
		return err
	}
	var wg sync.WaitGroup
	errs := make([]error, shells)
	for shell := range shells {
		var commands []string
		for i := shell; i < transients; i += shells {
			name := lab.TestDomainName(i + 1)
			commands = append(commands, "create "+files[i], "suspend "+name, "resume "+name, "destroy "+name)
		}
		wg.Go(func() { errs[shell] = l.TryVirshScript(commands) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// walkUntil walks the whole subtree by as many as there are walkers until ctx is done. It returns how often that was, and
// how often it failed.
func walkUntil(ctx context.Context, s *lab.Snmpd) (walks, failed int) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range walkers {
		wg.Go(func() {
			for ctx.Err() == nil {
				_, err := s.TryBulkWalk(served.MIB)
				mu.Lock()
				walks++
				if err != nil {
					failed++
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return walks, failed
}

// A busyLab has all that a burst needs.
type busyLab struct {
	libvirtd *lab.Libvirtd
	snmpd    *lab.Snmpd
	trapd    *lab.Snmptrapd
	vmond    *lab.Vmond
}

// startBusy starts it. What snmpd sends arrives by TCP, so that whatever is missing was lost by vmond or snmpd.
func startBusy(t *testing.T, sections string) busyLab {
	t.Helper()
	b := busyLab{libvirtd: lab.StartTestLibvirtd(t), trapd: lab.StartSnmptrapd(t)}
	b.snmpd = lab.StartSnmpd(t, b.trapd.StreamedTraps())
	b.vmond = lab.StartVmondWith(t, sections, b.libvirtd.URI(), b.snmpd.AgentX)
	served.AwaitVMs(t, b.snmpd, own)
	return b
}

// await waits until n notifications of VM-MIB were received.
func (b busyLab) await(t *testing.T, n int) {
	t.Helper()
	lab.Eventually(t, settle, fmt.Sprintf("%d notifications are received", n), func() error {
		if got := len(tellAll(t, b.trapd.Received(t))); got < n {
			return fmt.Errorf("%d are", got)
		}
		return nil
	})
}

// check proves that each transient virtual machine was told of as it should be, once, and nothing else. It has something
// happen to another one first: when that is told there is nothing more to come. Twice says how many may be told again
// right after the first time.
func (b busyLab) check(t *testing.T, twice int) {
	t.Helper()
	b.libvirtd.Virsh(t, "suspend", testVM)
	lab.Eventually(t, settle, "the last notification is received", func() error {
		all := tellAll(t, b.trapd.Received(t))
		if len(all) == 0 || all[len(all)-1].Name != testVM {
			return errors.New("it is not")
		}
		return nil
	})
	all := tellAll(t, b.trapd.Received(t))
	b.checkFates(t, transients*len(transientLife())+1, twice)
	for i := len(all) - 1; i > 0 && twice > 0; i-- {
		if all[i] == all[i-1] {
			all = slices.Delete(all, i, i+1)
			twice--
		}
	}
	want := map[string][]string{testVM: {"vmPaused(running)"}}
	for i := range transients {
		want[lab.TestDomainName(i+1)] = transientLife()
	}
	if err := differs(want, tells(t, all)); err != nil {
		t.Error(err)
	}
}

// checkFates proves that vmond says of each of n notifications, and of each of the last changes, that the master has it. Twice
// is how many may have been sent again.
func (b busyLab) checkFates(t *testing.T, n, twice int) {
	t.Helper()
	lab.Eventually(t, settle, "the master has answered all", func() error {
		got := fatesOf(t, b.vmond)
		if want := (fates{Accepted: uint64(n), Resent: got.Resent}); got != want || got.Resent > uint64(twice) {
			return fmt.Errorf("counts are %+v", got)
		}
		return nil
	})
	last := showEvents(t, b.vmond)
	const remembered = 1000
	if len(last) != remembered {
		t.Errorf("%d changes are remembered, want %d", len(last), remembered)
	}
	for i, e := range last {
		if e.PerVM.Outcome != "sent" || e.Number != last[0].Number+uint64(i) || e.Cause == "reading" {
			t.Errorf("change %d of the last: %+v", i, e)
		}
	}
}

// TestBurst proves that of a burst of changes each is told exactly once, in order and with the right previous state, also
// of virtual machines that are gone before anybody could ask, and while the whole subtree is being walked. A GET after each
// never says what was before.
func TestBurst(t *testing.T) {
	t.Parallel()
	b := startBusy(t, perVM)
	asked := inquire(t, b.snmpd, b.trapd)
	ctx, cancel := context.WithCancel(t.Context())
	walked := make(chan error, 1)
	go func() {
		walks, failed := walkUntil(ctx, b.snmpd)
		t.Logf("%d walks", walks)
		if walks == 0 || failed > 0 {
			walked <- fmt.Errorf("%d of %d walks failed", failed, walks)
		}
		close(walked)
	}()
	began := time.Now()
	if err := burst(t, b.libvirtd); err != nil {
		t.Error(err)
	}
	took := time.Since(began)
	b.await(t, transients*len(transientLife()))
	t.Logf("%d changes in %v, the last was told %v after the first", transients*len(transientLife()), took, time.Since(began))
	cancel()
	if err := <-walked; err != nil {
		t.Error(err)
	}
	b.check(t, 0)
	if err := notEarlier(asked.await(t, transients*len(transientLife()))); err != nil {
		t.Error(err)
	}
}

// TestBurstWithoutMaster proves that nothing of a burst is lost where the master is killed in the middle of it and comes back
// later: all is told then, in order. The one notification that the master had in hand may be told twice, because nobody can
// know whether it was sent.
func TestBurstWithoutMaster(t *testing.T) {
	t.Parallel()
	b := startBusy(t, perVM)
	ctx, cancel := context.WithCancel(t.Context())
	walked := make(chan struct{})
	go func() {
		walkUntil(ctx, b.snmpd)
		close(walked)
	}()
	done := make(chan error, 1)
	go func() { done <- burst(t, b.libvirtd) }()
	b.await(t, transients/2)
	b.snmpd.Kill()
	back := time.After(outage)
	received := len(tellAll(t, b.trapd.Received(t)))
	if err := <-done; err != nil {
		t.Error(err)
	}
	cancel()
	<-walked
	<-back
	b.snmpd.Again(t)
	all := transients * len(transientLife())
	t.Logf("the master was killed after %d of %d notifications", received, all)
	if received >= all {
		t.Error("the burst was over before the master was killed")
	}
	b.await(t, all)
	b.check(t, 1)
}
