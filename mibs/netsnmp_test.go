package mibs_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/mibs"
)

// snmptranslate runs net-snmp's tool over directories of MIB modules and returns what it says. A warning is an error.
func snmptranslate(t *testing.T, path, modules string, args ...string) string {
	t.Helper()
	out, errs := run(t, nil, "snmptranslate", append([]string{"-M", path, "-m", modules}, args...)...)
	if errs != "" {
		t.Errorf("unexpected warnings of snmptranslate %s:\n%s", strings.Join(args, " "), errs)
	}
	return out
}

// The names and numbers of every node, once as net-snmp understands the modules and once as they were published.
func TestNetSNMPKnowsEveryNode(t *testing.T) {
	t.Parallel()
	text, err := dump(mibs.FS(), "VM-MIB")
	if err != nil {
		t.Fatal(err)
	}
	node := regexp.MustCompile(`(?m)^(?:identity|node|object|notification|object-group|notification-group|compliance) (\S+) ([\d.]+)`)
	want := map[string]string{}
	for _, m := range node.FindAllStringSubmatch(text, -1) {
		want[m[1]] = m[2]
	}
	for _, path := range []string{searchPath("stubs", "."), searchPath(".", "stubs")} {
		for _, which := range []string{"VM-MIB", "ALL"} {
			got := map[string]string{}
			for line := range strings.Lines(snmptranslate(t, path, which, "-Tz")) {
				name, oid := fields(t, line)
				if _, ours := want[name]; ours {
					got[name] = oid
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("unexpected nodes with -M %s -m %s (-want +got):\n%s", path, which, diff)
			}
		}
	}
}

// fields splits a line of snmptranslate -Tz: a name and a number, both in quotes.
func fields(t *testing.T, line string) (name, oid string) {
	t.Helper()
	name, oid, ok := strings.Cut(strings.ReplaceAll(strings.TrimSpace(line), `"`, ""), "\t")
	if !ok {
		t.Fatalf("unexpected line %q", line)
	}
	return name, strings.TrimSpace(oid)
}

// What net-snmp prints values by: labels, display hints, ranges, units.
func TestNetSNMPKnowsHowToPrint(t *testing.T) {
	t.Parallel()
	tests := []struct{ object, want string }{
		{"vmHvSoftware", `DISPLAY-HINT	"255t"`},
		{"vmHvObjectID", `SYNTAX	OBJECT IDENTIFIER`},
		{"vmHvUpTime", `SYNTAX	TimeTicks`},
		{"vmUUID", `DISPLAY-HINT	"4x-2x-2x-1x1x-6x"`},
		{"vmUUID", `SYNTAX	OCTET STRING (0 | 16)`},
		{"vmOperState", `{unknown(1), other(2), preparing(3), running(4), suspending(5), suspended(6), resuming(7), paused(8), migrating(9), shuttingdown(10), shutdown(11), crashed(12)}`},
		{"vmMinMem", `SYNTAX	Integer32 (-1 | 0..2147483647)`},
		{"vmCpuTime", `UNITS		"microsecond"`},
		{"vmCpuTime", `SYNTAX	Counter64`},
		{"vmCpuAffinity", `{unknown(0), enable(1), disable(2)}`},
		{"vmStorageMediaType", `{other(1), unknown(2), hardDisk(3), opticalDisk(4), floppyDisk(5)}`},
		{"vmNetworkIfIndex", `DISPLAY-HINT	"d"`},
		{"vmNetworkPhysAddress", `DISPLAY-HINT	"1x:"`},
		{"vmPerVMNotificationsEnabled", `{true(1), false(2)}`},
		{"vmPerVMNotificationsEnabled", `MAX-ACCESS	read-write`},
		{"vmAffectedVMs", `DISPLAY-HINT	"1x"`},
		{"vmCpuAffinityEntry", `INDEX		{ vmIndex, vmCpuIndex, vmCpuPhysIndex }`},
		{"vmDeleted", `OBJECTS	{ vmName, vmUUID, vmOperState, vmPersistent }`},
	}
	for _, tt := range tests {
		t.Run(tt.object, func(t *testing.T) {
			t.Parallel()
			got := snmptranslate(t, searchPath("stubs", "."), "VM-MIB", "-Td", "VM-MIB::"+tt.object)
			if !strings.Contains(got, tt.want) {
				t.Errorf("unexpected details of %s: no %s in\n%s", tt.object, tt.want, got)
			}
		})
	}
}

func TestNetSNMPNamesInstances(t *testing.T) {
	t.Parallel()
	tests := []struct{ oid, want string }{
		{".1.3.6.1.2.1.236.1.1.1.0", "VM-MIB::vmHvSoftware.0"},
		{".1.3.6.1.2.1.236.1.4.1.6.7", "VM-MIB::vmOperState.7"},
		{".1.3.6.1.2.1.236.1.6.1.3.7.1.196608", "VM-MIB::vmCpuAffinity.7.1.196608"},
		{".1.3.6.1.2.1.236.1.7.1.18.0.3", "VM-MIB::vmStorageWriteLatency.0.3"},
		{".1.3.6.1.2.1.236.0.20", "VM-MIB::vmBulkDeleted"},
	}
	for _, tt := range tests {
		got := snmptranslate(t, searchPath("stubs", "."), "VM-MIB", tt.oid)
		if diff := cmp.Diff(tt.want, strings.TrimSpace(got)); diff != "" {
			t.Errorf("unexpected name of %s (-want +got):\n%s", tt.oid, diff)
		}
	}
}

// What every notification begins with has a name, too, for snmptrapd. VM-MIB does not import it.
func TestNetSNMPNamesWhatANotificationBeginsWith(t *testing.T) {
	t.Parallel()
	tests := []struct{ oid, want string }{
		{".1.3.6.1.2.1.1.3.0", "SNMPv2-MIB::sysUpTime.0"},
		{".1.3.6.1.6.3.1.1.4.1.0", "SNMPv2-MIB::snmpTrapOID.0"},
	}
	for _, tt := range tests {
		got := snmptranslate(t, searchPath("stubs", "."), "ALL", tt.oid)
		if diff := cmp.Diff(tt.want, strings.TrimSpace(got)); diff != "" {
			t.Errorf("unexpected name of %s (-want +got):\n%s", tt.oid, diff)
		}
	}
}

// Where real modules are, they are used: the README says to name the stubs first.
func TestNetSNMPPrefersRealModules(t *testing.T) {
	t.Parallel()
	const file = "IF-MIB.txt"
	stub := string(clone(t)["stubs/"+file].Data)
	fuller := write(t, file, strings.Replace(stub, "\nEND\n", "\ninterfaces OBJECT IDENTIFIER ::= { mib-2 2 }\n\nEND\n", 1))
	for _, path := range []string{searchPath("stubs", ".", fuller), searchPath("stubs", fuller, ".")} {
		got := snmptranslate(t, path, "ALL", "-On", "IF-MIB::interfaces")
		if diff := cmp.Diff(".1.3.6.1.2.1.2", strings.TrimSpace(got)); diff != "" {
			t.Errorf("unexpected answer with -M %s (-want +got):\n%s", path, diff)
		}
		got = snmptranslate(t, path, "ALL", "-On", "VM-MIB::vmNetworkIfIndex")
		if diff := cmp.Diff(".1.3.6.1.2.1.236.1.8.1.2", strings.TrimSpace(got)); diff != "" {
			t.Errorf("unexpected answer with -M %s (-want +got):\n%s", path, diff)
		}
	}
}
