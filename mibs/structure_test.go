package mibs_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/sleepinggenius2/gosmi/types"

	"github.com/vmond/vmond/mibs"
)

// The golden files are facts of the published modules, so they are made from those and never from ours.
var update = flag.String("update", "", "rewrite the golden files from the published modules in this `directory`, which has their files, named like ours, and the stubs")

// modules are the modules that are worded here.
var modules = []string{"VM-MIB", "IANA-STORAGE-MEDIA-TYPE-MIB", "UUID-TC-MIB"}

func TestStructureIsThePublishedOne(t *testing.T) {
	for _, name := range modules {
		t.Run(name, func(t *testing.T) {
			golden := filepath.Join("testdata", name+".golden")
			if *update != "" {
				text, err := dump(os.DirFS(*update), name)
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(golden, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			got, err := dump(mibs.FS(), name)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("unexpected structure (-want +got):\n%s", diff)
			}
		})
	}
}

// A dump that left something out would let it differ, so each of these must show.
func TestDumpShowsEveryDifference(t *testing.T) {
	changes := []struct{ name, from, to string }{
		{"module", "VM-MIB DEFINITIONS", "VMM-MIB DEFINITIONS"},
		{"import", "TimeTicks,\n", "TimeTicks, Unsigned32,\n"},
		{"last update", `LAST-UPDATED "201510120000Z"`, `LAST-UPDATED "201510130000Z"`},
		{"revision", `REVISION     "201510120000Z"`, `REVISION     "201510130000Z"`},
		{"root", "::= { mib-2 236 }", "::= { mib-2 235 }"},
		{"node", "{ vmObjects 1 }", "{ vmObjects 12 }"},
		{"object", "{ vmHypervisor 4 }", "{ vmHypervisor 5 }"},
		{"name", "vmUpTime", "vmUptime"},
		{"range", "Integer32 (1..2147483647)", "Integer32 (0..2147483647)"},
		{"size", "(SIZE (0..255))", "(SIZE (0..254))"},
		{"syntax", "SYNTAX       TimeTicks", "SYNTAX       Counter64"},
		{"label", "shutdown(11),\n                    crashed", "shutDown(11),\n                    crashed"},
		{"value of a label", "unknown(0)", "unknown(3)"},
		{"display hint", `"1x"`, `"1x:"`},
		{"access", "read-write", "read-only"},
		{"status", "STATUS       current", "STATUS       deprecated"},
		{"units", `"microsecond"`, `"microseconds"`},
		{"index", "INDEX        { vmIndex, vmCpuIndex }", "INDEX        { vmCpuIndex }"},
		{"row type", "SYNTAX       VmCpuEntry", "SYNTAX       VmEntry"},
		{"sequence", "vmCpuTime            Counter64", "vmCpuTime            Integer32"},
		{"order of a notification's objects", "{ vmName, vmUUID, vmOperState }", "{ vmUUID, vmName, vmOperState }"},
		{"notification", "{ vmNotifications 20 }", "{ vmNotifications 21 }"},
		{"object group", "vmNetworkIfIndex,\n        vmNetworkParent", "vmNetworkParent"},
		{"notification group", "vmBulkCrashed,\n        vmBulkDeleted", "vmBulkCrashed"},
		{"mandatory groups", "vmStorageGroup,\n        vmNetworkGroup", "vmStorageGroup"},
		{"optional group", "GROUP        vmBulkNotificationOptionalGroup", "GROUP        vmNetworkGroup"},
		{"minimal access", "MIN-ACCESS   read-only", "MIN-ACCESS   not-accessible"},
	}
	const name = "VM-MIB"
	want, err := dump(mibs.FS(), name)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range changes {
		t.Run(tt.name, func(t *testing.T) {
			files := clone(t)
			text := string(files[name+".txt"].Data)
			changed := strings.Replace(text, tt.from, tt.to, 1)
			if changed == text {
				t.Fatalf("there is no %q to change", tt.from)
			}
			files[name+".txt"] = &fstest.MapFile{Data: []byte(changed)}
			got, err := dump(files, name)
			if err == nil && got == want {
				t.Errorf("no difference after %q became %q", tt.from, tt.to)
			}
		})
	}
}

// A stub that defined more than is imported would be a worse copy of the real module.
func TestStubsDefineOnlyWhatIsImported(t *testing.T) {
	imported := map[types.SmiIdentifier]map[types.SmiIdentifier]bool{}
	for _, name := range everyModule(t) {
		m, err := parse(mibs.FS(), name)
		if err != nil {
			t.Fatal(err)
		}
		for _, imp := range m.Body.Imports {
			if imported[imp.Module] == nil {
				imported[imp.Module] = map[types.SmiIdentifier]bool{}
			}
			for _, id := range imp.Names {
				imported[imp.Module][id] = true
			}
		}
	}
	for _, name := range everyModule(t) {
		m, err := parse(mibs.FS(), name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := mibs.FS().Open("stubs/" + name + ".txt"); err != nil {
			continue
		}
		for _, typ := range m.Body.Types {
			if !imported[m.Name][typ.Name] {
				t.Errorf("stub %s defines type %s, which nothing imports", name, typ.Name)
			}
		}
		for _, macro := range m.Body.Macros {
			if !imported[m.Name][macro.Name] {
				t.Errorf("stub %s defines macro %s, which nothing imports", name, macro.Name)
			}
		}
	}
}
