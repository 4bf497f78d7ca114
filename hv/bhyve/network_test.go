package bhyve

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/bhyve/freebsd"
	"github.com/vmond/vmond/hv/bhyve/vmbhyve"
)

func TestParseMAC(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text string
		want hv.MAC
	}{
		{"58:9c:fc:0e:c7:ab", hv.MAC{0x58, 0x9c, 0xfc, 0x0e, 0xc7, 0xab}},
		{"0:a0:98:1:2:F", hv.MAC{0x00, 0xa0, 0x98, 0x01, 0x02, 0x0f}},
		{" 0:a0:98:1:2:F ", hv.MAC{0x00, 0xa0, 0x98, 0x01, 0x02, 0x0f}},
		{"", nil},
		{"0", nil},
		{"58:9c:fc:0e:c7", nil},
		{"58:9c:fc:0e:c7:ab:00", nil},
		{"58-9c-fc-0e-c7-ab", nil},
		{"58:9c:fc:0e:c7:xx", nil},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, parseMAC(tt.text)); diff != "" {
			t.Errorf("parseMAC(%q): unexpected address (-want +got):\n%s", tt.text, diff)
		}
	}
}

func TestCardKeys(t *testing.T) {
	t.Parallel()
	mac := hv.MAC{0x58, 0x9c, 0xfc, 0x0e, 0xc7, 0xab}
	cards := []card{{mac: mac, tap: "tap0"}, {number: 1, mac: mac}, {number: 2, tap: "tap2"}, {number: 3}}
	tests := []struct {
		guest string
		want  []string
	}{
		{"bhyve:web", []string{"58:9c:fc:0e:c7:ab", "58:9c:fc:0e:c7:ab#2", "tap2", "network3"}},
		{"vm-bhyve:default/web", []string{"network0", "network1", "network2", "network3"}},
		{"cbsd:web", []string{"network0", "network1", "network2", "network3"}},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, cardKeys(&guest{key: tt.guest}, cards)); diff != "" {
			t.Errorf("%s: unexpected keys (-want +got):\n%s", tt.guest, diff)
		}
	}
}

// guestAt returns a guest that runs as process 4242.
func guestAt(key, name string, jail int) *guest {
	return &guest{key: key, name: name, process: &freebsd.Process{PID: 4242, Jail: jail}}
}

// TestPlugs proves that a card has its own tap, whatever others are called, and none rather than one that may be another's.
func TestPlugs(t *testing.T) {
	t.Parallel()
	web := guestAt("vm-bhyve:default/web", "web", 0)
	debian := guestAt("cbsd:debian", "debian", 0)
	plain := guestAt("bhyve:plain", "plain", 0)
	jailed := guestAt("bhyve:jailed", "jailed", 7)
	tap := func(name, description string, opener int) freebsd.Interface {
		return freebsd.Interface{Name: name, Description: description, Groups: []string{"tap"}, Opener: opener}
	}
	described := links{tap("tap1", "vmnet/web/1/public", 4242), tap("tap0", "vmnet/web/0/public", 4242)}
	one := func(c card) []card { return []card{c} }
	two := []card{{}, {number: 1}}
	tests := []struct {
		name  string
		links links
		g     *guest
		cards []card
		want  []plug
	}{
		{"vm-bhyve's description", described, web, one(card{}), []plug{{tap: "tap0"}}},
		{"of the second card", described, web, one(card{number: 1}), []plug{{tap: "tap1"}}},
		{"of both", described, web, two, []plug{{tap: "tap0"}, {tap: "tap1"}}},
		{"before the opener is known", links{tap("tap0", "vmnet/web/0/public", 0)}, web, one(card{}), []plug{{tap: "tap0"}}},
		{"before 1.5", links{tap("tap0", "vmnet-web-0-public", 4242)}, web, one(card{network: "public"}), []plug{{tap: "tap0"}}},
		{"before 1.5, on no switch", links{tap("tap0", "vmnet-web-0-custom", 0)}, web, one(card{}), []plug{{tap: "tap0"}}},
		{"before 1.5, of one whose name goes on", links{tap("tap0", "vmnet-web-0-0-public", 0)}, web, one(card{network: "public"}), []plug{{}}},
		{"of another whose name begins alike", links{tap("tap0", "vmnet/web2/0/public", 0)}, web, one(card{}), []plug{{}}},
		{"left by an earlier process", links{tap("tap0", "vmnet/web/0/public", 9)}, web, one(card{}), []plug{{}}},
		{"left by an earlier process, and described as the own one",
			links{tap("tap0", "vmnet/web/0/public", 0), tap("tap1", "vmnet/web/0/public", 4242)}, web, one(card{}), []plug{{tap: "tap1"}}},
		{"described in another order since", links{tap("tap0", "vmnet/web/0/public", 4242), tap("tap1", "vmnet/web/1/public", 4242)}, web,
			[]card{{number: 1, tap: "tap0"}, {tap: "tap1"}}, []plug{{tap: "tap0"}, {tap: "tap1"}}},
		{"no description", links{tap("tap0", "", 4242)}, web, one(card{tap: "tap0"}), []plug{{tap: "tap0"}}},
		{"no description, opener unknown", links{tap("tap0", "", 0)}, web, one(card{tap: "tap0"}), []plug{{tap: "tap0"}}},
		{"no description, another's", links{tap("tap0", "", 9)}, web, one(card{tap: "tap0"}), []plug{{}}},
		{"none", links{tap("tap1", "", 0), tap("tap2", "", 9)}, web, two, []plug{{}, {}}},
		{"CBSD's description", links{tap("tap3", "debian-nic1", 4242), tap("tap2", "debian-nic0", 4242)}, debian, one(card{}), []plug{{tap: "tap2"}}},
		{"CBSD's description of another", links{tap("tap3", "debian1-nic0", 0)}, debian, one(card{}), []plug{{}}},
		{"another manager's description", links{tap("tap3", "vmnet/debian/0/public", 0)}, debian, one(card{}), []plug{{}}},
		{"description of nobody's", links{tap("tap0", "vmnet/plain/0/public", 0)}, plain, one(card{}), []plug{{}}},
		{"plain", links{tap("tap0", "", 4242)}, plain, one(card{tap: "tap0"}), []plug{{tap: "tap0"}}},
		{"renamed", links{tap("web0", "", 4242)}, plain, one(card{tap: "tap0"}), []plug{{tap: "web0"}}},
		{"renamed, and there is another of its name", links{tap("tap0", "", 0), tap("web0", "", 4242)}, plain, one(card{tap: "tap0"}), []plug{{tap: "web0"}}},
		{"renamed, beside one that is not", links{tap("tap0", "", 0), tap("web0", "", 4242), tap("tap1", "", 4242)}, plain,
			[]card{{tap: "tap0"}, {number: 1, tap: "tap1"}}, []plug{{tap: "web0"}, {tap: "tap1"}}},
		{"both renamed", links{tap("tap0", "", 0), tap("web0", "", 4242), tap("web1", "", 4242)}, plain,
			[]card{{tap: "tap0"}, {number: 1, tap: "tap1"}}, []plug{{doubtful: true}, {doubtful: true}}},
		{"more than the cards that are known", links{tap("web0", "", 4242), tap("web1", "", 4242)}, plain, one(card{tap: "tap0"}), []plug{{doubtful: true}}},
		{"of one of two", links{tap("web0", "", 4242)}, plain, two, []plug{{doubtful: true}, {doubtful: true}}},
		{"any that was free", links{tap("tap0", "", 9), tap("tap1", "", 4242)}, plain, one(card{}), []plug{{tap: "tap1"}}},
		{"beside one of netgraph", links{tap("web0", "", 4242)}, plain, []card{{tapless: true}, {number: 1, tap: "tap0"}}, []plug{{}, {tap: "web0"}}},
		{"of netgraph", links{tap("tap0", "vmnet/web/0/public", 4242)}, web, one(card{tapless: true}), []plug{{}}},
		{"each once", links{tap("tap0", "", 4242)}, plain, []card{{tap: "tap0"}, {number: 1, tap: "tap0"}}, []plug{{tap: "tap0"}, {}}},
		{"in a jail, the host's has the same name", links{tap("tap0", "", 0)}, jailed, one(card{tap: "tap0"}), []plug{{}}},
		{"in a jail, without an own network", links{tap("tap0", "", 4242)}, jailed, one(card{tap: "tap0"}), []plug{{tap: "tap0"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, tt.links.plugs(tt.g, tt.cards), cmp.AllowUnexported(plug{})); diff != "" {
				t.Errorf("unexpected plugs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOpened(t *testing.T) {
	t.Parallel()
	l := links{{Name: "tap3", Opener: 4242}, {Name: "tap1", Opener: 9}, {Name: "ix0"}, {Name: "tap0", Opener: 4242}}
	want := []card{{tap: "tap3"}, {number: 1, tap: "tap0"}}
	if diff := cmp.Diff(want, l.opened(guestAt("bhyve:plain", "plain", 0)), cmp.AllowUnexported(card{})); diff != "" {
		t.Errorf("unexpected cards (-want +got):\n%s", diff)
	}
}

func TestPhysical(t *testing.T) {
	t.Parallel()
	bridge := func(name string, members ...string) freebsd.Interface {
		return freebsd.Interface{Name: name, Groups: []string{"bridge"}, Members: members}
	}
	tests := []struct {
		name  string
		links links
		want  string
	}{
		{"one", links{bridge("bridge0", "tap0", "ix0")}, "ix0"},
		{"one, and other guests", links{bridge("bridge0", "tap1", "tap0", "ix0", "vmnet7")}, "ix0"},
		{"jails", links{bridge("bridge0", "tap0", "epair0a", "epair3b", "em0")}, "em0"},
		{"VLAN", links{bridge("bridge0", "tap0", "vlan20"), {Name: "vlan20", Groups: []string{"vlan"}}}, "vlan20"},
		{"VLAN by another name", links{bridge("bridge0", "tap0", "ix0.20"), {Name: "ix0.20", Groups: []string{"vlan"}}}, "ix0.20"},
		{"lagg", links{bridge("bridge0", "tap0", "lagg0"), {Name: "lagg0", Groups: []string{"lagg"}, Members: []string{"ix0", "ix1"}}}, "lagg0"},
		{"several", links{bridge("bridge0", "tap0", "ix0", "ix1")}, ""},
		{"none", links{bridge("bridge0", "tap0", "tap1")}, ""},
		{"tap by another name", links{bridge("bridge0", "tap0", "vm1-lan"), {Name: "vm1-lan", Groups: []string{"tap"}}}, ""},
		{"tunnels", links{bridge("bridge0", "tap0", "gif0", "vxlan3", "wg0"), {Name: "office", Groups: []string{"gif"}}}, ""},
		{"on no bridge", links{bridge("bridge0", "tap1", "ix0")}, ""},
		{"lagg is no bridge", links{{Name: "lagg0", Groups: []string{"lagg"}, Members: []string{"tap0", "ix0"}}}, ""},
		{"bridge by another name", links{bridge("vm-public", "tap0", "ix0")}, "ix0"},
		{"interface of netgraph", links{bridge("bridge0", "tap0", "ngeth0", "ix0")}, "ix0"},
		{"VLAN inside the host", links{bridge("bridge0", "tap0", "vlan20", "ix0"), {Name: "vlan20", Groups: []string{"vlan"}, Parent: "epair3b"}}, "ix0"},
		{"VLAN on a VLAN", links{bridge("bridge0", "tap0", "vlan20"), {Name: "vlan20", Parent: "vlan7"}, {Name: "vlan7", Parent: "ix0"}}, "vlan20"},
		{"VLANs on each other", links{bridge("bridge0", "tap0", "vlan20"), {Name: "vlan20", Parent: "vlan7"}, {Name: "vlan7", Parent: "vlan20"}}, ""},
		{"hardware that begins like something else", links{bridge("bridge0", "tap0", "nge0")}, "nge0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := tt.links.physical("tap0"); got != tt.want {
				t.Errorf("physical = %q, want %q", got, tt.want)
			}
		})
	}
}

// TestBridge proves that a card's bridge is the one that has its tap, if that is one.
func TestBridge(t *testing.T) {
	t.Parallel()
	bridge := func(name string, members ...string) freebsd.Interface {
		return freebsd.Interface{Name: name, Groups: []string{"bridge"}, Members: members}
	}
	lagg := freebsd.Interface{Name: "lagg0", Groups: []string{"lagg"}, Members: []string{"tap0"}}
	tests := []struct {
		name  string
		links links
		want  string
	}{
		{"one", links{bridge("bridge1", "tap1", "ix0"), bridge("vm-public", "ix0", "tap0"), lagg}, "vm-public"},
		{"none", links{bridge("bridge1", "tap1"), lagg}, ""},
		{"two, which cannot be", links{bridge("bridge1", "tap0"), bridge("bridge2", "tap0")}, ""},
		{"nothing", nil, ""},
	}
	for _, tt := range tests {
		if got := tt.links.bridge("tap0"); got != tt.want {
			t.Errorf("%s: bridge = %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestWrittenBridge proves what a manager attaches a card to.
func TestWrittenBridge(t *testing.T) {
	t.Parallel()
	g := &guest{switches: map[string]vmbhyve.Switch{"public": {Bridge: "vm-public"}, "vale0": {Type: "vale"}}}
	for name, tt := range map[string]struct {
		card card
		want string
	}{
		"a switch":              {card{network: "public"}, "vm-public"},
		"a switch of no bridge": {card{network: "vale0"}, ""},
		"no such switch":        {card{network: "lan"}, ""},
		"no switch":             {card{}, ""},
		"a bridge":              {card{bridge: "bridge1"}, "bridge1"},
	} {
		if got := g.bridge(tt.card); got != tt.want {
			t.Errorf("%s: bridge = %q, want %q", name, got, tt.want)
		}
	}
}

// TestNumberedBridge proves that a card that a process has is attached to what is written down for the same card.
func TestNumberedBridge(t *testing.T) {
	t.Parallel()
	mac := hv.MAC{0x58, 0x9c, 0xfc, 0x0e, 0xc7, 0xab}
	got := numbered([]card{{mac: mac}}, []card{{bridge: "bridge0"}, {number: 1, mac: mac, bridge: "bridge1"}})
	want := []card{{number: 1, mac: mac, bridge: "bridge1"}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(card{})); diff != "" {
		t.Errorf("unexpected cards (-want +got):\n%s", diff)
	}
}

// network returns an environment of these interfaces.
func network(l links, known bool, traffic map[string]freebsd.Traffic) *environment {
	return &environment{
		links:   func() (links, bool) { return l, known },
		traffic: func() map[string]freebsd.Traffic { return traffic },
	}
}

func TestNICs(t *testing.T) {
	t.Parallel()
	mac := hv.MAC{0x58, 0x9c, 0xfc, 0x0e, 0xc7, 0xab}
	on, off := guestAt("vm-bhyve:default/web", "web", 0), &guest{key: "vm-bhyve:default/web", name: "web"}
	jailed := guestAt(on.key, on.name, 7)
	for _, g := range []*guest{on, off, jailed} {
		g.switches = map[string]vmbhyve.Switch{"public": {Bridge: "vm-lan"}}
	}
	c := card{model: "virtio-net", mac: mac, tap: "tap0", network: "public"}
	l := links{
		{Name: "ix0"}, {Name: "tap0", Opener: 4242}, {Name: "vm-public", Groups: []string{"bridge"}, Members: []string{"tap0", "ix0"}},
	}
	traffic := map[string]freebsd.Traffic{"ix0": {Index: 1}, "tap0": {Index: 5}}
	nic := func(host, bridge string, index, parent hv.Opt[int]) []hv.NIC {
		return []hv.NIC{{Key: "network0", MAC: mac, Model: "virtio-net", Host: host, Bridge: bridge, IfIndex: index, Parent: parent}}
	}
	none, zero := hv.Opt[int]{}, hv.Some(0)
	tests := []struct {
		name string
		e    *environment
		g    *guest
		want []hv.NIC
	}{
		{"runs", network(l, true, traffic), on, nic("tap0", "vm-public", hv.Some(5), hv.Some(1))},
		{"does not run", network(l, true, traffic), off, nic("", "vm-lan", zero, zero)},
		{"no tap", network(l[:1], true, traffic), on, nic("", "vm-lan", zero, zero)},
		{"several that may be it", network(append(links{{Name: "tap7", Opener: 4242}, {Name: "tap8", Opener: 4242}}, l[0]), true, traffic), on, nic("", "vm-lan", none, none)},
		{"no bridge", network(l[:2], true, traffic), on, nic("tap0", "", hv.Some(5), zero)},
		{"indices cannot be read", network(l, true, nil), on, nic("tap0", "vm-public", none, none)},
		{"interfaces cannot be read", network(nil, false, traffic), on, nic("tap0", "vm-lan", hv.Some(5), none)},
		{"nor may be those of a jail", network(nil, false, traffic), jailed, nic("", "vm-lan", none, none)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, tt.e.nics(tt.g, []card{c})); diff != "" {
				t.Errorf("unexpected interfaces (-want +got):\n%s", diff)
			}
		})
	}
}

// TestNICStats proves that the counters are the guest's: what went into the host by the tap is what the guest sent.
func TestNICStats(t *testing.T) {
	t.Parallel()
	e := network(nil, true, map[string]freebsd.Traffic{"tap0": {
		Index: 5, InPackets: 1, InErrors: 2, InDrops: 3, InBytes: 4, OutPackets: 5, OutErrors: 6, OutBytes: 7, Collisions: 8, CollisionsTold: true,
	}, "tap2": {Index: 6}})
	want := hv.NICStats{
		Key: "key", TxPackets: hv.Some[uint64](1), TxErrors: hv.Some[uint64](2), TxDrops: hv.Some[uint64](3), TxBytes: hv.Some[uint64](4),
		RxPackets: hv.Some[uint64](5), RxErrors: hv.Some[uint64](6), RxBytes: hv.Some[uint64](7), Collisions: hv.Some[uint64](8),
	}
	if got := e.nicStats(hv.NIC{Key: "key", Host: "tap2"}).Collisions; !got.IsZero() {
		t.Errorf("collisions %v, which are not told", got)
	}
	if diff := cmp.Diff(want, e.nicStats(hv.NIC{Key: "key", Host: "tap0"})); diff != "" {
		t.Errorf("unexpected counters (-want +got):\n%s", diff)
	}
	for _, host := range []string{"", "tap1"} {
		if diff := cmp.Diff(hv.NICStats{Key: "key"}, e.nicStats(hv.NIC{Key: "key", Host: host})); diff != "" {
			t.Errorf("tap %q: unexpected counters (-want +got):\n%s", host, diff)
		}
	}
}
