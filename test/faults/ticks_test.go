//go:build linux

package faults

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"

	"github.com/vmond/vmond/mib"
	"github.com/vmond/vmond/test/lab"
	"github.com/vmond/vmond/test/served"
)

const (
	// around is after how long TimeTicks begin anew (RFC 2578, section 7.1.8): 497 days.
	around = tick << 32
	// approach is how long before that vmond is started, and crossing until when it is watched.
	approach = 15 * time.Second
	crossing = 3 * time.Second
)

// TestTimeTicksGoAround has a hypervisor whose uptime, and those of its virtual machines, come to what TimeTicks can say: they
// begin anew, and are there all the time.
func TestTimeTicksGoAround(t *testing.T) {
	t.Parallel()
	s := lab.StartSnmpd(t)
	began := time.Now().Add(approach - around).Truncate(time.Second)
	v := lab.StartVmond(t, "sim:///?vms=5&seed=1&started="+began.UTC().Format(time.RFC3339), s.AgentX)
	served.AwaitVMs(t, s, 5)
	names := []mib.OID{served.HvUpTime}
	for _, vb := range s.BulkWalk(t, served.UpTime) {
		if vb.Value.Type() == mib.TypeTimeTicks && vb.Value.Uint() != 0 { // one that is shut down has been up for no time
			names = append(names, vb.Name)
		}
	}
	if len(names) < 2 {
		t.Fatal("no virtual machine is up")
	}
	client, last, turned := s.Client(t), map[string]uint32{}, map[string]int{}
	gap := time.NewTicker(chartGap)
	defer gap.Stop()
	for ; time.Since(began) < around+crossing; <-gap.C {
		asked := time.Since(began)
		answer, err := client.Get(texts(names))
		if err != nil {
			t.Fatal(err)
		}
		for _, got := range answer.Variables {
			ticks, ok := got.Value.(uint32)
			if !ok || got.Type != gosnmp.TimeTicks {
				t.Fatalf("%s is %v of type %v", got.Name, got.Value, got.Type)
			}
			// The difference of two TimeTicks is small in one of the two directions, however they went around.
			if late := time.Duration(int32(ticks-uint32(asked/tick))) * tick; late < -time.Second || late > skew {
				t.Fatalf("%s is %d, want %d", got.Name, ticks, uint32(asked/tick))
			}
			if ticks < last[got.Name] {
				turned[got.Name]++
			}
			last[got.Name] = ticks
		}
	}
	for _, name := range texts(names) {
		if turned[name] != 1 {
			t.Errorf("%s began anew %d times", name, turned[name])
		}
	}
	shown, err := v.Run(t, "show", "host", "--control", v.Control)
	if err != nil || !strings.Contains(shown, "497d02h") {
		t.Errorf("unexpected uptime, which need not go around, in\n%s%v", shown, err)
	}
}

// texts returns names as gosnmp wants them.
func texts(names []mib.OID) []string {
	var out []string
	for _, name := range names {
		out = append(out, "."+name.String())
	}
	return out
}

// TestHostOf498Days runs vmond where the host has been running for more than TimeTicks can say, as its kernel tells it: the
// uptimes go around, and what is remembered of before the end of vmond is that of after it.
func TestHostOf498Days(t *testing.T) {
	t.Parallel()
	lab.NeedIsolation(t)
	const ahead = 498 * 24 * time.Hour
	l := lab.StartTestLibvirtd(t)
	s := lab.StartSnmpd(t)
	n := lab.StartTimeNamespace(t, ahead)
	v := lab.NewVmond(t, l.URI(), s.AgentX)
	v.StartIn(t, n)
	served.AwaitVMs(t, s, own)
	checkUpTime(t, s, n, served.HvUpTime)

	l.Virsh(t, "destroy", "test")
	l.Virsh(t, "start", "test")
	started := hostUpTime(t)
	row := served.UpTime.Append(indexOf(t, served.ColumnOf(s.BulkWalk(t, served.Name), served.Name).Indices()["test"]))
	lab.Eventually(t, settle, "the start is served", func() error {
		if v := s.Get(t, row)[0].Value; v.Type() != mib.TypeTimeTicks || v.Uint() == 0 {
			return fmt.Errorf("vmUpTime is %v", v)
		}
		return nil
	})
	check := func(when string) {
		t.Helper()
		up := time.Duration(s.Get(t, row)[0].Value.Uint()) * tick
		if want := hostUpTime(t) - started; !near(up, want, skew) {
			t.Errorf("%s: vmUpTime is %v, want %v", when, up, want)
		}
		checkUpTime(t, s, n, served.HvUpTime)
	}
	check("after the start")
	l.DefineTestDomains(t, 1, 1)
	served.AwaitVMs(t, s, own+1)
	checkUpTime(t, s, n, served.TableLastChange)
	came := s.Get(t, served.TableLastChange)[0].Value

	v.Kill()
	v.StartIn(t, n)
	served.AwaitVMs(t, s, own+1)
	check("after vmond was killed")
	if now := s.Get(t, served.TableLastChange)[0].Value; now.String() != came.String() {
		t.Errorf("vmTableLastChange is %v, and was %v before vmond was killed", now, came)
	}
}

// checkUpTime proves that the object is the uptime of the host in a time namespace as TimeTicks, or was just now.
func checkUpTime(t *testing.T, s *lab.Snmpd, n lab.TimeNamespace, object mib.OID) {
	t.Helper()
	up := hostUpTime(t) + n.Ahead
	got := s.Get(t, object)[0].Value
	if got.Type() != mib.TypeTimeTicks {
		t.Fatalf("%v is %v", object, got)
	}
	if late := time.Duration(int32(uint32(got.Uint())-uint32(up/tick))) * tick; late.Abs() > skew {
		t.Errorf("%v is %v, want %d: %v after the host was booted", object, got, uint32(up/tick), up)
	}
}

// hostUpTime returns how long this machine runs.
func hostUpTime(t *testing.T) time.Duration {
	t.Helper()
	text, err := os.ReadFile("/proc/uptime")
	if err != nil {
		t.Fatal(err)
	}
	up, err := time.ParseDuration(strings.Fields(string(text))[0] + "s")
	if err != nil {
		t.Fatal(err)
	}
	return up
}
