package integration

import (
	"errors"
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/test/lab"
	"github.com/vmond/vmond/test/served"
)

// everything has all switches on.
const everything = "[notifications]\nper_vm = true\nbulk = true\nwindow = \"100ms\"\n"

// startWatched starts a libvirtd with n virtual machines besides its own, of which the first half are running, and all that
// is needed to hear of them.
func startWatched(t *testing.T, sections string, n int) busyLab {
	t.Helper()
	b := busyLab{libvirtd: lab.StartTestLibvirtd(t), trapd: lab.StartSnmptrapd(t)}
	b.libvirtd.DefineTestDomains(t, 1, n)
	var commands []string
	for i := range n / 2 {
		commands = append(commands, "start "+lab.TestDomainName(i+1))
	}
	b.libvirtd.VirshScript(t, commands)
	b.snmpd = lab.StartSnmpd(t, b.trapd.StreamedTraps())
	b.vmond = lab.StartVmondWith(t, sections, b.libvirtd.URI(), b.snmpd.AgentX)
	served.AwaitVMs(t, b.snmpd, n+own)
	return b
}

// restart ends vmond properly and starts it again.
func (b busyLab) restart(t *testing.T) {
	t.Helper()
	if err := b.vmond.Stop(); err != nil {
		t.Fatal(err)
	}
	b.vmond.Start(t)
}

// awaitWatched waits until vmond is told of events, and was not before that moment: what happens without them may be missed.
func (b busyLab) awaitWatched(t *testing.T, moment time.Time) {
	t.Helper()
	lab.Eventually(t, settle, "the events are watched", func() error {
		w := b.vmond.Health(t).Hypervisor.Readings["watch"]
		if w.Age == nil {
			return errors.New("they never were")
		}
		if w.Failures > 0 || *w.Age > time.Since(moment) {
			return fmt.Errorf("%d failures, last watched %v ago: %s", w.Failures, *w.Age, w.LastError)
		}
		return nil
	})
}

// awaitAnswered waits until the master has answered all that it was told: what it has not would be told again to another.
func (b busyLab) awaitAnswered(t *testing.T) {
	t.Helper()
	lab.Eventually(t, settle, "the master has answered", func() error {
		if n := b.vmond.Health(t).Notifications.Waiting; n > 0 {
			return fmt.Errorf("%d notifications wait for it", n)
		}
		return nil
	})
}

// told returns what is told of each virtual machine until something that is done now to testVM is told, too: all that was
// to be told before is in it.
func (b busyLab) told(t *testing.T, command string, sign string) map[string][]string {
	t.Helper()
	b.libvirtd.Virsh(t, command, testVM)
	last := func() map[string][]string { return tells(t, tellAll(t, b.trapd.Received(t))) }
	lab.Eventually(t, settle, command+" is told", func() error {
		got := last()[testVM]
		if len(got) == 0 || got[len(got)-1] != sign {
			return fmt.Errorf("of %s are told %v", testVM, got)
		}
		return nil
	})
	return last()
}

// checkBulk proves that there were these bulk notifications of testVM alone, of no other, by the kinds of what was told of it.
func (b busyLab) checkBulk(t *testing.T, signs []string) {
	t.Helper()
	var got []told
	lab.Eventually(t, settle, "the windows have ended", func() error {
		got = tellAll(t, b.trapd.Received(t))
		if n := len(bulkOf(got)); n < len(signs) {
			return fmt.Errorf("%d of %d have", n, len(signs))
		}
		return nil
	})
	var want []string
	for _, n := range got {
		if n.Name == testVM && len(want) < len(signs) {
			alone := make([]byte, (n.Index+7)/8)
			alone[len(alone)-1] = 0x80 >> ((n.Index - 1) % 8)
			want = append(want, fmt.Sprintf("%s(%X)", bulkKind(signs[len(want)]), alone))
		}
	}
	if diff := cmp.Diff(want, bulkOf(got)); diff != "" {
		t.Errorf("unexpected bulk notifications (-want +got):\n%s", diff)
	}
}

// TestNoStorm proves that nothing is told where nothing changed: at the first start, and whoever is ended or killed and
// started again.
func TestNoStorm(t *testing.T) {
	t.Parallel()
	const vms = 20
	b := startWatched(t, everything, vms)
	restarts := []struct {
		name string
		do   func()
	}{
		{"vmond has started for the first time", func() {}},
		{"vmond was ended", func() { b.restart(t) }},
		{"vmond was killed", func() {
			// What it told last need not be on disk before it ends.
			b.restart(t)
			served.AwaitVMs(t, b.snmpd, vms+own)
			b.vmond.Kill()
			b.vmond.Start(t)
		}},
		{"snmpd was ended", func() { b.snmpd.Restart(t, syscall.SIGTERM) }},
		{"snmpd was killed", func() {
			b.awaitAnswered(t)
			b.snmpd.Restart(t, syscall.SIGKILL)
		}},
		{"both were killed", func() {
			b.restart(t)
			served.AwaitVMs(t, b.snmpd, vms+own)
			b.vmond.Kill()
			b.snmpd.Restart(t, syscall.SIGKILL)
			b.vmond.Start(t)
		}},
	}
	want := map[string][]string{}
	for i, restart := range restarts {
		restart.do()
		served.AwaitVMs(t, b.snmpd, vms+own)
		command, sign := "suspend", "vmPaused(running)"
		if i%2 == 1 {
			command, sign = "resume", "vmRunning(paused)"
		}
		want[testVM] = append(want[testVM], sign)
		if err := differs(want, b.told(t, command, sign)); err != nil {
			t.Errorf("after %s: %v", restart.name, err)
		}
		b.checkBulk(t, want[testVM])
	}
}

// TestNoStormOfHypervisor proves the same of a libvirtd that is ended or killed and comes back with what it had.
func TestNoStormOfHypervisor(t *testing.T) {
	t.Parallel()
	// The test driver keeps nothing, so there must be nothing but its own.
	b := startWatched(t, everything, 0)
	want := map[string][]string{}
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		b.libvirtd.Restart(t, sig)
		served.AwaitVMs(t, b.snmpd, own)
		for _, step := range []struct{ command, sign string }{{"suspend", "vmPaused(running)"}, {"resume", "vmRunning(paused)"}} {
			want[testVM] = append(want[testVM], step.sign)
			if err := differs(want, b.told(t, step.command, step.sign)); err != nil {
				t.Errorf("after %v: %v", sig, err)
			}
			b.checkBulk(t, want[testVM])
		}
	}
}

// TestMissed proves that what changed while vmond was away is told once, as the difference to what it knew last, unless it
// is configured not to be.
func TestMissed(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, sections string
		want           map[string][]string
	}{
		{
			name: "told", sections: perVM,
			want: map[string][]string{
				lab.TestDomainName(1): {"vmPaused(running)"},
				lab.TestDomainName(2): {"vmShutdown(running)"},
				lab.TestDomainName(4): {"vmRunning(shutdown)"},
				lab.TestDomainName(5): {"vmDeleted(shutdown, persistent)"},
				lab.TestDomainName(7): {"vmShutdown(preparing)"},
			},
		},
		{name: "not told", sections: perVM + "missed = false\n", want: map[string][]string{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			const vms = 6
			b := startWatched(t, tt.sections, vms)
			if err := b.vmond.Stop(); err != nil {
				t.Fatal(err)
			}
			b.libvirtd.VirshScript(t, []string{
				"suspend " + lab.TestDomainName(1),
				"destroy " + lab.TestDomainName(2),
				// There and back again is no difference.
				"suspend " + lab.TestDomainName(3), "resume " + lab.TestDomainName(3),
				"start " + lab.TestDomainName(4),
				"undefine " + lab.TestDomainName(5),
			})
			b.libvirtd.DefineTestDomains(t, vms+1, 1)
			began := time.Now()
			b.vmond.Start(t)
			served.AwaitVMs(t, b.snmpd, vms+own)
			b.awaitWatched(t, began)
			tt.want[testVM] = []string{"vmPaused(running)"}
			if err := differs(tt.want, b.told(t, "suspend", "vmPaused(running)")); err != nil {
				t.Error(err)
			}
			// It is told once.
			b.restart(t)
			served.AwaitVMs(t, b.snmpd, vms+own)
			tt.want[testVM] = append(tt.want[testVM], "vmRunning(paused)")
			if err := differs(tt.want, b.told(t, "resume", "vmRunning(paused)")); err != nil {
				t.Errorf("after another start: %v", err)
			}
		})
	}
}

// TestMissedByReconnect proves the same of what changed while libvirtd was away, and vmond was not: the test driver loses all
// that it was told.
func TestMissedByReconnect(t *testing.T) {
	t.Parallel()
	const runs, off = "vm-00001", "vm-00002"
	tests := []struct {
		name, sections string
		want           map[string][]string
	}{
		{
			name: "told", sections: perVM,
			want: map[string][]string{
				testVM: {"vmPaused(running)", "vmRunning(paused)"},
				runs:   {"vmShutdown(running)", "vmDeleted(shutdown, persistent)"},
				off:    {"vmDeleted(shutdown, persistent)"},
			},
		},
		{name: "not told", sections: perVM + "missed = false\n", want: map[string][]string{testVM: {"vmPaused(running)"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := startWatched(t, tt.sections, len([]string{runs, off}))
			b.told(t, "suspend", "vmPaused(running)")
			began := time.Now()
			b.libvirtd.Restart(t, syscall.SIGKILL)
			served.AwaitVMs(t, b.snmpd, own)
			b.awaitWatched(t, began)
			// It runs again, whether that is told or not, so that this is a change.
			tt.want[testVM] = append(tt.want[testVM], "vmShutdown(running)")
			if err := differs(tt.want, b.told(t, "destroy", "vmShutdown(running)")); err != nil {
				t.Error(err)
			}
			// It is told once.
			b.restart(t)
			served.AwaitVMs(t, b.snmpd, own)
			tt.want[testVM] = append(tt.want[testVM], "vmRunning(shutdown)")
			if err := differs(tt.want, b.told(t, "start", "vmRunning(shutdown)")); err != nil {
				t.Errorf("after another start: %v", err)
			}
		})
	}
}
