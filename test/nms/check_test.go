package nms

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type object = map[string]any

// numbers returns a number under each key.
func numbers(n any, keys ...map[string]kind) object {
	o := object{}
	for _, k := range keys {
		for key := range k {
			o[key] = n
		}
	}
	return o
}

// good returns an envelope in which nothing is wrong: one virtual machine runs, one does not.
func good() object {
	web, old, totals := numbers(7, both, alone), numbers(0, both, alone), numbers(7, both)
	web["status_int"], web["pri"], web["nice"], web["pcpu"], web["cow"] = 1, -5, nil, 2.5, nil
	web["disks"] = object{"vda": numbers(3, ofDisk), "vdb": numbers(4, ofDisk)}
	nic := numbers(7, ofIf)
	nic["mac"], nic["parent"], nic["if"] = "52:54:00:00:00:01", "br0", "vnet0"
	web["ifs"] = object{"nic0": nic}
	old["status_int"], old["disks"], old["ifs"] = 5, object{"vda": numbers(0, ofDisk)}, object{}
	for _, vm := range []object{web, old} {
		vm["os_type"], vm["ip"], vm["console"], vm["console_type"] = "", "", "", ""
	}
	web["console_type"] = "vnc"
	totals["pcpu"], totals["cow"] = 2.5, nil
	for i, state := range states {
		totals[state] = map[int]int{1: 1, 5: 1}[i]
	}
	data := object{"hv": "libvirt", "VMs": object{"web": web, "old": old}, "totals": totals}
	return object{"version": 1, "error": 0, "errorString": "", "data": data}
}

// at returns the object of the envelope at a path.
func at(o object, path ...string) object {
	for _, key := range path {
		o = o[key].(object)
	}
	return o
}

// vmAt returns an object of the virtual machine that runs.
func vmAt(o object, path ...string) object {
	return at(o, append([]string{"data", "VMs", "web"}, path...)...)
}

// encode returns the envelope as plain JSON.
func encode(t testing.TB, envelope object) []byte {
	t.Helper()
	text, err := json.Marshal(envelope)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// zipped returns a text, compressed.
func zipped(text []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write(text)
	w.Close()
	return b.Bytes()
}

// packed returns a text as it comes through SNMP.
func packed(text []byte) string { return base64.StdEncoding.EncodeToString(zipped(text)) }

// TestCheck proves what is understood, in each form in which it may come.
func TestCheck(t *testing.T) {
	t.Parallel()
	text := encode(t, good())
	for name, output := range map[string]string{
		"plain": string(text), "plain, a line": string(text) + "\n", "compressed": packed(text), "compressed, a line": packed(text) + "\n",
		"as snmpget prints it": `"` + packed(text) + `"` + "\n", "in lines": strings.Join(slices.Collect(chunks(packed(text))), "\n"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := Check(t, []byte(output), "cow", "nice")
			web := d.VMs["web"]
			got := []any{
				d.HV, len(d.VMs), web.Numbers.Int("rss"), web.Numbers.Float("pcpu"), web.Numbers.Known("cow"), web.Numbers.Known("pcpu"),
				web.Texts["console_type"], web.Ifs["nic0"].Texts["if"], web.Ifs["nic0"].Numbers.Int("ipkts"),
				web.Disks["vdb"].Numbers.Int("alloc"), d.Totals.Int("on"), d.Shortened == nil,
			}
			want := []any{"libvirt", 2, int64(7), 2.5, false, true, "vnc", "vnet0", int64(7), int64(4), int64(1), true}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("unexpected values (-want +got):\n%s", diff)
			}
		})
	}
}

// chunks yields a text in lines as base64(1) has them.
func chunks(text string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for len(text) > 76 && yield(text[:76]) {
			text = text[76:]
		}
		yield(text)
	}
}

// shortened returns an envelope of which so much was left out.
func shortened(vms, disks, ifs int) object {
	o := good()
	o["data"].(object)["shortened"] = object{"VMs": vms, "disks": disks, "ifs": ifs}
	if vms > 0 {
		delete(at(o, "data", "VMs"), "old")
	}
	for _, vm := range at(o, "data", "VMs") {
		if ifs > 0 {
			vm.(object)["ifs"] = object{}
		}
		if disks > 0 {
			vm.(object)["disks"] = object{}
		}
	}
	return o
}

func TestCheckShortened(t *testing.T) {
	t.Parallel()
	for _, left := range [][3]int{{0, 0, 1}, {0, 3, 1}, {1, 3, 1}} {
		d := Check(t, encode(t, shortened(left[0], left[1], left[2])), Anything)
		got := [3]int{int(d.Shortened.Int("VMs")), int(d.Shortened.Int("disks")), int(d.Shortened.Int("ifs"))}
		if got != left {
			t.Errorf("left out = %v, want %v", got, left)
		}
	}
}

// TestCheckFailed proves that an error is told, and that no error and no envelope are none.
func TestCheckFailed(t *testing.T) {
	t.Parallel()
	text := `{"version":1,"error":2,"errorString":"no states","data":{"hv":"CBSD"}}`
	if got := CheckFailed(t, []byte(packed([]byte(text)))); got != (Failure{2, "no states"}) {
		t.Errorf("failure = %v", got)
	}
	for _, output := range []string{"", string(encode(t, good())), text[1:]} {
		var r record
		if CheckFailed(&r, []byte(output)); len(r.lines) != 1 {
			t.Errorf("CheckFailed(%.20q) told %q, want one line", output, r.lines)
		}
	}
}

// A record is a test that keeps what it is told.
type record struct {
	testing.TB
	lines []string
}

func (r *record) Helper() {}

func (r *record) Errorf(format string, args ...any) {
	r.lines = append(r.lines, fmt.Sprintf(format, args...))
}

// TestCheckTells proves that each kind of broken document fails the test, with the key at fault.
func TestCheckTells(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		spoil func(o object)
		want  string
	}{
		{"version 0", func(o object) { o["version"] = 0 }, "-6: version"},
		{"version a text", func(o object) { o["version"] = "1" }, "-6: version"},
		{"no version", func(o object) { delete(o, "version") }, "-5: no version"},
		{"no data", func(o object) { o["data"] = nil }, "-5: no data"},
		{"no errorString", func(o object) { o["errorString"] = nil }, "-5: no errorString"},
		{"no error", func(o object) { delete(o, "error") }, "-5: no error"},
		{"error a text", func(o object) { o["error"] = "0" }, "-5: error"},
		{"error a fraction", func(o object) { o["error"] = 0.5 }, "-5: error"},
		{"error below 0", func(o object) { o["error"] = -2 }, "-5: error"},
		{"an error", func(o object) { o["error"], o["errorString"] = 2, "no states" }, "2: no states"},
		{"a text without an error", func(o object) { o["errorString"] = "no states" }, "-5: errorString"},
		{"errorString a number", func(o object) { o["errorString"] = 1 }, "-5: errorString"},
		{"data a list", func(o object) { o["data"] = []int{} }, "-5: data"},
		{"another key", func(o object) { o["more"] = 1 }, "-5: the envelope"},

		{"another hypervisor", func(o object) { at(o, "data")["hv"] = "bhyve" }, "hv is bhyve"},
		{"hv in lower case", func(o object) { at(o, "data")["hv"] = "cbsd" }, "hv is cbsd"},
		{"no hv", func(o object) { delete(at(o, "data"), "hv") }, "hv is"},
		{"VMs null", func(o object) { at(o, "data")["VMs"] = nil }, "VMs is no object"},
		{"VMs a list", func(o object) { at(o, "data")["VMs"] = []int{} }, "VMs is no object"},
		{"totals null", func(o object) { at(o, "data")["totals"] = nil }, "totals is no object"},
		{"a VM null", func(o object) { at(o, "data", "VMs")["web"] = nil }, "VMs.web is no object"},
		{"ifs null", func(o object) { vmAt(o)["ifs"] = nil }, "VMs.web.ifs is no object"},
		{"no ifs", func(o object) { delete(vmAt(o), "ifs") }, "VMs.web.ifs is no object"},
		{"disks a list", func(o object) { vmAt(o)["disks"] = []int{} }, "VMs.web.disks is no object"},
		{"a disk null", func(o object) { vmAt(o, "disks")["vda"] = nil }, "VMs.web.disks.vda is no object"},
		{"an interface a text", func(o object) { vmAt(o, "ifs")["nic0"] = "" }, "VMs.web.ifs.nic0 is no object"},
		{"another interface", func(o object) { vmAt(o)["ifs"] = object{"vnet0": vmAt(o, "ifs")["nic0"]} }, "VMs.web.ifs.vnet0 is not called"},

		{"a key of data", func(o object) { at(o, "data")["more"] = 1 }, "data.more is a key"},
		{"HV::Monitor's slip in a VM", func(o object) { vmAt(o)["rbtyes"] = 1 }, "VMs.web.rbtyes is a key"},
		{"a key of totals", func(o object) { at(o, "data", "totals")["status_int"] = 1 }, "totals.status_int is a key"},
		{"a key of a disk", func(o object) { vmAt(o, "disks", "vda")["ipkts"] = 1 }, "VMs.web.disks.vda.ipkts is a key"},
		{"a key of an interface", func(o object) { vmAt(o, "ifs", "nic0")["ipkgs"] = 1 }, "VMs.web.ifs.nic0.ipkgs is a key"},

		{"a number as text", func(o object) { vmAt(o)["cpus"] = "2" }, "VMs.web.cpus is no number"},
		{"a float for DERIVE", func(o object) { vmAt(o)["minflt"] = 7.5 }, "VMs.web.minflt is 7.5, no integer"},
		{"a whole float for DERIVE", func(o object) { vmAt(o)["minflt"] = json.Number("7.0") }, "VMs.web.minflt is 7.0, no integer"},
		{"a power for DERIVE", func(o object) { vmAt(o)["minflt"] = json.Number("7e0") }, "VMs.web.minflt is 7e0, no integer"},
		{"more than 63 bits", func(o object) { vmAt(o)["minflt"] = uint64(1 << 63) }, "VMs.web.minflt is 9223372036854775808, no integer"},
		{"more than a float", func(o object) { vmAt(o)["pmem"] = json.Number("1e999") }, "VMs.web.pmem is 1e999"},
		{"a float of a disk", func(o object) { vmAt(o, "disks", "vda")["alloc"] = 3.5 }, "VMs.web.disks.vda.alloc is 3.5"},
		{"a float of an interface", func(o object) { vmAt(o, "ifs", "nic0")["coll"] = 3.5 }, "VMs.web.ifs.nic0.coll is 3.5"},
		{"a float of totals", func(o object) { at(o, "data", "totals")["rss"] = 7.5 }, "totals.rss is 7.5"},
		{"a negative counter", func(o object) { vmAt(o)["nvcsw"] = -1 }, "VMs.web.nvcsw is -1, below 0"},
		{"a negative float", func(o object) { vmAt(o)["systime"] = -0.5 }, "VMs.web.systime is -0.5, below 0"},
		{"a truth", func(o object) { vmAt(o)["snaps"] = true }, "VMs.web.snaps is no number"},
		{"a state that is null", func(o object) { vmAt(o)["status_int"] = nil }, "VMs.web.status_int is no number"},
		{"a state beyond", func(o object) { vmAt(o)["status_int"] = 10 }, "VMs.web.status_int is 10"},
		{"a state below", func(o object) { vmAt(o)["status_int"] = -1 }, "VMs.web.status_int is -1"},
		{"a counter of states that is null", func(o object) { at(o, "data", "totals")["on"] = nil }, "totals.on is no number"},
		{"os_type a number", func(o object) { vmAt(o)["os_type"] = 0 }, "VMs.web.os_type is missing or no text"},
		{"ip null", func(o object) { vmAt(o)["ip"] = nil }, "VMs.web.ip is missing or no text"},
		{"a console of another type", func(o object) { vmAt(o)["console_type"] = "rdp" }, "VMs.web.console_type is"},

		{"a sum", func(o object) { at(o, "data", "totals")["rss"] = 8 }, "totals.rss is 8, the sum is 7"},
		{"a sum of many octets that is one off", func(o object) {
			const many = 1 << 53 // a float has no room for one more
			at(o, "data", "totals")["rbytes"], vmAt(o)["rbytes"], vmAt(o, "disks", "vda")["rbytes"] = many, many, many-3
		}, "VMs.web.rbytes is 9007199254740992, the sum is 9007199254740993"},
		{"a sum of fractions", func(o object) { vmAt(o, "disks", "vda")["rtime"] = 3.000001 }, "VMs.web.rtime is 7, the sum is"},
		{"a gauge of which one is not known", func(o object) {
			at(o, "data", "VMs", "old")["rss"], at(o, "data", "totals")["rss"] = nil, 8
		}, "totals.rss is 8, the sum is 7"},
		{"a gauge of which one is", func(o object) {
			at(o, "data", "VMs", "old")["rss"], at(o, "data", "totals")["rss"] = nil, nil
		}, "totals.rss is not known, the sum of what is"},
		{"a gauge of which nothing is", func(o object) { vmAt(o)["rss"] = nil }, "totals.rss is 7, the sum of what is not known"},
		{"a gauge of which none is", func(o object) { vmAt(o)["rss"], at(o, "data", "VMs", "old")["rss"] = nil, nil }, "totals.rss is 7, the sum of what is not known"},
		{"a gauge of disks", func(o object) { vmAt(o, "disks", "vda")["rbytes"] = nil }, "VMs.web.rbytes is 7, the sum of what is not known"},
		{"what may not be unknown", func(o object) { vmAt(o, "disks", "vda")["alloc"] = nil }, "VMs.web.disks.vda.alloc is not known"},
		{"what nobody allowed to be unknown", func(o object) {}, "VMs.web.cow is not known"},
		{"a sum that is not known", func(o object) { at(o, "data", "totals")["rss"] = nil }, "totals.rss is not known"},
		{"a sum of what is not known", func(o object) { at(o, "data", "totals")["cow"] = 0 }, "totals.cow is 0, the sum of what is not known"},
		{"a sum of disks", func(o object) { vmAt(o, "disks", "vda")["rbytes"] = 4 }, "VMs.web.rbytes is 7, the sum is 8"},
		{"a sum of interfaces", func(o object) { vmAt(o, "ifs", "nic0")["obytes"] = nil }, "VMs.web.obytes is 7, the sum of what is not known"},
		{"a state", func(o object) { at(o, "data", "totals")["on"] = 2 }, "totals.on is 2, and 1 are"},

		{"shortened by nothing", func(o object) { maps.Copy(o, shortened(0, 0, 0)) }, "shortened: nothing"},
		{"shortened null", func(o object) { at(o, "data")["shortened"] = nil }, "shortened is no object"},
		{"shortened without a key", func(o object) {
			maps.Copy(o, shortened(0, 0, 1))
			delete(at(o, "data", "shortened"), "VMs")
		}, "shortened.VMs is missing"},
		{"interfaces stay", func(o object) {
			maps.Copy(o, shortened(0, 0, 1))
			vmAt(o)["ifs"] = vmAt(good(), "ifs")
		}, "shortened: some interfaces or disks"},
		{"disks stay", func(o object) {
			maps.Copy(o, shortened(0, 3, 1))
			vmAt(o)["disks"] = vmAt(good(), "disks")
		}, "shortened: some interfaces or disks"},
		{"VMs go first", func(o object) { maps.Copy(o, shortened(1, 0, 0)) }, "shortened: virtual machines were left out before"},
		{"a wrong number of VMs", func(o object) {
			maps.Copy(o, shortened(1, 3, 1))
			at(o, "data", "shortened")["VMs"] = 2
		}, "shortened.VMs: 1 of 2"},
	}
	for _, key := range slices.Sorted(maps.Keys(both)) {
		for _, where := range [][]string{{"VMs", "web"}, {"totals"}} {
			tests = append(tests, missing(append([]string{"data"}, where...), key))
		}
	}
	for where, keys := range map[string][]string{
		"VMs.web": append(slices.Sorted(maps.Keys(alone)), texts...), "totals": states,
		"VMs.web.disks.vda": slices.Sorted(maps.Keys(ofDisk)), "VMs.web.ifs.nic0": append(slices.Sorted(maps.Keys(ofIf)), ifTexts...),
	} {
		for _, key := range keys {
			tests = append(tests, missing(append([]string{"data"}, strings.Split(where, ".")...), key))
		}
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := good()
			tt.spoil(o)
			var r record
			Check(&r, []byte(packed(encode(t, o))), "nice")
			if !slices.ContainsFunc(r.lines, func(line string) bool { return strings.HasPrefix(line, "document for LibreNMS: "+tt.want) }) {
				t.Errorf("told %q, want %q", r.lines, tt.want)
			}
		})
	}
}

// missing is a test of an object without a key.
func missing(where []string, key string) (test struct {
	name  string
	spoil func(o object)
	want  string
}) {
	test.want = strings.Join(where[1:], ".") + "." + key + " is missing"
	test.name, test.spoil = test.want, func(o object) { delete(at(o, where...), key) }
	return test
}

// TestCheckRefuses proves what is no document at all.
func TestCheckRefuses(t *testing.T) {
	t.Parallel()
	text := encode(t, good())
	quoted := good()
	vmAt(quoted)["os_type"] = `a "b"`
	whole := zipped(text)
	b64 := base64.StdEncoding.EncodeToString
	tests := []struct{ name, output, want string }{
		{"nothing", "", "-2: "},
		{"only what is trimmed", "\"\"\r\n \\", "-2: "},
		{"no JSON", "{", "-3: "},
		{"half of it", string(text[:len(text)/2]), "-3: "},
		{"two", string(text) + string(text), "-3: "},
		{"a list", "[]", "-3: "},
		{"null", "{}", "-4: "},
		{"no UTF-8", strings.Replace(string(text), `"web"`, "\"w\xffb\"", 1), "-3: "},
		{"a backslash in plain JSON", string(encode(t, quoted)), "-3: plain JSON has a backslash"},
		{"an escaped letter in plain JSON", strings.Replace(string(text), `"web"`, `"\u0077eb"`, 1), "-3: plain JSON has a backslash"},
		{"a blank in base64", packed(text)[:8] + " " + packed(text)[8:], "-3: "},
		{"base64 for addresses", strings.NewReplacer("+", "-", "/", "_").Replace(packed(text)) + "-", "-3: "},
		{"base64 without its end", strings.TrimRight(b64(whole), "=")[:9], "-7: "},
		{"base64 of what is not compressed", b64(text), "-8: "},
		{"half of what is compressed", b64(whole[:len(whole)/2]), "-8: "},
		{"without its check sum", b64(whole[:len(whole)-8]), "-8: "},
		{"two that are compressed", b64(append(slices.Clone(whole), whole...)), "-8: "},
		{"digits", "123\n" + packed(text), "-3: "},
		{"a key twice", strings.Replace(string(text), `"hv":"libvirt"`, `"hv":"libvirt","hv":"CBSD"`, 1), "-3: invalid JSON: \"hv\" is there twice"},
		{"a key of a disk twice", strings.Replace(string(text), `"alloc":3`, `"alloc":3,"alloc":3`, 1), "-3: invalid JSON: \"alloc\" is there twice"},
		{"a key twice in a list", `{"a":[1,{"b":1,"c":{"b":2},"b":3}]}`, "-3: invalid JSON: \"b\" is there twice"},
		{"more than SNMP carries", strings.Repeat("A", 60_001), "-2: it is longer"},
		{"a command's complaint", "cat: /var/cache/hv_monitor.json: No such file or directory", "-3: "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var r record
			Check(&r, []byte(tt.output))
			if len(r.lines) != 1 || !strings.HasPrefix(r.lines[0], "document for LibreNMS: "+tt.want) {
				t.Errorf("told %q, want %q", r.lines, tt.want)
			}
		})
	}
	if _, faults := check([]byte(packed(encode(t, quoted)))); len(faults) > 0 {
		t.Errorf("a quote in what is compressed: %q", faults)
	}
}

// TestUnknown proves which numbers are told to be null, and that a document without a number is none.
func TestUnknown(t *testing.T) {
	t.Parallel()
	o := good()
	vmAt(o, "disks", "vda")["alloc"], vmAt(o, "ifs", "nic0")["coll"] = nil, nil
	vmAt(o)["coll"], at(o, "data", "totals")["coll"] = nil, nil
	d := Check(t, encode(t, o), Anything)
	want := []string{
		"VMs.web.coll", "VMs.web.cow", "VMs.web.disks.vda.alloc", "VMs.web.ifs.nic0.coll", "VMs.web.nice", "totals.coll", "totals.cow",
	}
	if diff := cmp.Diff(want, d.Unknown()); diff != "" {
		t.Errorf("unexpected numbers that are null (-want +got):\n%s", diff)
	}
	var r record
	if Check(&r, encode(t, o), "cow", "nice"); len(r.lines) != 4 {
		t.Errorf("told %q, want one line for each but two keys", r.lines)
	}
}

// TestGood proves that nothing of what the tests begin with is wrong, so that it is the change of each that is found.
func TestGood(t *testing.T) {
	t.Parallel()
	if _, faults := check(encode(t, good())); len(faults) > 0 {
		t.Errorf("faults of a good document: %q", faults)
	}
}
