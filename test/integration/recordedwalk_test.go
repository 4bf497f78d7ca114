package integration

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/mib"
	"github.com/vmond/vmond/mib/vmmib"
	"github.com/vmond/vmond/test/served"
)

// recordedObjects are the names of all objects of VM-MIB that can be read, by what comes after the root of its objects (RFC 7666).
func recordedObjects() map[string]string {
	return map[string]string{
		"1.1": "vmHvSoftware", "1.2": "vmHvVersion", "1.3": "vmHvObjectID", "1.4": "vmHvUpTime", "2": "vmNumber",
		"3": "vmTableLastChange", "9": "vmPerVMNotificationsEnabled", "10": "vmBulkNotificationsEnabled",
		"4.1.2": "vmName", "4.1.3": "vmUUID", "4.1.4": "vmOSType", "4.1.5": "vmAdminState", "4.1.6": "vmOperState",
		"4.1.7": "vmAutoStart", "4.1.8": "vmPersistent", "4.1.9": "vmCurCpuNumber", "4.1.10": "vmMinCpuNumber",
		"4.1.11": "vmMaxCpuNumber", "4.1.12": "vmMemUnit", "4.1.13": "vmCurMem", "4.1.14": "vmMinMem", "4.1.15": "vmMaxMem",
		"4.1.16": "vmUpTime", "4.1.17": "vmCpuTime", "5.1.2": "vmCpuCoreTime", "6.1.3": "vmCpuAffinity",
		"7.1.3": "vmStorageParent", "7.1.4": "vmStorageSourceType", "7.1.5": "vmStorageSourceTypeString",
		"7.1.6": "vmStorageResourceID", "7.1.7": "vmStorageAccess", "7.1.8": "vmStorageMediaType",
		"7.1.9": "vmStorageMediaTypeString", "7.1.10": "vmStorageSizeUnit", "7.1.11": "vmStorageDefinedSize",
		"7.1.12": "vmStorageAllocatedSize", "7.1.13": "vmStorageReadIOs", "7.1.14": "vmStorageWriteIOs",
		"7.1.15": "vmStorageReadOctets", "7.1.16": "vmStorageWriteOctets", "7.1.17": "vmStorageReadLatency",
		"7.1.18": "vmStorageWriteLatency", "8.1.2": "vmNetworkIfIndex", "8.1.3": "vmNetworkParent", "8.1.4": "vmNetworkModel",
		"8.1.5": "vmNetworkPhysAddress",
	}
}

// An instance is an instance of an object as people say it: the virtual machine's name stands for its index, which depends on which
// of several the collector hears of first.
type instance struct {
	vm     string // empty for a scalar
	object string
	rest   string // the index of what belongs to the virtual machine, such as "1" for its first disk
}

func (i instance) String() string {
	return strings.TrimSpace(strings.TrimSuffix(i.vm+" "+i.object+"."+i.rest, "."))
}

// nameWalk turns a walk into instances. A name that is no object of VM-MIB fails the test.
func nameWalk(t *testing.T, vbs []mib.Varbind) map[instance]mib.Value {
	t.Helper()
	served.CheckOrder(t, vbs)
	names := served.ColumnOf(vbs, served.Name).Texts()
	objects := recordedObjects()
	out := map[instance]mib.Value{}
	for _, vb := range vbs {
		if !vb.Name.HasPrefix(vmmib.Root().Append(1)) {
			t.Fatalf("%v is no object of VM-MIB", vb.Name)
		}
		rest := vb.Name[len(vmmib.Root())+1:]
		var i instance
		for _, length := range []int{1, 2, 3} {
			if length >= len(rest) || objects[rest[:length].String()] == "" {
				continue
			}
			i.object = objects[rest[:length].String()]
			if rest = rest[length:]; length == 3 {
				i.vm, rest = names[rest[:1].String()], rest[1:]
			} else if rest = rest[1:]; len(rest) != 0 {
				i.object = ""
			}
			break
		}
		i.rest = rest.String()
		if i.object == "" {
			t.Fatalf("%v is no object of VM-MIB", vb.Name)
		}
		out[i] = vb.Value
	}
	return out
}

// clocks are the objects whose values grow while the test runs: the seconds that they count are left out of the tables.
func clocks() []string { return []string{"vmHvUpTime", "vmTableLastChange", "vmUpTime"} }

// tabulate writes the instances one a line, sorted. What a clock says is written as "running", unless it stands at 0.
func tabulate(instances map[instance]mib.Value) string {
	var lines []string
	for i, v := range instances {
		text := render(i.object, v)
		if slices.Contains(clocks(), i.object) && text != "0" {
			text = "running"
		}
		lines = append(lines, fmt.Sprintf("%v = %s\n", i, text))
	}
	slices.SortFunc(lines, func(a, b string) int { return strings.Compare(padded(a), padded(b)) })
	return strings.Join(lines, "")
}

// padded writes each number of a text with as many digits, so that 10 comes after 9.
func padded(text string) string {
	var b strings.Builder
	digits := 0
	for i := range len(text) + 1 {
		if i < len(text) && text[i] >= '0' && text[i] <= '9' {
			digits++
			continue
		}
		if digits > 0 {
			b.WriteString(strings.Repeat("0", 24-min(digits, 24)) + text[i-digits:i])
			digits = 0
		}
		if i < len(text) {
			b.WriteByte(text[i])
		}
	}
	return b.String()
}

// render writes a value as people do.
func render(object string, v mib.Value) string {
	octets := v.AppendOctets(nil)
	switch {
	case v.IsException():
		return v.String()
	case v.Type() == mib.TypeInteger:
		return strconv.Itoa(int(v.Int()))
	case v.Type() == mib.TypeOID:
		return v.OID().String()
	case v.Type() != mib.TypeOctetString:
		return strconv.FormatUint(v.Uint(), 10)
	case object == "vmNetworkPhysAddress":
		return hv.MAC(octets).String()
	case object == "vmUUID" && len(octets) == len(hv.UUID{}):
		return hv.UUID(octets).String()
	case object == "vmUUID" && len(octets) > 0:
		return hex.EncodeToString(octets)
	}
	return strconv.Quote(string(octets))
}
