package bhyve

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/bhyve/cbsd"
	"github.com/vmond/vmond/hv/bhyve/freebsd"
	"github.com/vmond/vmond/hv/bhyve/vmbhyve"
)

// rosterDay is when everything here happens.
var rosterDay = time.Date(2026, 8, 20, 12, 0, 0, 0, time.UTC)

// bhyveOf returns the bhyve of a virtual machine, which was started so many seconds after rosterDay.
func bhyveOf(pid int, vm string, seconds int, o origin) running {
	return running{
		Process: freebsd.Process{PID: pid, Parent: 1, Name: bhyveProgram, Start: rosterDay.Add(time.Duration(seconds) * time.Second)},
		vm:      vm, args: []string{"bhyve: " + vm}, titled: true, origin: o,
	}
}

// loaderOf returns what loads its kernel.
func loaderOf(pid int, vm string, o origin) running {
	return running{
		Process: freebsd.Process{PID: pid, Parent: 1, Name: bhyveloadProgram, Start: rosterDay},
		vm:      vm, args: []string{"bhyveload", "-m", "1G", vm}, origin: o,
	}
}

// jailed returns the process as one of a jail.
func jailed(r running) running {
	r.Jail = 7
	return r
}

// vmGuest returns what vm-bhyve has of a virtual machine.
func vmGuest(datastore, name string) guest {
	return guest{
		key: vmbhyveKey + datastore + "/" + name, name: name, autoStart: hv.No,
		vm: &vmbhyve.Guest{Datastore: vmbhyve.Datastore{Name: datastore}, Name: name},
	}
}

// lockedHere returns the guest with a lock of this host.
func lockedHere(g guest) guest {
	vm := *g.vm
	vm.Lock, vm.Locked = "hv1", rosterDay
	g.vm = &vm
	return g
}

// abroad returns the guest with a lock of another host.
func abroad(g guest) guest {
	g = lockedHere(g)
	g.vm.Lock, g.foreign = "hv2", true
	return g
}

// cbsdOf returns what CBSD has of a virtual machine.
func cbsdOf(name string, status cbsd.Status, pid int) guest {
	return guest{key: cbsdKey + name, name: name, autoStart: hv.No, cbsd: &cbsd.Guest{Name: name, Status: status, PID: pid}}
}

// A whole is what a roster says of a virtual machine, in short.
type whole struct {
	Key             string
	Process, Loader int
	Node            bool
}

func wholes(guests []guest) []whole {
	all := []whole{}
	for _, g := range guests {
		w := whole{Key: g.key, Node: g.node}
		if g.process != nil {
			w.Process = g.process.PID
		}
		if g.loader != nil {
			w.Loader = g.loader.PID
		}
		all = append(all, w)
	}
	return all
}

func TestRoster(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		// looks are taken one after the other, and want is what came out of each.
		looks []clues
		want  [][]whole
	}{
		{
			name:  "nothing",
			looks: []clues{{}},
			want:  [][]whole{{}},
		},
		{
			name: "one of each",
			looks: []clues{{
				running: []running{
					bhyveOf(10, "a", 0, fromVMBhyve), bhyveOf(11, "b", 0, fromCBSD), bhyveOf(12, "c", 0, unknownOrigin),
					bhyveOf(13, "d", 0, unknownOrigin),
				},
				nodes:   []string{"a", "b", "c", "d"},
				libvirt: libvirts{"d": 13},
				vmbhyve: []guest{lockedHere(vmGuest("default", "a")), vmGuest("default", "e")},
				cbsd:    []guest{cbsdOf("b", cbsd.On, 11), cbsdOf("f", cbsd.Off, 0)},
			}},
			want: [][]whole{{
				{Key: "bhyve:c", Process: 12, Node: true},
				{Key: "cbsd:b", Process: 11, Node: true},
				{Key: "cbsd:f"},
				{Key: "vm-bhyve:default/a", Process: 10, Node: true},
				{Key: "vm-bhyve:default/e"},
			}},
		},
		{
			name: "the same name everywhere, and the ancestors tell",
			looks: []clues{
				{
					running: []running{bhyveOf(10, "a", 0, fromCBSD)}, nodes: []string{"a"},
					vmbhyve: []guest{lockedHere(vmGuest("default", "a"))}, cbsd: []guest{cbsdOf("a", cbsd.Off, 0)},
				},
				{
					running: []running{bhyveOf(11, "a", 5, fromVMBhyve)}, nodes: []string{"a"},
					vmbhyve: []guest{vmGuest("default", "a")}, cbsd: []guest{cbsdOf("a", cbsd.On, 11)},
				},
				{
					running: []running{bhyveOf(12, "a", 9, fromLibvirt)}, nodes: []string{"a"},
					vmbhyve: []guest{vmGuest("default", "a")}, cbsd: []guest{cbsdOf("a", cbsd.On, 11)},
				},
			},
			want: [][]whole{
				{{Key: "cbsd:a", Process: 10, Node: true}, {Key: "vm-bhyve:default/a"}},
				{{Key: "cbsd:a"}, {Key: "vm-bhyve:default/a", Process: 11, Node: true}},
				{{Key: "cbsd:a"}, {Key: "vm-bhyve:default/a"}},
			},
		},
		{
			name: "the lock decides between two datastores",
			looks: []clues{
				{
					running: []running{bhyveOf(10, "a", 0, unknownOrigin)}, nodes: []string{"a"},
					vmbhyve: []guest{vmGuest("default", "a"), lockedHere(vmGuest("tank", "a"))},
				},
				{
					running: []running{bhyveOf(11, "a", 9, fromVMBhyve)}, nodes: []string{"a"},
					vmbhyve: []guest{lockedHere(vmGuest("default", "a")), abroad(vmGuest("tank", "a"))},
				},
			},
			want: [][]whole{
				{{Key: "vm-bhyve:default/a"}, {Key: "vm-bhyve:tank/a", Process: 10, Node: true}},
				{{Key: "vm-bhyve:default/a", Process: 11, Node: true}, {Key: "vm-bhyve:tank/a"}},
			},
		},
		{
			name: "of two locks the later one",
			looks: []clues{{
				running: []running{bhyveOf(10, "a", 0, fromVMBhyve)}, nodes: []string{"a"},
				vmbhyve: []guest{lockedHere(vmGuest("default", "a")), func() guest {
					g := lockedHere(vmGuest("tank", "a"))
					g.vm.Locked = rosterDay.Add(time.Hour)
					return g
				}()},
			}},
			want: [][]whole{{{Key: "vm-bhyve:default/a"}, {Key: "vm-bhyve:tank/a", Process: 10, Node: true}}},
		},
		{
			name: "without ancestors a lock goes before what CBSD believes, and that before a mere name",
			looks: []clues{
				{
					running: []running{bhyveOf(10, "a", 0, unknownOrigin)},
					vmbhyve: []guest{lockedHere(vmGuest("default", "a"))}, cbsd: []guest{cbsdOf("a", cbsd.On, 9)},
				},
				{
					running: []running{bhyveOf(11, "a", 0, unknownOrigin)},
					vmbhyve: []guest{vmGuest("default", "a")}, cbsd: []guest{cbsdOf("a", cbsd.Maintenance, 0)},
				},
				{
					running: []running{bhyveOf(12, "a", 0, unknownOrigin)},
					vmbhyve: []guest{lockedHere(vmGuest("default", "a"))}, cbsd: []guest{cbsdOf("a", cbsd.On, 12)},
				},
				{
					running: []running{bhyveOf(13, "a", 0, unknownOrigin)},
					vmbhyve: []guest{vmGuest("default", "a")}, cbsd: []guest{cbsdOf("a", cbsd.Slave, 0)},
				},
			},
			want: [][]whole{
				{{Key: "cbsd:a"}, {Key: "vm-bhyve:default/a", Process: 10}},
				{{Key: "cbsd:a", Process: 11}, {Key: "vm-bhyve:default/a"}},
				{{Key: "cbsd:a", Process: 12}, {Key: "vm-bhyve:default/a"}},
				{{Key: "cbsd:a"}, {Key: "vm-bhyve:default/a", Process: 13}},
			},
		},
		{
			name: "a manager that was never read is known by the ancestors",
			looks: []clues{{
				running: []running{
					bhyveOf(10, "a", 0, fromVMBhyve), bhyveOf(11, "b", 0, fromCBSD), bhyveOf(12, "c", 0, unknownOrigin),
				},
				nodes: []string{"a", "b", "c", "d"}, unread: []string{"tank", "default"}, cbsdUnread: true,
			}, {
				running: []running{bhyveOf(10, "a", 0, fromVMBhyve)}, unread: []string{"tank", "lake"},
			}},
			want: [][]whole{{
				{Key: "bhyve:c", Process: 12, Node: true},
				{Key: "cbsd:b", Process: 11, Node: true},
				{Key: "vm-bhyve:default/a", Process: 10, Node: true},
			}, {
				{Key: "vm-bhyve:tank/a", Process: 10},
			}},
		},
		{
			name: "a datastore of which it is not known that it is there",
			looks: []clues{
				{running: []running{bhyveOf(10, "a", 0, fromVMBhyve)}, nodes: []string{"a", "b"}, unsure: true},
				{
					running: []running{bhyveOf(10, "a", 0, fromVMBhyve)}, nodes: []string{"a", "b"},
					vmbhyve: []guest{lockedHere(vmGuest("tank", "a"))},
				},
			},
			want: [][]whole{
				{},
				{{Key: "bhyve:b", Node: true}, {Key: "vm-bhyve:tank/a", Process: 10, Node: true}},
			},
		},
		{
			name: "vm-bhyve's, though only CBSD has one of that name",
			looks: []clues{{
				running: []running{bhyveOf(10, "a", 0, fromVMBhyve)}, cbsd: []guest{cbsdOf("a", cbsd.On, 10)},
			}},
			want: [][]whole{{{Key: "bhyve:a", Process: 10}, {Key: "cbsd:a"}}},
		},
		{
			name: "a node without a process is not told before the managers were read",
			looks: []clues{
				{nodes: []string{"a", "b"}, cbsdUnread: true},
				{nodes: []string{"a", "b"}, cbsd: []guest{cbsdOf("a", cbsd.Off, 0)}},
			},
			want: [][]whole{
				{},
				{{Key: "bhyve:b", Node: true}, {Key: "cbsd:a", Node: true}},
			},
		},
		{
			name: "a node keeps the key of its process",
			looks: []clues{
				{running: []running{bhyveOf(10, "a", 0, unknownOrigin), bhyveOf(11, "b", 0, fromCBSD)}, nodes: []string{"a", "b"}, cbsdUnread: true},
				{nodes: []string{"a", "b"}, cbsdUnread: true},
				{nodes: []string{"a", "b"}, cbsdUnread: true},
			},
			want: [][]whole{
				{{Key: "bhyve:a", Process: 10, Node: true}, {Key: "cbsd:b", Process: 11, Node: true}},
				{{Key: "bhyve:a", Node: true}, {Key: "cbsd:b", Node: true}},
				{{Key: "bhyve:a", Node: true}, {Key: "cbsd:b", Node: true}},
			},
		},
		{
			name: "a leftover node is the one's that ran, not the first's of its name",
			looks: []clues{
				{
					running: []running{bhyveOf(10, "a", 0, fromVMBhyve)}, nodes: []string{"a"},
					vmbhyve: []guest{vmGuest("default", "a"), lockedHere(vmGuest("tank", "a"))},
				},
				{nodes: []string{"a"}, vmbhyve: []guest{vmGuest("default", "a"), vmGuest("tank", "a")}},
			},
			want: [][]whole{
				{{Key: "vm-bhyve:default/a"}, {Key: "vm-bhyve:tank/a", Process: 10, Node: true}},
				{{Key: "vm-bhyve:default/a"}, {Key: "vm-bhyve:tank/a", Node: true}},
			},
		},
		{
			name: "a definition that is taken away from what runs",
			looks: []clues{
				{running: []running{bhyveOf(10, "a", 0, unknownOrigin)}, vmbhyve: []guest{lockedHere(vmGuest("default", "a"))}},
				{running: []running{bhyveOf(10, "a", 0, unknownOrigin)}},
				{running: []running{bhyveOf(11, "a", 9, unknownOrigin)}},
			},
			want: [][]whole{
				{{Key: "vm-bhyve:default/a", Process: 10}},
				{{Key: "vm-bhyve:default/a", Process: 10}},
				{{Key: "bhyve:a", Process: 11}},
			},
		},
		{
			name: "a definition that comes to what runs",
			looks: []clues{
				{running: []running{bhyveOf(10, "a", 0, unknownOrigin)}},
				{running: []running{bhyveOf(10, "a", 0, unknownOrigin)}, vmbhyve: []guest{vmGuest("default", "a")}},
				{nodes: []string{"a"}, vmbhyve: []guest{vmGuest("default", "a")}},
				{running: []running{bhyveOf(11, "a", 9, fromVMBhyve)}, vmbhyve: []guest{lockedHere(vmGuest("default", "a"))}},
			},
			want: [][]whole{
				{{Key: "bhyve:a", Process: 10}},
				{{Key: "bhyve:a", Process: 10}, {Key: "vm-bhyve:default/a"}},
				{{Key: "bhyve:a", Node: true}, {Key: "vm-bhyve:default/a"}},
				{{Key: "vm-bhyve:default/a", Process: 11}},
			},
		},
		{
			name: "the newest bhyve is the process, and one that it made is none",
			looks: []clues{{
				running: []running{
					bhyveOf(10, "a", 0, fromCBSD), loaderOf(9, "a", fromCBSD), bhyveOf(11, "a", 9, fromCBSD),
					{
						Process: freebsd.Process{PID: 12, Parent: 11, Name: bhyveProgram, Start: rosterDay.Add(time.Minute)}, vm: "a",
						args: []string{"bhyve: a"}, titled: true,
					},
				},
				cbsd: []guest{cbsdOf("a", cbsd.On, 10)},
			}},
			want: [][]whole{{{Key: "cbsd:a", Process: 11, Loader: 9}}},
		},
		{
			name: "libvirt's, through all of its life",
			looks: []clues{
				{running: []running{loaderOf(9, "a", fromLibvirt)}, nodes: []string{"a"}},
				{running: []running{bhyveOf(10, "a", 0, unknownOrigin)}, nodes: []string{"a"}, libvirt: libvirts{"a": 10}},
				{running: []running{bhyveOf(11, "a", 9, unknownOrigin)}, nodes: []string{"a"}, libvirt: libvirts{"a": 10}, libvirtUnread: true},
				{running: []running{bhyveOf(11, "a", 9, unknownOrigin)}, nodes: []string{"a"}, libvirt: libvirts{"a": 11}},
				{running: []running{bhyveOf(11, "a", 9, unknownOrigin)}, nodes: []string{"a"}},
				{nodes: []string{"a"}},
			},
			want: [][]whole{{}, {}, {}, {}, {}, {}},
		},
		{
			name: "a node that libvirt left",
			looks: []clues{
				{nodes: []string{"a", "b"}, libvirt: libvirts{"a": 10}},
			},
			want: [][]whole{{{Key: "bhyve:b", Node: true}}},
		},
		{
			name: "a file that libvirt left of an earlier process",
			looks: []clues{
				{
					running: []running{bhyveOf(10, "a", 0, unknownOrigin), bhyveOf(11, "b", 0, unknownOrigin), bhyveOf(12, "c", 0, unknownOrigin)},
					nodes:   []string{"a", "b", "c"}, libvirt: libvirts{"a": 1, "b": 2, "c": 3},
					vmbhyve: []guest{lockedHere(vmGuest("default", "a"))}, cbsd: []guest{cbsdOf("b", cbsd.On, 11)},
				},
				{
					nodes: []string{"a", "b", "c"}, libvirt: libvirts{"a": 1, "b": 2, "c": 3},
					vmbhyve: []guest{vmGuest("default", "a")}, cbsd: []guest{cbsdOf("b", cbsd.Off, 0)},
				},
			},
			want: [][]whole{
				{
					{Key: "bhyve:c", Process: 12, Node: true}, {Key: "cbsd:b", Process: 11, Node: true},
					{Key: "vm-bhyve:default/a", Process: 10, Node: true},
				},
				{{Key: "bhyve:c", Node: true}, {Key: "cbsd:b", Node: true}, {Key: "vm-bhyve:default/a", Node: true}},
			},
		},
		{
			name: "libvirt does not say which process it is",
			looks: []clues{{
				running: []running{bhyveOf(10, "a", 0, unknownOrigin), bhyveOf(11, "b", 0, unknownOrigin)},
				libvirt: libvirts{"a": 0, "b": 0}, vmbhyve: []guest{lockedHere(vmGuest("default", "b"))},
			}},
			want: [][]whole{{{Key: "vm-bhyve:default/b", Process: 11}}},
		},
		{
			name: "what runs in a jail is of no manager of the host, nor libvirt's",
			looks: []clues{
				{
					running: []running{jailed(bhyveOf(10, "a", 0, fromVMBhyve)), jailed(bhyveOf(11, "b", 0, fromCBSD))},
					nodes:   []string{"a", "b"}, libvirt: libvirts{"c": 0},
					vmbhyve: []guest{lockedHere(vmGuest("default", "a"))}, cbsd: []guest{cbsdOf("b", cbsd.On, 11)},
				},
				{
					running: []running{jailed(bhyveOf(12, "c", 0, fromLibvirt))}, nodes: []string{"a", "b", "c"}, libvirt: libvirts{"c": 0},
					vmbhyve: []guest{lockedHere(vmGuest("default", "a"))}, cbsd: []guest{cbsdOf("b", cbsd.On, 11)},
				},
				{
					running: []running{bhyveOf(13, "a", 0, fromVMBhyve)}, nodes: []string{"a"},
					vmbhyve: []guest{lockedHere(vmGuest("default", "a"))},
				},
			},
			want: [][]whole{
				{
					{Key: "bhyve:a", Process: 10, Node: true}, {Key: "bhyve:b", Process: 11, Node: true}, {Key: "cbsd:b"},
					{Key: "vm-bhyve:default/a"},
				},
				{
					{Key: "bhyve:a", Node: true}, {Key: "bhyve:b", Node: true}, {Key: "bhyve:c", Process: 12, Node: true}, {Key: "cbsd:b"},
					{Key: "vm-bhyve:default/a"},
				},
				{{Key: "vm-bhyve:default/a", Process: 13, Node: true}},
			},
		},
		{
			name: "what may be libvirt's, which was never asked",
			looks: []clues{
				{
					running:        []running{bhyveOf(10, "a", 0, unknownOrigin), bhyveOf(11, "b", 0, unknownOrigin), bhyveOf(12, "c", 0, fromCBSD)},
					nodes:          []string{"a", "b", "c", "d"},
					vmbhyve:        []guest{lockedHere(vmGuest("default", "b"))},
					libvirtUnknown: true, libvirtUnread: true,
				},
				{
					running: []running{bhyveOf(10, "a", 0, unknownOrigin), bhyveOf(11, "b", 0, unknownOrigin), bhyveOf(12, "c", 0, fromCBSD)},
					nodes:   []string{"a", "b", "c", "d"},
					vmbhyve: []guest{lockedHere(vmGuest("default", "b"))}, libvirt: libvirts{"a": 10},
				},
			},
			want: [][]whole{
				{{Key: "cbsd:c", Process: 12, Node: true}, {Key: "vm-bhyve:default/b", Process: 11, Node: true}},
				{
					{Key: "bhyve:d", Node: true}, {Key: "cbsd:c", Process: 12, Node: true},
					{Key: "vm-bhyve:default/b", Process: 11, Node: true},
				},
			},
		},
		{
			name: "a name with a slash",
			looks: []clues{{
				running: []running{bhyveOf(10, "a/b", 0, unknownOrigin)}, vmbhyve: []guest{vmGuest("a", "b")},
			}},
			want: [][]whole{{{Key: "bhyve:a/b", Process: 10}, {Key: "vm-bhyve:a/b"}}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var r roster
			for i, c := range tt.looks {
				if diff := cmp.Diff(tt.want[i], wholes(r.assemble(c))); diff != "" {
					t.Errorf("unexpected virtual machines in look %d (-want +got):\n%s", i, diff)
				}
			}
		})
	}
}

// What runs is told with its command line, and a plain one by what is known of it: nothing starts it.
func TestRosterFacts(t *testing.T) {
	t.Parallel()
	var r roster
	p := bhyveOf(10, "a", 0, unknownOrigin)
	want := []guest{{
		key: "bhyve:a", name: "a", autoStart: hv.No, process: &p.Process, args: []string{"bhyve: a"}, titled: true, node: true,
	}}
	got := r.assemble(clues{running: []running{p}, nodes: []string{"a"}})
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(guest{})); diff != "" {
		t.Errorf("unexpected virtual machines (-want +got):\n%s", diff)
	}
}
