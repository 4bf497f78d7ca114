//go:build linux

package bench

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gosnmp/gosnmp"
	"go.uber.org/zap"

	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/libvirt"
	"github.com/vmond/vmond/hv/sim"
	"github.com/vmond/vmond/test/lab"
	"github.com/vmond/vmond/test/served"
)

const (
	// startGoal is how many seconds vmond may take until it answers.
	startGoal = 1
	// asking is how often it is asked until then.
	asking = 2 * time.Millisecond
)

// start measures how long it takes from the start of the program until a GET is answered with what is true of the last virtual
// machine: by a vmond that has never seen the hypervisor, and by one that is started again.
func (b *bench) start(t *testing.T) {
	l := lab.StartTestLibvirtd(t)
	makeFarm(t, l, b.started)
	domains, err := libvirt.New(l.URI(), zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	defer domains.Close()
	simulation, err := sim.New(simulated(b.started))
	if err != nil {
		t.Fatal(err)
	}
	defer simulation.Close()
	b.startOn(t, "domains of libvirt's test driver", l.URI(), domains, b.started+testOwn, atMost(startGoal))
	b.startOn(t, "virtual machines of the simulation", simulated(b.started), simulation, b.started, goal{})
}

// startOn measures it for one hypervisor, which has so many virtual machines. Its source tells what is true.
func (b *bench) startOn(t *testing.T, what, uri string, src hv.Source, vms int, g goal) {
	s := lab.StartSnmpd(t)
	client := s.Client(t)
	snapshot, err := collector.Once(t.Context(), src)
	if err != nil || snapshot.Len() != vms {
		t.Fatalf("there are %d virtual machines: %v", snapshot.Len(), err)
	}
	truth := map[string]answer{}
	for vm := range snapshot.VMs() {
		truth[string(vm.UUID[:])] = answer{vms, vm.Name, vm.CurCPUs.Or(0)}
	}
	work := fmt.Sprintf("start to the first GET that is answered right, %s %s: ", number(float64(b.started)), what)
	first := figure{work: work + "the first time", unit: "s", goal: g}
	again := figure{work: work + "again", unit: "s", goal: g}
	firstUsed := figure{work: first.work, unit: "s of vmond's CPU time, in hundredths"}
	againUsed := figure{work: again.work, unit: firstUsed.unit}
	for range b.rounds {
		began := time.Now()
		v := lab.StartVmondWith(t, "[hypervisor]\n", uri, s.AgentX)
		awaitAnswer(t, client, vms, truth)
		first.ours = append(first.ours, time.Since(began).Seconds())
		firstUsed.ours = append(firstUsed.ours, v.CPU(t).Seconds())
		stop(t, v)

		began = time.Now()
		v.Start(t)
		awaitAnswer(t, client, vms, truth)
		again.ours = append(again.ours, time.Since(began).Seconds())
		againUsed.ours = append(againUsed.ours, v.CPU(t).Seconds())
		stop(t, v)
	}
	b.figures = append(b.figures, first, firstUsed, again, againUsed)
}

// stop ends vmond as a service manager does.
func stop(t *testing.T, v *lab.Vmond) {
	t.Helper()
	v.Signal(syscall.SIGTERM)
	if err := v.Err(); err != nil {
		t.Fatalf("vmond ends with %v:\n%s", err, v.Log())
	}
}

// An answer is what is asked about the last virtual machine.
type answer struct {
	vms  int // in all
	name string
	cpus int
}

// awaitAnswer asks again and again until the last of so many virtual machines is there. It has to be as it is in truth, where they
// are by their UUIDs.
func awaitAnswer(t *testing.T, client *gosnmp.GoSNMP, vms int, truth map[string]answer) {
	t.Helper()
	last := uint32(vms)
	names := []string{
		served.UUID.Append(last).String(), served.Number.String(), served.Name.Append(last).String(),
		served.CurCPUNumber.Append(last).String(),
	}
	tick := time.NewTicker(asking)
	defer tick.Stop()
	limit := time.After(settle)
	for {
		packet, err := client.Get(names)
		if err != nil {
			t.Fatal(err)
		}
		if uuid, ok := packet.Variables[0].Value.([]byte); ok {
			v := packet.Variables[1:]
			got := answer{asInt(v[0]), asText(v[1]), asInt(v[2])}
			if diff := cmp.Diff(truth[string(uuid)], got, cmp.AllowUnexported(answer{})); diff != "" {
				t.Fatalf("unexpected first answer (-want +got):\n%s", diff)
			}
			return
		}
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("%d virtual machines are not served after %v", vms, settle)
		}
	}
}

// asInt and asText return the value of a variable, or none if it is of another type.
func asInt(v gosnmp.SnmpPDU) int {
	n, _ := v.Value.(int)
	return n
}

func asText(v gosnmp.SnmpPDU) string {
	b, _ := v.Value.([]byte)
	return string(b)
}
