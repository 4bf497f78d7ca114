package bhyve

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// nicKeys returns the keys of network interfaces with their addresses.
func nicKeys(nics []hv.NIC) []string {
	var keys []string
	for _, n := range nics {
		keys = append(keys, n.Key+" "+n.MAC.String())
	}
	return keys
}

// checkNICs checks the network interfaces that are told of a virtual machine, and that one who asks for the first time is told the same.
func (m *madeUp) checkNICs(t *testing.T, when, key string, want ...string) {
	t.Helper()
	anew := newSource(m.host, "bhyve:///", zap.NewNop())
	defer func() {
		if err := anew.Close(); err != nil {
			t.Errorf("Close = %v", err)
		}
	}()
	for who, s := range map[string]*Source{"": m.Source, ", asked anew": anew} {
		d, err := answerAbout(t, key, s.Definitions)
		if err != nil {
			t.Fatalf("%s%s: %v", when, who, err)
		}
		if diff := cmp.Diff(want, nicKeys(d.NICs)); diff != "" {
			t.Errorf("%s%s: unexpected network interfaces (-want +got):\n%s", when, who, diff)
		}
		stats, err := answerAbout(t, key, s.Statistics)
		if err != nil {
			t.Fatalf("%s%s: %v", when, who, err)
		}
		var counted, told []string
		for _, n := range stats.NICs {
			counted = append(counted, n.Key)
		}
		for _, n := range d.NICs {
			told = append(told, n.Key)
		}
		if diff := cmp.Diff(told, counted); counted != nil && diff != "" {
			t.Errorf("%s%s: unexpected keys of the statistics (-want +got):\n%s", when, who, diff)
		}
	}
}

// TestNICKeysVMBhyve proves that a network interface of vm-bhyve keeps its key when it gets an address at the first start, when the
// definition cannot be read, and while it runs when somebody takes another one out of the definition.
func TestNICKeysVMBhyve(t *testing.T) {
	t.Parallel()
	m := makeUp(t)
	m.wire()
	written := noon()
	write := func(text string) {
		written = written.Add(time.Minute)
		m.host.SetFile("/vm/web/web.conf", []byte(text), freebsd.Stat{Modified: written})
		m.host.SetClock(freebsd.Clock{Now: written.Add(time.Hour), Up: hostUp})
	}
	const (
		first  = "loader=\"uefi\"\nnetwork0_type=\"virtio-net\"\nnetwork0_switch=\"public\"\n"
		mac1   = "network0_mac=\"58:9c:fc:00:00:01\"\n"
		second = "network1_type=\"virtio-net\"\nnetwork1_switch=\"lan\"\nnetwork1_mac=\"58:9c:fc:00:00:02\"\n"
		third  = "network2_type=\"virtio-net\"\nnetwork2_switch=\"lan\"\nnetwork2_mac=\"58:9c:fc:00:00:03\"\n"
		moved  = "network1_type=\"virtio-net\"\nnetwork1_switch=\"lan\"\nnetwork1_mac=\"58:9c:fc:00:00:03\"\n"
	)
	m.manage(first)
	write(first + second + third)
	m.checkNICs(t, "made", webVM, "network0 ", "network1 58:9c:fc:00:00:02", "network2 58:9c:fc:00:00:03")

	all := []string{"network0 58:9c:fc:00:00:01", "network1 58:9c:fc:00:00:02", "network2 58:9c:fc:00:00:03"}
	stamp := anHourAgo().Format(time.RFC3339)
	log := stamp + ": initialising\n" + stamp + ":  [bhyve devices: -s 4:0,virtio-net,tap0,mac=58:9c:fc:00:00:01" +
		" -s 5:0,virtio-net,tap1,mac=58:9c:fc:00:00:02 -s 6:0,virtio-net,tap2,mac=58:9c:fc:00:00:03]\n" +
		stamp + ": starting bhyve (run 1)\n"
	m.host.SetDir("/vm/web", "web.conf", "vm-bhyve.log", "run.lock")
	m.host.SetFile("/vm/web/vm-bhyve.log", []byte(log), freebsd.Stat{Modified: anHourAgo()})
	m.host.SetFile("/vm/web/run.lock", []byte("hv1\n"), freebsd.Stat{Modified: anHourAgo()})
	m.host.SetSysctl([]byte("hv1\x00"), hostnameVariable)
	m.start(4242, []string{"bhyve: web"}, time.Second)
	m.checkNICs(t, "started, and what is written was not read yet", webVM, all...)
	write(first + second + third + mac1)
	m.checkNICs(t, "started", webVM, all...)

	write(first + mac1 + moved)
	m.checkNICs(t, "one is taken out", webVM, all...)
	write(first + mac1)
	m.checkNICs(t, "two are taken out", webVM, all...)
	write(first + mac1 + second + third + "network3_type=\"virtio-net\"\nnetwork3_mac=\"58:9c:fc:00:00:04\"\n")
	m.checkNICs(t, "one is added", webVM, all...)
	m.host.SetError(errors.New("input/output error"), "read", "/vm/web/web.conf")
	m.checkNICs(t, "what is written cannot be read", webVM, all...)

	write(first + mac1 + moved)
	m.end(4242)
	m.host.Remove("/vm/web/run.lock")
	m.host.SetDir("/vm/web", "web.conf", "vm-bhyve.log")
	m.checkNICs(t, "off", webVM, "network0 58:9c:fc:00:00:01", "network1 58:9c:fc:00:00:03")
}

// TestNICKeysLeftOut proves that a network interface is not taken for the one that vm-bhyve could not make.
func TestNICKeysLeftOut(t *testing.T) {
	t.Parallel()
	m := makeUp(t)
	m.wire()
	m.manage("network0_type=\"virtio-net\"\nnetwork0_mac=\"58:9c:fc:00:00:01\"\n" +
		"network1_type=\"virtio-net\"\nnetwork1_mac=\"58:9c:fc:00:00:02\"\n")
	stamp := anHourAgo().Format(time.RFC3339)
	log := stamp + ":  [bhyve devices: -s 5:0,virtio-net,tap0,mac=58:9c:fc:00:00:02]\n" + stamp + ": starting bhyve (run 1)\n"
	m.host.SetDir("/vm/web", "web.conf", "vm-bhyve.log")
	m.host.SetFile("/vm/web/vm-bhyve.log", []byte(log), freebsd.Stat{Modified: anHourAgo()})
	m.checkNICs(t, "off", webVM, "network0 58:9c:fc:00:00:01", "network1 58:9c:fc:00:00:02")
	m.start(4242, []string{"bhyve: web"}, time.Second)
	m.checkNICs(t, "runs", webVM, "network1 58:9c:fc:00:00:02")
}
