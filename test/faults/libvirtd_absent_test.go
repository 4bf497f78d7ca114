//go:build linux

package faults

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vmond/vmond/mib"
	"github.com/vmond/vmond/test/lab"
	"github.com/vmond/vmond/test/served"
)

const (
	// absence is how long libvirtd is away.
	absence = 5 * time.Second
	// undisturbed has the definitions read only when something is known to have happened.
	undisturbed = "[hypervisor]\nstates = \"1s\"\nstatistics = \"1s\"\ndefinitions = \"1h\"\n"
)

// vmMaxCPUNumber tells what is only in a definition.
var vmMaxCPUNumber = mib.MustOID("1.3.6.1.2.1.236.1.4.1.11")

// libvirtPaused is the state of a virtual machine that is paused, as libvirt numbers it.
const libvirtPaused = 3

// domains returns the XML of n virtual machines that run.
func domains(n int) []string {
	var all []string
	for i := range n {
		all = append(all, lab.TestDomain(i+1))
	}
	return all
}

// TestLibvirtdAway ends libvirtd for some seconds, in which one virtual machine pauses and may have one more CPU from then on,
// one goes and one comes.
func TestLibvirtdAway(t *testing.T) {
	t.Parallel()
	for _, with := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		t.Run(with.String(), func(t *testing.T) {
			t.Parallel()
			lab.NeedIsolation(t)
			node := lab.NewTestNode(t)
			node.Write(t, domains(several)...)
			l := lab.StartTestNode(t, node)
			ill := startPaced(t, l.URI(), undisturbed, several)
			w := startTwins(t, ill, several)
			before := ill.walk(t)

			l.Signal(with)
			<-l.Done()
			ended := time.Now()
			w.often(5, func() { ill.checkAging(t, ended, time.Since(ended)+absence) })
			ill.checkComplains(t, "no libvirt daemon answers")
			checkAsBefore(t, ill.snmpd, before)
			changed := domains(several + 1)
			changed[0] = strings.Replace(lab.TestDomainIn(1, libvirtPaused), ">4</vcpu>", ">5</vcpu>", 1)
			gone := lab.TestDomainName(2)
			node.Write(t, append(changed[:1], changed[2:]...)...)
			l.Again(t)
			returned := time.Now()
			ill.awaitState(t, lab.TestDomainName(1), paused)
			checkBack(t, "a change is served", returned)
			cpus := vmMaxCPUNumber.Append(indexOf(t, ill.indices[lab.TestDomainName(1)]))
			lab.Eventually(t, settle, "another definition is served", func() error {
				if v := ill.snmpd.Get(t, cpus)[0].Value; !v.Equal(mib.Integer(5)) {
					return errors.New(v.String())
				}
				return nil
			})
			checkBack(t, "another definition is served", returned)
			t.Logf("as it should be %v after the return", ill.awaitSynced(t, ended, returned))

			delete(ill.indices, gone)
			ill.checkIndices(t)
			if now := ill.index(t); now[gone] != "" || now[lab.TestDomainName(several+1)] == "" || len(now) != several {
				t.Errorf("unexpected virtual machines: %v", now)
			}
			ill.checkToldOnce(t, "vmPaused", "vmShutdown", "vmDeleted", "vmRunning")
			w.check(t)
		})
	}
}

// TestLibvirtdAbsentAtStart starts vmond where there is no libvirtd yet.
func TestLibvirtdAbsentAtStart(t *testing.T) {
	t.Parallel()
	lab.NeedIsolation(t)
	node := lab.NewTestNode(t)
	node.Write(t, domains(several)...)
	l := lab.StartTestNode(t, node)
	l.Kill()
	ill := startBlind(t, l.URI(), "")
	lab.Eventually(t, settle, "vmond serves what it knows", func() error {
		// A hypervisor of which nothing is known has no number of virtual machines, not none.
		vbs := ill.snmpd.Get(t, served.PerVMNotificationsEnabled, served.Number, served.HvSoftware)
		if vbs[0].Value.IsException() || !vbs[1].Value.IsException() || !vbs[2].Value.IsException() {
			return fmt.Errorf("%v", vbs)
		}
		return nil
	})
	h := ill.vmond.Health(t)
	if h.Hypervisor.Age != nil || h.Hypervisor.Readings["states"].LastError == "" {
		t.Errorf("unexpected health: %+v", h.Hypervisor)
	}
	out, err := ill.vmond.Run(t, "show", "--control", ill.vmond.Control)
	if err == nil || !strings.Contains(err.Error(), "cannot be read") || !strings.Contains(err.Error(), l.Socket) {
		t.Errorf("vmond show shows %q, and complains: %v", out, err)
	}
	if status := ill.service.Status(); !strings.Contains(status, "waiting for the hypervisor") {
		t.Errorf("the status is %q", status)
	}

	l.Again(t)
	returned := time.Now()
	lab.Eventually(t, settle, "the virtual machines are served", func() error {
		if v := ill.snmpd.Get(t, served.Number)[0].Value; !v.Equal(mib.Integer(several)) {
			return fmt.Errorf("vmNumber is %v", v)
		}
		return nil
	})
	checkBack(t, "the virtual machines are served", returned)
	t.Logf("as it should be %v after the return", ill.awaitSynced(t, returned, returned))
	ill.checkTold(t)
}
