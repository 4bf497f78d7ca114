package cbsd

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// The configurations of the host.
func wantConfigs() map[string]Config {
	return map[string]Config{
		"debian1": {
			CPUs: 2, Memory: 2 << 30, OSType: "linux", OSProfile: "cloud-Debian-x86-12",
			Disks: []Disk{
				{Controller: "virtio-blk", Path: "/usr/jails/jails-data/debian1-data/dsk1.vhd"},
				{Controller: "virtio-blk", Path: "/usr/jails/jails-data/debian1-data/dsk2.vhd"},
			},
			NICs: []NIC{{Driver: "vtnet", MAC: "00:a0:98:14:71:00", Parent: "bridge1"}},
		},
		"fbsd1": {
			CPUs: 1, Memory: 1 << 30, OSType: "freebsd", OSProfile: "FreeBSD-x64-14.3",
			Disks: []Disk{{Controller: "nvme", Path: "/usr/jails/jails-data/fbsd1-data/dsk1.vhd"}},
			NICs:  []NIC{{Driver: "vtnet", MAC: "00:a0:98:aa:bb:01", Parent: "auto"}},
		},
		"win2k": {
			CPUs: 4, Memory: 8 << 30, OSType: "windows", OSProfile: "10_86x_64x", UUID: "9b2f6a44-7c72-11f0-9c1e-589cfc10d622", CPUSet: "0-3",
			Disks: []Disk{{Controller: "ahci-hd", Path: "/usr/jails/jails-data/win2k-data/dsk1.vhd"}},
			NICs:  []NIC{{Driver: "e1000", MAC: "00:a0:98:aa:bb:02", Parent: "ix0"}},
		},
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	h := host(t)
	r := NewReader(h)
	for range 2 {
		for _, g := range wantGuests() {
			got, err := r.Config(t.Context(), g)
			if err != nil {
				t.Fatal(err)
			}
			check(t, "configuration of "+g.Name, wantConfigs()[g.Name], got)
			got.Disks[0].Path, got.NICs[0].MAC = "", "" // it is the caller's own
		}
	}
	check(t, "programs", []string{
		"debian1 settings", "debian1 disks", "debian1 nics", "fbsd1 settings", "fbsd1 disks", "fbsd1 nics",
		"win2k settings", "win2k disks", "win2k nics",
	}, h.took())
}

func TestConfigAnew(t *testing.T) {
	t.Parallel()
	g := wantGuests()[0]
	again := []string{"debian1 settings", "debian1 disks", "debian1 nics"}
	h := host(t)
	r := NewReader(h)
	look := func(change string, want []string) {
		t.Helper()
		if _, err := r.Config(t.Context(), g); err != nil {
			t.Fatal(err)
		}
		check(t, "programs after "+change, want, h.took())
	}
	look("nothing", again)
	look("the first", nil)
	h.SetStat(g.tables(), freebsd.Stat{Size: 4096, Modified: written.Add(1)})
	look("another time", again)
	h.SetStat(g.tables(), freebsd.Stat{Size: 8192, Modified: written.Add(1)})
	look("another size", again)
	h.SetStat(g.tables()+"-wal", freebsd.Stat{Size: 32, Modified: written.Add(2)})
	look("what is written ahead", again)
	h.SetStat(g.tables()+"-wal", freebsd.Stat{Size: 32, Modified: written.Add(3)})
	look("more that is written ahead", again)
	h.Remove(g.tables() + "-wal")
	look("it is written in its place", again)
	look("that", nil)
	g.Data = "/elsewhere"
	got, err := r.Config(t.Context(), g)
	check(t, "error", nil, err)
	check(t, "path", "/elsewhere/dsk1.vhd", got.Disks[0].Path)
}

func TestConfigFails(t *testing.T) {
	t.Parallel()
	g := wantGuests()[0]
	row := wantListed()[0].Row
	whole := wantConfigs()["debian1"]
	tests := []struct {
		name   string
		change func(*asked, *Guest)
		want   Config
	}{
		{"no tables", func(h *asked, _ *Guest) { h.Remove(g.tables()) }, Config{}},
		{"no tables, but a row", func(h *asked, g *Guest) {
			h.Remove(g.tables())
			g.Row = row
		}, *row},
		{"no settings", func(h *asked, _ *Guest) { h.SetProgram(querySettings(g).Argv, nil, nil) },
			Config{Disks: whole.Disks, NICs: whole.NICs}},
		{"no disks", func(h *asked, _ *Guest) { h.SetProgram(queryDisks(g).Argv, nil, fs.ErrPermission) }, func() Config {
			c := whole
			c.Disks = nil
			return c
		}()},
		{"no network interfaces", func(h *asked, _ *Guest) { h.SetProgram(queryNICs(g).Argv, []byte("0|vtnet|a|b\n"), nil) }, func() Config {
			c := whole
			c.NICs = nil
			return c
		}()},
		{"an odd network interface", func(h *asked, _ *Guest) {
			h.SetProgram(queryNICs(g).Argv, append([]byte("x|vtnet|a|b\n"), text(t, "answers/debian1.nics")...), nil)
		}, whole},
		{"disks nowhere", func(_ *asked, g *Guest) { g.Data = "" }, Config{
			CPUs: whole.CPUs, Memory: whole.Memory, OSType: whole.OSType, OSProfile: whole.OSProfile, NICs: whole.NICs,
		}},
		{"a name that cannot be used", func(_ *asked, g *Guest) { g.Name = "a' OR '1'='1" }, Config{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h, g := host(t), g
			tt.change(h, &g)
			r := NewReader(h)
			for range 2 {
				got, err := r.Config(t.Context(), g)
				check(t, "configuration", tt.want, got)
				if err == nil || !strings.Contains(err.Error(), "virtual machine") {
					t.Errorf("unexpected error %v", err)
				}
			}
			if strings.Contains(g.Name, "'") {
				check(t, "programs", []string(nil), h.took())
			}
		})
	}
}

// TestConfigOddRows proves that rows that make no sense take nothing else away, and that the error tells them from
// tables that were not read.
func TestConfigOddRows(t *testing.T) {
	t.Parallel()
	g := wantGuests()[0]
	before := func(q freebsd.Command, row, file string) func(*asked) {
		return func(h *asked) { h.SetProgram(q.Argv, append([]byte(row), text(t, "answers/"+file)...), nil) }
	}
	const noPath, noPlace, tooMany = "virtio-blk|0|0\n", "x|vtnet|a|b\n", "virtio-blk|a|b|0\n"
	tests := []struct {
		name    string
		changes []func(*asked)
		odd     bool
	}{
		{"none", nil, false},
		{"a disk without a path", []func(*asked){before(queryDisks(g), noPath, "debian1.disks")}, true},
		{"a disk with a value too many", []func(*asked){before(queryDisks(g), tooMany, "debian1.disks")}, true},
		{"a network interface without a place", []func(*asked){before(queryNICs(g), noPlace, "debian1.nics")}, true},
		{"one of each", []func(*asked){
			before(queryDisks(g), noPath, "debian1.disks"), before(queryNICs(g), noPlace, "debian1.nics"),
		}, true},
		{"no settings besides", []func(*asked){
			before(queryDisks(g), noPath, "debian1.disks"), func(h *asked) { h.SetProgram(querySettings(g).Argv, nil, nil) },
		}, false},
		{"odd settings besides", []func(*asked){
			before(queryDisks(g), noPath, "debian1.disks"),
			func(h *asked) { h.SetProgram(querySettings(g).Argv, []byte("1|2|3\n|||||\n"), nil) },
		}, false},
		{"no disks besides", []func(*asked){
			before(queryNICs(g), noPlace, "debian1.nics"), func(h *asked) { h.SetProgram(queryDisks(g).Argv, nil, nil) },
		}, false},
		{"no network interfaces besides", []func(*asked){
			before(queryDisks(g), noPath, "debian1.disks"), func(h *asked) { h.SetProgram(queryNICs(g).Argv, nil, nil) },
		}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := host(t)
			for _, change := range tt.changes {
				change(h)
			}
			got, err := NewReader(h).Config(t.Context(), g)
			if (err != nil) != (tt.changes != nil) || errors.Is(err, ErrOdd) != tt.odd {
				t.Errorf("unexpected error %v", err)
			}
			if tt.odd || tt.changes == nil {
				check(t, "configuration", wantConfigs()["debian1"], got)
			}
		})
	}
}

// TestConfigIsAskedInTurn has network interfaces come in the order of their places.
func TestConfigIsAskedInTurn(t *testing.T) {
	t.Parallel()
	h := host(t)
	g := wantGuests()[0]
	h.SetProgram(queryNICs(g).Argv, []byte("1|e1000|b|auto\n0|vtnet|a|auto\n|||\n"), nil)
	got, err := NewReader(h).Config(t.Context(), g)
	check(t, "error", nil, err)
	check(t, "network interfaces", []NIC{{Driver: "vtnet", MAC: "a", Parent: "auto"}, {Order: 1, Driver: "e1000", MAC: "b", Parent: "auto"}}, got.NICs)
}
