package vmbhyve

import (
	"errors"
	"fmt"
	"io/fs"
	"testing"
	"time"

	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

func TestReadSetup(t *testing.T) {
	t.Parallel()
	tank := Datastore{Name: "tank", Path: "/tank/vm"}
	public := Switch{Type: "standard", Bridge: "vm-public", Ports: []string{"ix0"}}
	const system = "/zroot/vm/.config/system.conf"
	tests := []struct {
		name    string
		change  func(*freebsd.Recording)
		want    Setup
		trouble []string
	}{
		{"the host", func(*freebsd.Recording) {}, Setup{
			Enabled: true, Hostname: "hv1.example.net", AutoStart: []string{"web01", "win01"},
			Datastores: []Datastore{home, tank}, Switches: map[string]Switch{"public": public},
		}, nil},
		{"a directory", func(r *freebsd.Recording) {
			put(r, "/etc/rc.conf", "vm_dir=/vm/\nvm_enable=NO\n", written)
		}, Setup{Datastores: []Datastore{{Name: "default", Path: "/vm"}}}, nil},
		{"settings in all places", func(r *freebsd.Recording) {
			put(r, "/etc/rc.conf", "hostname=a\nvm_dir=/a\n", written)
			put(r, "/etc/rc.conf.local", "vm_dir=/b\nvm_list='x y'\n", written)
			put(r, "/etc/rc.conf.d/vm", "vm_enable=on\nvm_list=z\n", written)
			put(r, "/etc/rc.conf.d/hostname", "hostname=b\nvm_dir=/c\n", written)
		}, Setup{Enabled: true, Hostname: "b", AutoStart: []string{"z"}, Datastores: []Datastore{{Name: "default", Path: "/b"}}}, nil},
		{"what only a shell can tell", func(r *freebsd.Recording) {
			put(r, "/etc/rc.conf", "vm_dir=/vm\nvm_enable=YES\nhostname=$(hostname)\nvm_list=\"$others web01\"\n", written)
		}, Setup{Enabled: true, Datastores: []Datastore{{Name: "default", Path: "/vm"}}}, []string{"computed"}},
		{"the hostname cannot be read", func(r *freebsd.Recording) {
			put(r, "/etc/rc.conf", "vm_dir=/vm\n", written)
			r.SetError(fs.ErrPermission, "stat", "/etc/rc.conf.d/hostname")
		}, Setup{Datastores: []Datastore{{Name: "default", Path: "/vm"}}}, []string{"permission"}},
		{"no system.conf", func(r *freebsd.Recording) { r.Remove(system) }, Setup{
			Enabled: true, Hostname: "hv1.example.net", AutoStart: []string{"web01", "win01"}, Datastores: []Datastore{home},
		}, nil},
		{"a system.conf that cannot be read", func(r *freebsd.Recording) { r.SetError(fs.ErrPermission, "read", system) }, Setup{
			Enabled: true, Hostname: "hv1.example.net", AutoStart: []string{"web01", "win01"}, Datastores: []Datastore{home},
		}, []string{"datastore \"\": permission"}},
		{"a system.conf that is being written", func(r *freebsd.Recording) {
			put(r, system, "switch_list=lan\ndatastore_list=tank\npath_tank=/ta", written.Add(time.Minute-time.Second))
		}, Setup{
			Enabled: true, Hostname: "hv1.example.net", AutoStart: []string{"web01", "win01"}, Datastores: []Datastore{home},
			Switches: map[string]Switch{"lan": {Type: "standard", Bridge: "vm-lan"}},
		}, []string{"datastore \"\": other"}},
		{"a system.conf that is empty for a moment", func(r *freebsd.Recording) {
			put(r, system, "", written.Add(time.Minute-time.Second))
		}, Setup{
			Enabled: true, Hostname: "hv1.example.net", AutoStart: []string{"web01", "win01"}, Datastores: []Datastore{home},
		}, []string{"datastore \"\": other"}},
		{"an empty system.conf", func(r *freebsd.Recording) { put(r, system, "", written) }, Setup{
			Enabled: true, Hostname: "hv1.example.net", AutoStart: []string{"web01", "win01"}, Datastores: []Datastore{home},
		}, nil},
		{"a system.conf without an end of its last line", func(r *freebsd.Recording) {
			put(r, system, "datastore_list=tank\npath_tank=/tank/vm", written)
		}, Setup{
			Enabled: true, Hostname: "hv1.example.net", AutoStart: []string{"web01", "win01"}, Datastores: []Datastore{home, tank},
		}, nil},
		{"a system.conf that cannot be looked at", func(r *freebsd.Recording) { r.SetError(fs.ErrPermission, "stat", system) }, Setup{
			Enabled: true, Hostname: "hv1.example.net", AutoStart: []string{"web01", "win01"}, Datastores: []Datastore{home},
		}, []string{"datastore \"\": permission"}},
		{"datastores of all kinds", func(r *freebsd.Recording) {
			put(r, system, "datastore_list=\"default zfs lost iso img none tank rel a/b tank\"\npath_default=/x\npath_zfs=zfs:zroot/vm/web01\n"+
				"path_lost=zfs:tank/vm\npath_iso=iso:/iso\npath_img=img:/img\npath_tank=/tank/vm/../vm\npath_rel=vm\npath_a/b=/x\n", written)
		}, Setup{
			Enabled: true, Hostname: "hv1.example.net", AutoStart: []string{"web01", "win01"},
			Datastores: []Datastore{home, {Name: "zfs", Path: "/zroot/vm/web01", Dataset: "zroot/vm/web01"}, tank},
			Switches:   map[string]Switch{},
		}, []string{`datastore "lost": other`, `datastore "rel": other`, `datastore "a/b": other`}},
		{"switches of all kinds", func(r *freebsd.Recording) {
			put(r, system, "switch_list=\"a twelve-chars thirteen-chars m v x n\"\nports_a=\"ix0 ix1\"\ntype_m=manual\nbridge_m=bridge7\n"+
				"type_v=vale\ntype_x=vxlan\nports_x=ix0\ntype_n=netgraph\n", written)
		}, Setup{
			Enabled: true, Hostname: "hv1.example.net", AutoStart: []string{"web01", "win01"}, Datastores: []Datastore{home},
			Switches: map[string]Switch{
				"a":              {Type: "standard", Bridge: "vm-a", Ports: []string{"ix0", "ix1"}},
				"twelve-chars":   {Type: "standard", Bridge: "vm-twelve-chars"},
				"thirteen-chars": {Type: "standard"},
				"m":              {Type: "manual", Bridge: "bridge7"},
				"v":              {Type: "vale"}, "x": {Type: "vxlan", Bridge: "vm-x", Ports: []string{"ix0"}}, "n": {Type: "netgraph"},
			},
		}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := host(t)
			tt.change(r)
			got, err := ReadSetup(r, mounts)
			if err != nil {
				t.Fatal(err)
			}
			check(t, "trouble", tt.trouble, kinds(got.Trouble))
			got.Trouble = nil
			check(t, "setup", tt.want, got)
		})
	}
}

// kinds returns of what kind each trouble is.
func kinds(trouble []error) []string {
	var all []string
	for _, err := range trouble {
		kind := "other"
		switch {
		case errors.Is(err, fs.ErrPermission):
			kind = "permission"
		case errors.Is(err, freebsd.ErrComputed):
			kind = "computed"
		}
		for _, u := range UnreadOf(err) {
			kind = fmt.Sprintf("datastore %q: %s", u.Datastore, kind)
		}
		all = append(all, kind)
	}
	return all
}

func TestReadSetupFails(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*freebsd.Recording)
		want   error
		unread bool
	}{
		{"nothing is set up", func(r *freebsd.Recording) { r.Remove("/etc/rc.conf") }, fs.ErrNotExist, false},
		{"no directory", func(r *freebsd.Recording) { put(r, "/etc/rc.conf", "vm_enable=YES\n", written) }, fs.ErrNotExist, false},
		{"an empty directory", func(r *freebsd.Recording) { put(r, "/etc/rc.conf", "vm_dir=\n", written) }, fs.ErrNotExist, false},
		{"a directory that only a shell can tell", func(r *freebsd.Recording) {
			put(r, "/etc/rc.conf", "vm_dir=/${pool}/vm\n", written)
		}, freebsd.ErrComputed, false},
		{"rc.conf cannot be read", func(r *freebsd.Recording) { r.SetError(fs.ErrPermission, "read", "/etc/rc.conf") }, fs.ErrPermission, false},
		{"the dataset is not mounted", func(r *freebsd.Recording) { put(r, "/etc/rc.conf", "vm_dir=zfs:tank/vm\n", written) }, nil, true},
		{"a part of a directory", func(r *freebsd.Recording) { put(r, "/etc/rc.conf", "vm_dir=vm\n", written) }, nil, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := host(t)
			tt.change(r)
			_, err := ReadSetup(r, mounts)
			if err == nil || tt.want != nil && !errors.Is(err, tt.want) || tt.want == nil && errors.Is(err, fs.ErrNotExist) {
				t.Errorf("unexpected error %v, want %v", err, tt.want)
			}
			if got := len(UnreadOf(err)) > 0; got != tt.unread {
				t.Errorf("the error %v is an Unread: %t, want %t", err, got, tt.unread)
			}
		})
	}
}
