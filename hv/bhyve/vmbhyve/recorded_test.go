package vmbhyve

import (
	"reflect"
	"strings"
	"testing"

	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// unset names the fields of a struct that are not set in it: those of the elements of slices and maps as well, where one that sets a
// field is enough.
func unset(v reflect.Value) []string {
	var names []string
	for i := range v.NumField() {
		field, name := v.Field(i), v.Type().Field(i).Name
		if field.IsZero() {
			names = append(names, name)
			continue
		}
		var elements []reflect.Value
		switch field.Kind() {
		case reflect.Slice:
			for j := range field.Len() {
				elements = append(elements, field.Index(j))
			}
		case reflect.Map:
			for _, key := range field.MapKeys() {
				elements = append(elements, field.MapIndex(key))
			}
		}
		if len(elements) == 0 || elements[0].Kind() != reflect.Struct {
			continue
		}
		lacks := map[string]int{}
		for _, e := range elements {
			for _, of := range unset(e) {
				lacks[of]++
			}
		}
		for of, n := range lacks {
			if n == len(elements) {
				names = append(names, name+"."+of)
			}
		}
	}
	return names
}

// What is read of a definition is in a recording, and nothing else is. A field that is new has to be set here, and fails if a
// recording leaves it out.
func TestConfigRecorded(t *testing.T) {
	t.Parallel()
	const file = "/vm/web01/web01.conf"
	const kept = "loader=\"uefi\"\nuuid=\"8ae0b0b2-7c70-11f0-9c1e-589cfc10d622\"\ncpu=2\nmemory=4G\nbhyve_options=\"-p 0:2\"\n" +
		"disk0_name=\"disk0\"\ndisk0_type=\"virtio-blk\"\ndisk0_dev=\"zvol\"\ndisk0_opts=\"ro\"\ndisk1_name=\"b\"\ndisk1_type=\"nvme\"\n" +
		"network0_type=\"virtio-net\"\nnetwork0_switch=\"lan\"\nnetwork0_mac=\"58:9c:fc:00:00:01\"\nnetwork0_device=\"tap7\"\n" +
		"network0_name=\"web0\"\nnetwork1_type=\"e1000\"\n"
	host := freebsd.NewRecording()
	host.SetFile(file, []byte("prestart=\"/root/up --token s3cret\"\ndescription=\"of s3cret\"\ngraphics_vnc_password=s3cret\n"+kept+
		"passthru0=\"s3cret\"\n"), freebsd.Stat{})
	recorder := freebsd.NewRecorder(host)
	text, err := recorder.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	want := ParseConf(text).Config()
	check(t, "fields that are not set", []string(nil), unset(reflect.ValueOf(want)))
	recorded, err := recorder.Recording().ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	check(t, "definition", want, ParseConf(recorded).Config())
	check(t, "recording", kept, strings.TrimLeft(string(recorded), "#\n"))
	check(t, "length", len(text), len(recorded))
}

// What is read of the setup is in a recording.
func TestSetupRecorded(t *testing.T) {
	t.Parallel()
	host := freebsd.NewRecording()
	host.SetFile("/etc/rc.conf", []byte("hostname=\"hv1\"\nvm_enable=\"YES\"\nvm_dir=\"zfs:zroot/vm\"\nvm_list=\"web01\"\n"), freebsd.Stat{Modified: written})
	host.SetFile("/zroot/vm/.config/system.conf", []byte(
		"datastore_list=\"tank iso\"\npath_tank=\"/tank\"\npath_iso=\"iso:/iso\"\nswitch_list=\"lan wan\"\ntype_lan=\"standard\"\n"+
			"ports_lan=\"ix0\"\nvlan_lan=\"7\"\ntype_wan=\"manual\"\nbridge_wan=\"bridge0\"\n"), freebsd.Stat{Modified: written})
	host.SetClock(freebsd.Clock{Now: written})
	recorder := freebsd.NewRecorder(host)
	want, err := ReadSetup(recorder, mounts)
	if err != nil {
		t.Fatal(err)
	}
	check(t, "fields that are not set", []string{"Trouble"}, unset(reflect.ValueOf(want)))
	got, err := ReadSetup(recorder.Recording(), mounts)
	check(t, "error", nil, err)
	check(t, "setup", want, got)
}
