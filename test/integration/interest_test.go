package integration

import (
	"errors"
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv/sim"
	"github.com/vmond/vmond/mib"
	"github.com/vmond/vmond/mib/vmmib"
	"github.com/vmond/vmond/test/lab"
	"github.com/vmond/vmond/test/served"
)

const (
	quick = time.Second
	// never is longer than any test.
	never     = time.Hour
	attention = 2 * time.Second
	// ignored is an age that statistics only come to while nobody looks at them.
	ignored = attention + 4*quick
	// often is how many readings in a row prove that there are more of them.
	often = 3

	// States as VirtualMachineOperState numbers them.
	running, paused = 4, 8
)

// attentive are intervals at which statistics are read while somebody looks at them, and never otherwise: however often the
// definitions are read.
func attentive() collector.Intervals {
	iv := collector.DefaultIntervals()
	iv.Statistics, iv.StatisticsUnread, iv.Attention = quick, never, attention
	iv.Definitions = quick
	return iv
}

// rowOf is the instance of a column of vmTable for a virtual machine.
func rowOf(column mib.OID, index uint32) mib.OID { return column.Append(index) }

// TestStatisticsAreReadForWhoAsks proves through a real snmpd that the statistics are read while somebody asks for some of them
// and at once when somebody does again, that to ask for names and states is not that, and that those are true all the time.
func TestStatisticsAreReadForWhoAsks(t *testing.T) {
	t.Parallel()
	src, err := sim.New("sim:///?vms=0&pace=1h")
	if err != nil {
		t.Fatal(err)
	}
	key, err := src.Create(sim.VM{Name: "one"})
	if err != nil {
		t.Fatal(err)
	}
	s := lab.StartSnmpd(t)
	r := startRigWith(t, s, src, vmmib.NotificationOptions{}, attentive())
	served.AwaitVMs(t, s, 1)
	// read is when they were read last, of which only the test learns without a look at them.
	read := func() time.Time { return r.collector.Latest().VM(1).StatsAt }
	cpuTime := func() uint64 {
		v := s.Get(t, rowOf(served.CPUTime, 1))[0].Value
		if v.Type() != mib.TypeCounter64 {
			t.Fatalf("vmCpuTime is %v", v)
		}
		return v.Uint()
	}

	for range often {
		last := read()
		lab.Eventually(t, settle, "the statistics are read for who asks", func() error {
			cpuTime()
			return newer(read(), last)
		})
	}
	state := func() int32 {
		vs := s.Get(t, rowOf(served.Name, 1), rowOf(served.OperState, 1))
		if got := string(vs[0].Value.AppendOctets(nil)); got != "one" {
			t.Fatalf("vmName is %q", got)
		}
		return vs[1].Value.Int()
	}
	lab.Eventually(t, settle, "the statistics are left alone by who asks for names and states", func() error {
		state()
		if age := time.Since(read()); age < ignored {
			return fmt.Errorf("they are %v old", age)
		}
		return nil
	})
	last := read()
	for _, step := range []struct {
		do   func(string) error
		want int32 // of VirtualMachineOperState
	}{{src.Suspend, paused}, {src.Resume, running}} {
		if err := step.do(key); err != nil {
			t.Fatal(err)
		}
		lab.Eventually(t, settle, "the new state is served", func() error {
			if got := state(); got != step.want {
				return fmt.Errorf("vmOperState is %d, want %d", got, step.want)
			}
			return nil
		})
	}
	if at := read(); !at.Equal(last) {
		t.Errorf("a change of the state had the statistics read, %v after the last time", at.Sub(last))
	}

	before := cpuTime() // the only look
	lab.Eventually(t, settle, "the statistics are read for who asks once", func() error { return newer(read(), last) })
	if after := cpuTime(); after <= before {
		t.Errorf("vmCpuTime is %d after a new reading and was %d before", after, before)
	}
}

// newer returns nil if the statistics were read after the last time.
func newer(at, last time.Time) error {
	if !at.After(last) {
		return errors.New("the last reading is still that of " + last.String())
	}
	return nil
}

// TestStatisticsAreReadForWhoLooks proves that "vmond show" counts as looking and the health does not, and that all that it
// depends on can be changed while vmond runs.
func TestStatisticsAreReadForWhoLooks(t *testing.T) {
	t.Parallel()
	s := lab.StartSnmpd(t)
	with := func(unread, attention time.Duration) string {
		return fmt.Sprintf("[hypervisor]\nstates = \"1s\"\nstatistics = %q\nstatistics_unread = %q\nattention = %q\n", quick, unread, attention)
	}
	v := lab.StartVmondWith(t, with(never, attention), "sim:///?vms=3", s.AgentX)
	served.AwaitVMs(t, s, 3)
	age := func() time.Duration {
		a := v.Health(t).Hypervisor.Readings["statistics"].Age
		if a == nil {
			return 0
		}
		return *a
	}
	rest := func(what string) {
		t.Helper()
		lab.Eventually(t, settle, "the statistics are left alone "+what, func() error {
			if a := age(); a < ignored {
				return fmt.Errorf("they are %v old", a)
			}
			return nil
		})
	}
	// anew does something and waits for some readings. An age that is less than the last one is that of another reading.
	anew := func(what string, times int, do func()) {
		t.Helper()
		last := age()
		do()
		for range times {
			lab.Eventually(t, settle, "the statistics are read "+what, func() error {
				a := age()
				defer func() { last = a }()
				if a >= last {
					return fmt.Errorf("they are %v old", a)
				}
				return nil
			})
		}
	}
	change := func(unread, attention time.Duration) {
		t.Helper()
		v.Configure(t, with(unread, attention))
		v.Signal(syscall.SIGHUP)
	}

	show := func() {
		t.Helper()
		if _, err := v.Run(t, "show", "vm", "--control", v.Control); err != nil {
			t.Fatal(err)
		}
	}

	rest("by who only asks for the health")
	anew("for vmond show", 1, show)
	rest("after vmond show")

	anew("though nobody looks", often, func() { change(quick, attention) })
	change(never, attention)
	rest("again")

	change(never, never)
	anew("long after vmond show", int(ignored/quick), show)
	change(never, attention)
	rest("as soon as attention is short")
}
