package integration

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/mib"
	"github.com/vmond/vmond/test/lab"
	"github.com/vmond/vmond/test/nms"
)

// What LibreNMS asks for (NET-SNMP-EXTEND-MIB), and the name of its application.
var (
	nsExtendStatus     = mib.MustOID("1.3.6.1.4.1.8072.1.3.2.2.1.21")
	nsExtendOutputFull = mib.MustOID("1.3.6.1.4.1.8072.1.3.2.3.1.2")
)

const (
	application = "hv-monitor"
	// mostOctets is how long the document may get (README, LibreNMS).
	mostOctets = 60000
)

// named returns the instance of a column of nsExtendConfigTable or nsExtendOutput1Table: its index is a text that has its
// length before it (RFC 2578, section 7.7).
func named(column mib.OID, name string) mib.OID {
	instance := column.Append(uint32(len(name)))
	for _, octet := range []byte(name) {
		instance = append(instance, uint32(octet))
	}
	return instance
}

// discover returns the names of what snmpd runs or others run for it, as LibreNMS finds its applications.
func discover(t *testing.T, s *lab.Snmpd) []string {
	t.Helper()
	var names []string
	for _, vb := range s.Walk(t, nsExtendStatus) {
		if !vb.Name.HasPrefix(nsExtendStatus) {
			continue // there is none: it was told what comes next
		}
		var name []byte
		for _, sub := range vb.Name[len(nsExtendStatus)+1:] {
			name = append(name, byte(sub))
		}
		names = append(names, string(name))
		const active = 1
		if vb.Value.Int() != active {
			t.Errorf("nsExtendStatus of %q = %v, want %d", name, vb.Value, active)
		}
	}
	return names
}

// poll returns what snmpget prints of an output, asked as LibreNMS does.
func poll(t *testing.T, s *lab.Snmpd, name string) string {
	t.Helper()
	out, err := s.Tool(exec.Command("snmpget", "-v2c", "-c", lab.Public, "-m", "", "-Oqv", s.Addr,
		named(nsExtendOutputFull, name).String()))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Trim(out, "\\\" \r\n")
}

// awaitDiscovery waits until LibreNMS would find these.
func awaitDiscovery(t *testing.T, s *lab.Snmpd, want ...string) {
	t.Helper()
	lab.Eventually(t, settle, "snmpd lists the extends", func() error {
		if diff := cmp.Diff(want, discover(t, s)); diff != "" {
			return fmt.Errorf("unexpected names (-want +got):\n%s", diff)
		}
		return nil
	})
}

// awaitDocument polls until the document has as many virtual machines, and returns it.
func awaitDocument(t *testing.T, s *lab.Snmpd, vms int) monitored {
	t.Helper()
	var d monitored
	lab.Eventually(t, settle, "the document has all virtual machines", func() error {
		d = read(t, poll(t, s, application))
		if d.Error != 0 || len(d.Data.VMs) != vms {
			return fmt.Errorf("error %d %q, %d virtual machines", d.Error, d.ErrorString, len(d.Data.VMs))
		}
		return nil
	})
	return d
}

// A monitored is what matters here of HV::Monitor's document.
type monitored struct {
	Error       int    `json:"error"`
	ErrorString string `json:"errorString"`
	Data        struct {
		VMs    map[string]struct{} `json:"VMs"`
		Totals struct {
			On  int `json:"on"`
			Off int `json:"off_hard"`
		} `json:"totals"`
		Shortened map[string]int `json:"shortened"`
	} `json:"data"`
}

// read reads a document, or an envelope with an error, that a strict consumer has no fault to find with.
func read(t *testing.T, output string) monitored {
	t.Helper()
	packed, err := base64.StdEncoding.DecodeString(output)
	if err != nil {
		t.Fatal(err)
	}
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	var d monitored
	if err := json.NewDecoder(r).Decode(&d); err != nil {
		t.Fatal(err)
	}
	if d.Error != 0 {
		nms.CheckFailed(t, []byte(output))
		return d
	}
	nms.Check(t, []byte(output))
	return d
}

// TestLibreNMS proves that LibreNMS finds vmond by itself and gets the document, with nothing of it in snmpd.conf, and that
// snmpd's own extends go on beside it: before and after each of the two is started anew.
func TestLibreNMS(t *testing.T) {
	const vms = 20
	s := lab.StartSnmpd(t, "extend aaa /bin/echo one", "extend zz-long-name /bin/echo two")
	awaitDiscovery(t, s, "aaa", "zz-long-name")
	v := lab.StartVmond(t, fmt.Sprintf("sim:///?vms=%d&seed=7", vms), s.AgentX)
	all := []string{"aaa", application, "zz-long-name"}
	check := func() {
		t.Helper()
		awaitDiscovery(t, s, all...)
		d := awaitDocument(t, s, vms)
		if n := d.Data.Totals.On + d.Data.Totals.Off; n == 0 || d.Data.Shortened != nil {
			t.Errorf("unexpected document: %+v", d)
		}
		for name, want := range map[string]string{"aaa": "one", "zz-long-name": "two"} {
			if got := poll(t, s, name); got != want {
				t.Errorf("output of %q = %q, want %q", name, got, want)
			}
		}
	}
	check()
	packed, err := v.Run(t, "librenms", "-c", "--control", v.Control)
	if err != nil {
		t.Fatal(err)
	}
	if d := read(t, strings.TrimSpace(packed)); len(d.Data.VMs) != vms {
		t.Errorf("vmond librenms has %d virtual machines, want %d", len(d.Data.VMs), vms)
	}

	s.Restart(t, syscall.SIGTERM)
	check()
	v.Signal(syscall.SIGTERM)
	<-v.Done()
	awaitDiscovery(t, s, "aaa", "zz-long-name")
	v.Start(t)
	check()
}

// TestLibreNMSWalk proves that a walk over all extends ends, in order, and has both instances once.
func TestLibreNMSWalk(t *testing.T) {
	s := lab.StartSnmpd(t, "extend aaa /bin/echo one", "extend zz-long-name /bin/echo two")
	lab.StartVmond(t, "sim:///?vms=5&seed=7", s.AgentX)
	awaitDiscovery(t, s, "aaa", application, "zz-long-name")
	awaitDocument(t, s, 5)
	for how, walk := range map[string]func(testing.TB, mib.OID) []mib.Varbind{"snmpwalk": s.Walk, "snmpbulkwalk": s.BulkWalk} {
		vbs := walk(t, mib.MustOID("1.3.6.1.4.1.8072.1.3.2"))
		if !slices.IsSortedFunc(vbs, func(a, b mib.Varbind) int { return a.Name.Compare(b.Name) }) {
			t.Errorf("%s: not in order", how)
		}
		count := 0
		for _, vb := range vbs {
			if vb.Name.Compare(named(nsExtendStatus, application)) == 0 || vb.Name.Compare(named(nsExtendOutputFull, application)) == 0 {
				count++
			}
		}
		if count != 2 {
			t.Errorf("%s: %d of the two instances", how, count)
		}
	}
}

// TestLibreNMSSwitch proves that the document can be switched off, and on again while vmond runs.
func TestLibreNMSSwitch(t *testing.T) {
	const off, on = "[librenms]\nagentx = false\n", "[librenms]\nagentx = true\n"
	s := lab.StartSnmpd(t, "extend aaa /bin/echo one")
	v := lab.StartVmondWith(t, off, "sim:///?vms=5&seed=7", s.AgentX)
	lab.Eventually(t, settle, "vmond is registered", func() error {
		h, err := v.TryHealth()
		if err == nil && !h.Master.Registered {
			err = errors.New("it is not: " + h.Master.Error)
		}
		return err
	})
	awaitDiscovery(t, s, "aaa")
	for _, step := range []struct {
		section string
		want    []string
	}{{on, []string{"aaa", application}}, {off, []string{"aaa"}}, {on, []string{"aaa", application}}} {
		v.Configure(t, step.section)
		v.Signal(syscall.SIGHUP)
		awaitDiscovery(t, s, step.want...)
	}
	awaitDocument(t, s, 5)
}

// TestLibreNMSYields proves that an extend of that name in snmpd's own configuration is left alone, and that vmond takes its
// place once it is gone.
func TestLibreNMSYields(t *testing.T) {
	s := lab.StartSnmpd(t, "extend "+application+" /bin/echo own")
	v := lab.StartVmond(t, "sim:///?vms=5&seed=7", s.AgentX)
	lab.Eventually(t, settle, "the log says that snmpd has one", func() error {
		if !v.Log().Has("snmpd has an extend of this name") {
			return errors.New("it does not")
		}
		return nil
	})
	if got := poll(t, s, application); got != "own" {
		t.Errorf("output of snmpd's own extend = %q, want %q", got, "own")
	}
	s.Configure(t, "agentXPerms 0660 0755", lab.ReadPublic)
	s.Restart(t, syscall.SIGTERM)
	awaitDiscovery(t, s, application)
	awaitDocument(t, s, 5)
}

// TestLibreNMSLarge proves that the document of a host that is much too large for it is shortened to what SNMP carries, and
// that its totals still are of all.
func TestLibreNMSLarge(t *testing.T) {
	const vms = 3000
	s := lab.StartSnmpd(t)
	lab.StartVmond(t, fmt.Sprintf("sim:///?vms=%d&seed=7", vms), s.AgentX)
	awaitDiscovery(t, s, application)
	var d monitored
	lab.Eventually(t, settle, "the document is shortened", func() error {
		output := poll(t, s, application)
		if len(output) > mostOctets {
			t.Fatalf("the document has %d octets, want at most %d", len(output), mostOctets)
		}
		if d = read(t, output); d.Error != 0 || d.Data.Shortened == nil {
			return fmt.Errorf("unexpected document: %+v", d)
		}
		return nil
	})
	if left := len(d.Data.VMs); left == 0 || left+d.Data.Shortened["VMs"] != vms {
		t.Errorf("%d virtual machines, and %v left out, of %d", left, d.Data.Shortened, vms)
	}
	if d.Data.Totals.On <= len(d.Data.VMs) {
		t.Errorf("total of those that run = %d with %d virtual machines shown", d.Data.Totals.On, len(d.Data.VMs))
	}
}

// TestLibreNMSFile proves that the file can be what an extend of snmpd's own shows, and that it says so when vmond ends.
func TestLibreNMSFile(t *testing.T) {
	base := filepath.Join(lab.ShortDir(t), "hv_monitor.json")
	s := lab.StartSnmpd(t, "extend "+application+" /bin/cat "+base+".snmp")
	v := lab.StartVmondWith(t, fmt.Sprintf("[librenms]\nagentx = false\nfile = %q\n", base), "sim:///?vms=5&seed=7", s.AgentX)
	lab.Eventually(t, settle, "the file is there", func() error { _, err := os.Stat(base + ".snmp"); return err })
	awaitDocument(t, s, 5)
	plain, err := os.ReadFile(base)
	if err != nil {
		t.Fatal(err)
	}
	var d monitored
	if err := json.Unmarshal(plain, &d); err != nil || len(d.Data.VMs) != 5 {
		t.Errorf("unexpected plain document %s: %v", plain, err)
	}
	v.Signal(syscall.SIGTERM)
	<-v.Done()
	packed, err := os.ReadFile(base + ".snmp")
	if err != nil {
		t.Fatal(err)
	}
	if d := read(t, strings.TrimSpace(string(packed))); d.Error == 0 {
		t.Errorf("the file of a vmond that has ended has no error: %+v", d)
	}
}
