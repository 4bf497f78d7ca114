package integration

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
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

// hvMonitor is the name of LibreNMS' application.
const hvMonitor = "hv-monitor"

// unread are the keys of what nobody knows here: how many snapshots there are before the first survey, what a disk of the network
// takes there, and which share of a CPU a process has at its birth.
var unread = []string{"snaps", "in_use", "on_disk", "disk_in_use", "disk_on_disk", "pcpu"}

// read returns what LibreNMS understands of an entry, once it tells of counters: the first document is made before these are read.
func read(t *testing.T, s *lab.Snmpd, name string) nms.Document {
	t.Helper()
	var output []byte
	lab.Eventually(t, settle, "the counters are told", func() error {
		output = polled(t, s, name)
		if d := nms.Check(t, output, nms.Anything); !d.Totals.Known("usertime") {
			return errors.New("they are not")
		}
		return nil
	})
	return nms.Check(t, output, unread...)
}

// A delivery is what vmond says of the document at its control socket.
type delivery struct {
	Served   bool   `json:"served"`
	Unserved string `json:"unserved"`
	Octets   int    `json:"octets"`
}

// delivered waits until vmond says what is wanted of the document.
func delivered(t *testing.T, v *lab.Vmond, what string, want func(delivery) bool) {
	t.Helper()
	lab.Eventually(t, settle, what, func() error {
		var h struct{ LibreNMS delivery }
		if err := v.Ask("/health", func(r *http.Response) error { return json.NewDecoder(r.Body).Decode(&h) }); err != nil {
			return err
		}
		if !want(h.LibreNMS) {
			return fmt.Errorf("it says %+v", h.LibreNMS)
		}
		return nil
	})
}

// polled returns the document as LibreNMS polls it from an entry of NET-SNMP-EXTEND-MIB.
func polled(t *testing.T, s *lab.Snmpd, name string) []byte {
	t.Helper()
	return s.Get(t, index(extendOutput, name))[0].Value.AppendOctets(nil)
}

// discovered returns the names of the entries that LibreNMS discovers.
func discovered(t *testing.T, s *lab.Snmpd) []string {
	t.Helper()
	var found []string
	for _, v := range s.Walk(t, extendStatus) {
		text := v.Name[len(extendStatus)+1:]
		name := make([]byte, len(text))
		for i, c := range text {
			name[i] = byte(c)
		}
		found = append(found, string(name))
	}
	return found
}

// TestLibreNMS proves that LibreNMS discovers and polls the document through a real snmpd, beside the extends that this has of its
// own, that vmond leaves its name to one of them, and has it again afterwards.
func TestLibreNMS(t *testing.T) {
	t.Parallel()
	s := lab.StartSnmpd(t, "extend aaa /bin/echo one")
	v := lab.StartVmond(t, "sim:///?vms=5", s.AgentX)
	served := func(d delivery) bool { return d.Served }
	delivered(t, v, "the document is served", served)
	if diff := cmp.Diff([]string{"aaa", hvMonitor}, discovered(t, s)); diff != "" {
		t.Errorf("unexpected entries (-want +got):\n%s", diff)
	}
	if d := read(t, s, hvMonitor); len(d.VMs) != 5 || d.Shortened != nil {
		t.Errorf("unexpected document %+v", d)
	}
	if got := string(polled(t, s, "aaa")); got != "one" {
		t.Errorf("unexpected output of snmpd's own extend: %q", got)
	}

	s.Configure(t, lab.ReadPublic, "agentXPerms 0660 0755", "extend hv-monitor /bin/echo mine")
	s.Restart(t, syscall.SIGTERM)
	delivered(t, v, "the name is left to snmpd", func(d delivery) bool {
		return !d.Served && strings.HasPrefix(d.Unserved, `snmpd has an extend "hv-monitor" itself: `) && strings.HasSuffix(d.Unserved, "/snmpd.conf:7")
	})
	lab.Eventually(t, settle, "snmpd answers by itself", func() error {
		if got := string(polled(t, s, hvMonitor)); got != "mine" {
			return fmt.Errorf("it answers %q", got)
		}
		return nil
	})

	s.Configure(t, lab.ReadPublic, "agentXPerms 0660 0755")
	s.Restart(t, syscall.SIGKILL)
	delivered(t, v, "the document is served again", served)
	read(t, s, hvMonitor)

	v.Configure(t, "[librenms]\nagentx = false\n")
	v.Signal(syscall.SIGHUP)
	delivered(t, v, "it is not served any more", func(d delivery) bool { return !d.Served && d.Unserved == "librenms.agentx is false" })
	lab.Eventually(t, settle, "it is gone", func() error {
		if v := s.Get(t, index(extendOutput, hvMonitor))[0].Value; !v.IsException() {
			return fmt.Errorf("there is %v", v)
		}
		return nil
	})
}

// TestLibreNMSView proves that the view that is recommended is wide enough for LibreNMS, and shows no command of an extend.
func TestLibreNMSView(t *testing.T) {
	t.Parallel()
	s := lab.StartSnmpd(t)
	s.Configure(t, lab.ReadPublic+" -V lnms", "agentXPerms 0660 0755", "extend aaa /bin/echo secret",
		"view lnms included .1.3.6.1.4.1.8072.1.3.2.2.1.21", "view lnms included .1.3.6.1.4.1.8072.1.3.2.3.1.2")
	s.Restart(t, syscall.SIGTERM)
	v := lab.StartVmond(t, "sim:///?vms=5", s.AgentX)
	delivered(t, v, "the document is served", func(d delivery) bool { return d.Served })
	if diff := cmp.Diff([]string{"aaa", hvMonitor}, discovered(t, s)); diff != "" {
		t.Errorf("unexpected entries (-want +got):\n%s", diff)
	}
	if d := read(t, s, hvMonitor); len(d.VMs) != 5 {
		t.Errorf("unexpected document %+v", d)
	}
	want := []mib.OID{
		index(extendStatus, "aaa"), index(extendStatus, hvMonitor), index(extendOutput, "aaa"), index(extendOutput, hvMonitor),
	}
	for how, walk := range map[string][]mib.Varbind{"GETNEXT": s.Walk(t, mib.OID{1, 3}), "GETBULK": s.BulkWalk(t, mib.OID{1, 3})} {
		walk = slices.DeleteFunc(walk, func(v mib.Varbind) bool { return v.Value.IsException() }) // the end
		if diff := cmp.Diff(want, names(walk)); diff != "" {
			t.Errorf("unexpected objects in the view by %s (-want +got):\n%s", how, diff)
		}
	}
	for _, column := range []uint32{2, 3} {
		command := index(extendObjects.Append(2, 1, column), "aaa")
		if v := s.Get(t, command)[0].Value; !v.IsException() {
			t.Errorf("a command is seen: %v", v)
		}
	}
}

// TestLibreNMSWays proves that a file that vmond keeps and its command tell through snmpd what AgentX does.
func TestLibreNMSWays(t *testing.T) {
	t.Parallel()
	dir := lab.ShortDir(t)
	file, script := filepath.Join(dir, "hv.json"), filepath.Join(dir, "ask")
	s := lab.StartSnmpd(t, "extend file /bin/cat "+file+".snmp", "extend command "+script)
	v := lab.StartVmondWith(t, "[librenms]\nfile = \""+file+"\"\n", "sim:///?vms=5", s.AgentX)
	text := "#!/bin/sh\nexec " + os.Getenv(lab.BinaryEnv) + " librenms -c --control " + v.Control + "\n"
	if err := os.WriteFile(script, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	delivered(t, v, "the document is served", func(d delivery) bool { return d.Served && d.Octets > 1000 })
	for _, name := range []string{hvMonitor, "command", "file"} {
		if d := read(t, s, name); len(d.VMs) != 5 {
			t.Errorf("%s: unexpected document %+v", name, d)
		}
	}
	v.Signal(syscall.SIGTERM)
	<-v.Done()
	lab.Eventually(t, settle, "the file says that nobody keeps it", func() error {
		// An extend's output is cached for some seconds.
		if _, err := os.Stat(file); err != nil {
			return err
		}
		if got := polled(t, s, "file"); len(got) > 1000 {
			return errors.New("it does not")
		}
		return nil
	})
	if f := nms.CheckFailed(t, polled(t, s, "file")); f.Code != 2 {
		t.Errorf("unexpected error %+v", f)
	}
}

// TestLibreNMSLarge proves that the document of a large host fits an answer of snmpd, and that its totals are those of all.
func TestLibreNMSLarge(t *testing.T) {
	t.Parallel()
	const vms = 2000
	s := lab.StartSnmpd(t)
	v := lab.StartVmond(t, fmt.Sprintf("sim:///?vms=%d", vms), s.AgentX)
	delivered(t, v, "the document is served", func(d delivery) bool { return d.Served && d.Octets > 10_000 })
	got := s.Get(t, index(extendOutput, hvMonitor))[0].Value
	if got.Type() != mib.TypeOctetString || got.Len() > 60_000 {
		t.Errorf("unexpected value of %d octets", got.Len())
	}
	d := nms.Check(t, got.AppendOctets(nil), nms.Anything) // nobody waits for the counters of so many
	if told := int64(len(d.VMs)) + d.Shortened.Int("VMs"); told != vms || !d.Shortened.Known("ifs") {
		t.Errorf("unexpected number of virtual machines told or counted: %d; shortened by %v", told, d.Shortened)
	}
	var all int64
	for _, state := range []string{"on", "off", "off_hard", "off_soft", "unknown", "paused", "crashed", "blocked", "nostate", "pmsuspended"} {
		all += d.Totals.Int(state)
	}
	if all != vms {
		t.Errorf("totals are of %d", all)
	}
}
