//go:build linux

package guests

import (
	"encoding/json"
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/test/lab"
)

// settle is how long it may take until what happened is served on a busy machine. Nothing waits longer than it needs.
const settle = 90 * time.Second

// awaitAgreement waits until snmpwalk and virsh agree. Each try has a reading of virsh's own shortly before vmond's, so
// that a counter that moves at another pace is found out.
func (w witness) awaitAgreement(t *testing.T, g *lab.Guests, s *lab.Snmpd, v *lab.Vmond, vms int) {
	t.Helper()
	lab.Eventually(t, settle, "snmpwalk and virsh agree", func() error {
		before := w.ask(t, g)
		if len(before) != vms {
			return fmt.Errorf("virsh knows %d virtual machines, want %d", len(before), vms)
		}
		awaitReading(t, v, time.Now())
		return w.agree(t, g, s, before, hostUpTime(t))
	})
}

// awaitReading waits until vmond has read the statistics of all virtual machines that are active after the moment.
func awaitReading(t *testing.T, v *lab.Vmond, moment time.Time) {
	t.Helper()
	lab.Eventually(t, settle, "vmond has read the statistics", func() error {
		out, err := v.Run(t, "show", "vm", "--output", "json", "--control", v.Control)
		if err != nil {
			return err
		}
		var vms []struct {
			Name string    `json:"name"`
			Run  int64     `json:"run"`
			At   time.Time `json:"stats_at"`
		}
		if err := json.Unmarshal([]byte(out), &vms); err != nil {
			t.Fatal(err)
		}
		for _, vm := range vms {
			if vm.Run != 0 && vm.At.Before(moment) {
				return fmt.Errorf("those of %s are %v too old", vm.Name, moment.Sub(vm.At))
			}
		}
		return nil
	})
}

// TestGuests proves that everything that virsh tells of real guests is what snmpwalk says, through what happens to
// guests, and that their numbers stay the same when the daemons are restarted.
func TestGuests(t *testing.T) {
	g := lab.StartGuests(t)
	s := lab.StartSnmpd(t)
	v := lab.StartVmond(t, g.URI(), s.AgentX)
	w := witness{}
	w.awaitAgreement(t, g, s, v, 4)
	t.Run("a bridge leads out", func(t *testing.T) {
		if g.Uplink == "" {
			lab.Missing(t, "vmNetworkParent was 0 everywhere: no uplink: %v", g.NoUplink)
		}
	})

	steps := []struct {
		name string
		do   func()
		vms  int
	}{
		{"one is paused", func() { g.Virsh(t, "suspend", "db") }, 4},
		{"it goes on", func() { g.Virsh(t, "resume", "db") }, 4},
		{"one is saved", func() { g.Virsh(t, "managedsave", "db") }, 4},
		{"vmond is killed", func() { v.Kill(); v.Start(t) }, 4},
		{"libvirtd is restarted", func() { g.Restart(t, syscall.SIGTERM) }, 4},
		{"the saved one is restored", func() { g.Virsh(t, "start", "db") }, 4},
		{"snmpd is restarted", func() { s.Restart(t, syscall.SIGTERM) }, 4},
		{"autostart is switched off", func() { g.Virsh(t, "autostart", "--disable", "web") }, 4},
		{"memory is taken away", func() { g.Virsh(t, "setmem", "temp", "100M", "--live") }, 4},
		{"the transient one ends", func() { g.Virsh(t, "destroy", "temp") }, 3},
		{"one is switched off", func() { g.Virsh(t, "destroy", "web") }, 3},
		{"libvirtd is killed", func() { g.Restart(t, syscall.SIGKILL) }, 3},
		{"one is undefined", func() { g.Virsh(t, "undefine", "off") }, 2},
		{"it is switched on again", func() { g.Virsh(t, "start", "web") }, 2},
	}
	want := indices(t, s)
	vms, changed := 4, lastChange(t, s)
	for _, step := range steps {
		moment := hostUpTime(t)
		step.do()
		ok := t.Run(step.name, func(t *testing.T) {
			w.awaitAgreement(t, g, s, v, step.vms)
			switch now := lastChange(t, s); {
			case step.vms == vms && now != changed:
				t.Errorf("vmTableLastChange = %d, and was %d, though none came or went", now, changed)
			case step.vms != vms && (now+slack < moment || now > hostUpTime(t)+slack):
				t.Errorf("vmTableLastChange = %d, want %d to %d", now, moment, hostUpTime(t))
			default:
				vms, changed = step.vms, now
			}
			for uuid, index := range indices(t, s) {
				if want[uuid] != index {
					t.Errorf("the index of %v is %d, and was %d", uuid, index, want[uuid])
				}
			}
		})
		if !ok {
			t.FailNow() // what comes next would only say the same again, each time after a long wait
		}
	}
	t.Run("vmond finds the hypervisor by itself", func(t *testing.T) {
		s := lab.StartSnmpd(t)
		v := lab.StartVmond(t, "auto", s.AgentX)
		// It was not there when one was saved and restored, and takes the restored process for all that there was.
		witness{}.awaitAgreement(t, g, s, v, 2)
	})
}

// lastChange returns vmTableLastChange.
func lastChange(t *testing.T, s *lab.Snmpd) uint64 {
	t.Helper()
	return s.Get(t, vmTableLastChange)[0].Value.Uint()
}

// indices returns the vmIndex of each UUID.
func indices(t *testing.T, s *lab.Snmpd) map[hv.UUID]uint32 {
	t.Helper()
	all := map[hv.UUID]uint32{}
	column := vmEntry.Append(3)
	for _, vb := range s.Walk(t, column) {
		if vb.Name.HasPrefix(column) {
			all[hv.UUID(vb.Value.AppendOctets(nil))] = vb.Name[len(vb.Name)-1]
		}
	}
	return all
}
