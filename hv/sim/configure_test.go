package sim

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv"
)

func TestDefineCreateMigrateIn(t *testing.T) {
	t.Parallel()
	id, err := hv.ParseUUID("6b5b3b0c-6d0c-4b1c-9a38-9f1c7f0e1a11")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name  string
		make  func(*Source) (string, error)
		until string // the story until Finish, with the key "k" as the test gives it
		after string
	}{
		{"define", func(s *Source) (string, error) { return s.Define(VM{Name: "a", Key: "k"}) },
			"preparing:", "shutdown: defined/0"},
		{"migrate in", func(s *Source) (string, error) { return s.MigrateIn(VM{Name: "a", Key: "k"}) },
			"migrating+ transient: started/1", "running+: defined/0 resumed/1"},
		{"migrate in for one run", func(s *Source) (string, error) { return s.MigrateIn(VM{Name: "a", Key: "k", Transient: true}) },
			"migrating+ transient: started/1", "running+ transient: resumed/1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := &driven{Source: open(t, "sim:///?vms=0&pace=1h"), t: t, key: "k", watched: &watcher{}}
			d.watchers = append(d.watchers, d.watched)
			if got := d.must(tt.make(d.Source)); got != "k" {
				t.Fatalf("unexpected key %q", got)
			}
			if diff := cmp.Diff(tt.until, d.story()); diff != "" {
				t.Fatalf("unexpected beginning (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.after, d.do("finish")); diff != "" {
				t.Fatalf("unexpected end (-want +got):\n%s", diff)
			}
		})
	}

	s := open(t, "sim:///?vms=0")
	key, err := s.Create(VM{UUID: id, Name: "one", AutoStart: true})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]hv.Summary{id.String(): {
		Key: id.String(), UUID: id, Name: "one", State: hv.StateRunning, Admin: hv.AdminRunning,
		AutoStart: hv.Yes, Persistent: hv.No, Run: 1,
	}}
	if diff := cmp.Diff(want, states(t, s)); diff != "" {
		t.Fatalf("unexpected states (-want +got):\n%s", diff)
	}
	if _, err := s.Create(VM{UUID: id}); err == nil || !strings.Contains(err.Error(), "is there already") {
		t.Fatalf("unexpected error %v of a second one of that UUID", err)
	}
	if _, err := s.Define(VM{UUID: id, Name: "two"}); err == nil || !strings.Contains(err.Error(), `cannot be defined with name "two"`) {
		t.Fatalf("unexpected error %v of a definition with another name", err)
	}
	if got, ok := s.Key("one"); !ok || got != key {
		t.Fatalf("unexpected key %q of name one, want %q", got, key)
	}
	for _, nobody := range []string{"", "two"} {
		if got, ok := s.Key(nobody); ok {
			t.Fatalf("unexpected key %q of name %q", got, nobody)
		}
	}
	none, err := s.Define(VM{Key: "Domain-0", Name: "one"})
	if err != nil {
		t.Fatal(err)
	}
	if got := states(t, s)[none]; !got.UUID.IsZero() || got.Name != "one" {
		t.Fatalf("unexpected summary %+v of one without a UUID and with a name that is taken", got)
	}
}

// A definition that is given is told as given; one for an active virtual machine counts from the next run.
func TestDefineConfiguration(t *testing.T) {
	t.Parallel()
	s := open(t, "sim:///?vms=0")
	first := &hv.Definition{OSType: "first", Started: hv.Some(time.Now()), NICs: []hv.NIC{
		{Key: "net0", MAC: hv.MAC{2, 0, 0, 0xaa, 0xbb, 0xcc}, IfIndex: hv.Some(7), Parent: hv.Some(2)}, {Key: "net1"},
		{Key: "net2", Host: "tap9"},
	}}
	key, err := s.Define(VM{Name: "a", Definition: first})
	if err != nil {
		t.Fatal(err)
	}
	off := hv.Definition{OSType: "first", Run: hv.Some[int64](0), NICs: []hv.NIC{
		{Key: "net0", MAC: first.NICs[0].MAC, IfIndex: hv.Some(0), Parent: hv.Some(0)}, {Key: "net1"}, {Key: "net2"},
	}}
	if diff := cmp.Diff(off, definition(t, s, key)); diff != "" {
		t.Fatalf("unexpected definition while it is off (-want +got):\n%s", diff)
	}
	if err := s.Start(key); err != nil {
		t.Fatal(err)
	}
	on := hv.Definition{OSType: "first", NICs: []hv.NIC{
		{Key: "net0", MAC: first.NICs[0].MAC, Host: "vnetaabbcc", IfIndex: hv.Some(7), Parent: hv.Some(2)},
		{Key: "net1", Host: "vnet31bbab"}, {Key: "net2", Host: "tap9"},
	}}
	check := func(when string) {
		t.Helper()
		got := definition(t, s, key)
		if _, ok := got.Started.Get(); !ok {
			t.Fatalf("no start %s", when)
		}
		got.Run, got.Started = hv.Opt[int64]{}, hv.Opt[time.Time]{}
		if diff := cmp.Diff(on, got); diff != "" {
			t.Fatalf("unexpected definition %s (-want +got):\n%s", when, diff)
		}
	}
	check("of the run")
	if _, err := s.Define(VM{Key: key, Definition: &hv.Definition{OSType: "second"}}); err != nil {
		t.Fatal(err)
	}
	check("after the next one was defined")
	disk := hv.Disk{Key: "vdb", Source: hv.SourceBlock, Resource: "/dev/b", Media: hv.MediaHardDisk}
	if err := s.AttachDisk(key, disk); err != nil {
		t.Fatal(err)
	}
	on.Disks = []hv.Disk{disk}
	check("after a disk was attached")
	if err := s.AttachNIC(key, hv.NIC{Key: "net3", Host: "tap3"}); err != nil {
		t.Fatal(err)
	}
	if err := s.DetachNIC(key, "net1"); err != nil {
		t.Fatal(err)
	}
	on.NICs = []hv.NIC{on.NICs[0], on.NICs[2], {Key: "net3", Host: "tap3"}}
	check("after interfaces came and went")
	if err := s.Destroy(key); err != nil {
		t.Fatal(err)
	}
	next := hv.Definition{OSType: "second", Run: hv.Some[int64](0), Disks: []hv.Disk{disk}, NICs: []hv.NIC{{Key: "net3"}}}
	if diff := cmp.Diff(next, definition(t, s, key)); diff != "" {
		t.Fatalf("unexpected definition of the next run (-want +got):\n%s", diff)
	}
	if err := s.Start(key); err != nil {
		t.Fatal(err)
	}
	for _, spec := range []VM{{Key: key, Definition: &hv.Definition{OSType: "third"}}, {Key: key}} {
		if _, err := s.Define(spec); err != nil {
			t.Fatal(err)
		}
		if err := s.Undefine(key); err != nil { // what was to come is forgotten
			t.Fatal(err)
		}
	}
	if _, err := s.Define(VM{Key: key}); err != nil {
		t.Fatal(err)
	}
	if err := s.Destroy(key); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(next, definition(t, s, key)); diff != "" {
		t.Fatalf("unexpected definition after it was undefined while active (-want +got):\n%s", diff)
	}
	if first.NICs[0].Host != "" || len(first.NICs) != 3 {
		t.Fatalf("the caller's definition was changed: %+v", first)
	}
}

// A virtual machine that was made by hand never gives way to one that is drawn.
func TestDrawnUUIDIsTaken(t *testing.T) {
	t.Parallel()
	s := open(t, "sim:///?vms=0")
	id := drawUUID(1, 2) // that of the second one
	if _, err := s.Define(VM{Name: "by hand", UUID: id}); err != nil {
		t.Fatal(err)
	}
	if key, err := s.Define(VM{}); err == nil || !strings.Contains(err.Error(), "is there already") {
		t.Fatalf("unexpected virtual machine %q: %v", key, err)
	}
	if got := states(t, s)[id.String()].Name; got != "by hand" {
		t.Fatalf("unexpected name %q", got)
	}

	c, err := parseURI("sim:///?vms=20&churn=10")
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(c)
	for _, v := range slices.Clone(w.list[:10]) { // so that others appear
		w.remove(v)
	}
	for id := range uint64(100) {
		if _, err := w.newVM(VM{UUID: drawUUID(c.seed, 121+2*id), Name: "by hand"}); err != nil {
			t.Fatal(err)
		}
	}
	for _, v := range slices.Clone(w.list[:10]) {
		w.remove(v)
	}
	w.vms = 1000
	for !w.advance(time.Hour, 1000) {
	}
	for i, v := range w.list {
		if w.byKey[v.key] != v || v.at != i {
			t.Fatalf("%q is in two places", v.name)
		}
	}
	if len(w.byKey) != len(w.list) || len(w.list) < 200 {
		t.Fatalf("%d keys of %d virtual machines", len(w.byKey), len(w.list))
	}
}
