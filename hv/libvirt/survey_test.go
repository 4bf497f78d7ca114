package libvirt

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	lv "github.com/digitalocean/go-libvirt"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/libvirt/libvirttest"
)

// surveys reads the surveys of all keys.
func surveys(t *testing.T, s *Source, keys ...string) map[string]outcome[hv.Survey] {
	t.Helper()
	got, err := gather(t, func(yield func(string, hv.Survey, error)) error { return s.Surveys(patiently(t), keys, yield) })
	if err != nil {
		t.Fatalf("failed to read the surveys: %v", err)
	}
	return got
}

// withAgent has the agent in the guest connected.
func withAgent(d libvirttest.Domain) libvirttest.Domain {
	const channel = "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0' state='connected'/></channel>"
	d.XML = strings.Replace(d.XML, "</devices>", channel+"</devices>", 1)
	return d
}

// eth0 is an interface with those addresses.
func eth0(addresses ...string) []libvirttest.Interface {
	return []libvirttest.Interface{{Name: "eth0", Addresses: addresses}}
}

// addresses parses texts.
func addresses(texts ...string) []netip.Addr {
	var all []netip.Addr
	for _, text := range texts {
		all = append(all, netip.MustParseAddr(text))
	}
	return all
}

// sameAddresses compares addresses by their value.
func sameAddresses() cmp.Option { return cmpopts.EquateComparable(netip.Addr{}) }

func TestSurveys(t *testing.T) {
	t.Parallel()
	const leased, told, seen = "10.0.0.1", "10.0.0.2", "10.0.0.3"
	all := map[libvirttest.AddressSource][]libvirttest.Interface{
		libvirttest.Lease: eth0(leased), libvirttest.Agent: eth0(told), libvirttest.ARP: eth0(seen),
	}
	type sources = map[libvirttest.AddressSource][]libvirttest.Interface
	tests := []struct {
		name    string
		d       libvirttest.Domain
		sources sources
		want    []netip.Addr
		asked   int
	}{
		{"all know", withAgent(running(1, "vm")), all, addresses(leased), 1},
		{"the agent and ARP know", withAgent(running(1, "vm")), sources{1: all[1], 2: all[2]}, addresses(told), 2},
		{"the leases tell of what others cannot use", withAgent(running(1, "vm")), sources{0: eth0("fe80::1", "169.254.1.1"), 1: all[1]}, addresses(told), 2},
		{"only ARP knows", withAgent(running(1, "vm")), sources{2: all[2]}, addresses(seen), 3},
		{"nobody knows", withAgent(running(1, "vm")), nil, nil, 3},
		{"there is no agent", running(1, "vm"), sources{1: all[1], 2: all[2]}, addresses(seen), 2},
		{"it is off", off(1, "vm"), all, nil, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.d.Addresses, tt.d.Snapshots = tt.sources, 3
			srv, s := fake(t, libvirttest.Daemon{Domains: []libvirttest.Domain{tt.d}})
			want := hv.Survey{Run: hv.Some(runOf(tt.d.ID)), Addresses: tt.want, Snapshots: hv.Some(3)}
			got := surveys(t, s, key(1))[key(1)]
			if diff := cmp.Diff(want, got.value, sameAddresses()); diff != "" || got.err != nil {
				t.Errorf("unexpected survey: %v (-want +got):\n%s", got.err, diff)
			}
			if n := srv.Calls(libvirttest.DomainInterfaceAddrs); n != tt.asked {
				t.Errorf("unexpected number of requests: %d, want %d", n, tt.asked)
			}
		})
	}
}

// TestSurveysReadOnly has a connection that may not ask the agents. It is tried once.
func TestSurveysReadOnly(t *testing.T) {
	t.Parallel()
	d, keys := many(3)
	d.ReadOnly = true
	for i := range d.Domains {
		d.Domains[i] = withAgent(d.Domains[i])
		d.Domains[i].Addresses = map[libvirttest.AddressSource][]libvirttest.Interface{libvirttest.ARP: eth0("10.0.0." + itoa(i+1))}
	}
	srv, s := fake(t, d)
	for i, key := range keys {
		got := surveys(t, s, key)[key]
		if diff := cmp.Diff(addresses("10.0.0."+itoa(i+1)), got.value.Addresses, sameAddresses()); diff != "" || got.err != nil {
			t.Errorf("unexpected addresses: %v (-want +got):\n%s", got.err, diff)
		}
	}
	if n, want := srv.Calls(libvirttest.DomainInterfaceAddrs), 1+2*len(keys); n != want {
		t.Errorf("unexpected number of requests: %d, want %d", n, want)
	}
}

// TestSurveysRefused has a daemon that refuses something. The rest is told.
func TestSurveysRefused(t *testing.T) {
	t.Parallel()
	vm := withAgent(running(1, "vm"))
	vm.Snapshots, vm.Addresses = 2, map[libvirttest.AddressSource][]libvirttest.Interface{libvirttest.Lease: eth0("10.0.0.1")}
	tests := []struct {
		name        string
		fails       libvirttest.Proc
		unsupported bool
		want        hv.Survey
	}{
		{"no snapshots", libvirttest.DomainSnapshotNum, true, hv.Survey{Addresses: addresses("10.0.0.1")}},
		{"snapshots fail", libvirttest.DomainSnapshotNum, false, hv.Survey{Addresses: addresses("10.0.0.1")}},
		{"no addresses", libvirttest.DomainInterfaceAddrs, true, hv.Survey{Snapshots: hv.Some(2)}},
		{"addresses fail", libvirttest.DomainInterfaceAddrs, false, hv.Survey{Snapshots: hv.Some(2)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := libvirttest.Daemon{Domains: []libvirttest.Domain{vm}}
			if tt.unsupported {
				d.Unsupported = map[libvirttest.Proc]bool{tt.fails: true}
			}
			d.Fail = func(p libvirttest.Proc, _ []libvirttest.Domain) error {
				if p == tt.fails {
					return libvirttest.Error{Code: libvirttest.CodeInternal, Message: "failed"}
				}
				return nil
			}
			srv, s := fake(t, d)
			tt.want.Run = hv.Some(runOf(1))
			for range 2 {
				got := surveys(t, s, key(1))[key(1)]
				if diff := cmp.Diff(tt.want, got.value, sameAddresses()); diff != "" || got.err != nil {
					t.Errorf("unexpected survey: %v (-want +got):\n%s", got.err, diff)
				}
			}
			sources := 1
			if tt.fails == libvirttest.DomainInterfaceAddrs {
				sources = len(addressSources())
			}
			calls := srv.Calls(tt.fails)
			if want := 2 * sources; !tt.unsupported && calls != want {
				t.Errorf("unexpected number of requests: %d, want %d", calls, want)
			}
			if tt.unsupported && calls != sources {
				t.Errorf("what the driver does not have was asked for %d times, want %d", calls, sources)
			}
		})
	}
}

// TestSurveysHang has agents that never answer. Each is asked once in a run, no other is asked after two of them, and neither
// states nor statistics notice.
func TestSurveysHang(t *testing.T) {
	t.Parallel()
	d, keys := many(5)
	hung := []string{"vm-1", "vm-3"}
	for i := range d.Domains {
		d.Domains[i] = withAgent(d.Domains[i])
		d.Domains[i].Snapshots = 1
		d.Domains[i].Addresses = map[libvirttest.AddressSource][]libvirttest.Interface{libvirttest.Agent: eth0("10.0.0.1")}
	}
	asked := map[string]int{}
	d.Hang = func(p libvirttest.Proc, about []libvirttest.Domain) bool {
		if p != libvirttest.DomainInterfaceAddrs || !slices.Contains(hung, about[0].Name) {
			return false
		}
		asked[about[0].Name]++
		return asked[about[0].Name] == 2 // the second request is for the agent
	}
	srv, s := fake(t, d)
	statistics(t, s, keys...)
	opened := srv.Calls(libvirttest.ConnectOpen)
	all := hv.Survey{Snapshots: hv.Some(1), Addresses: addresses("10.0.0.1")}
	rest := hv.Survey{Snapshots: hv.Some(1)}
	rounds := []struct {
		order  []string
		values []hv.Survey // in that order, without the run
		errs   []error
	}{
		{keys, []hv.Survey{rest, all, rest, rest, rest}, []error{errDeaf, nil, errDeaf, errUnasked, errUnasked}},
		{
			[]string{keys[1], keys[3], keys[4], keys[0], keys[2]},
			[]hv.Survey{all, all, all, rest, rest}, []error{nil, nil, nil, errUnasked, errUnasked},
		},
		{keys, []hv.Survey{rest, all, rest, all, all}, []error{errUnasked, nil, errUnasked, nil, nil}},
	}
	for _, round := range rounds {
		var order []string
		err := s.Surveys(patiently(t), keys, func(key string, survey hv.Survey, err error) {
			i := len(order)
			order = append(order, key)
			survey.Run = hv.Opt[int64]{}
			diff := cmp.Diff(round.values[i], survey, sameAddresses())
			if diff != "" || !errors.Is(err, round.errs[i]) || errors.Is(err, errDeaf) != errors.Is(err, errMissed) {
				t.Errorf("unexpected survey of %q: %v (-want +got):\n%s", key, err, diff)
			}
		})
		if diff := cmp.Diff(round.order, order); diff != "" || err != nil {
			t.Fatalf("unexpected order: %v (-want +got):\n%s", err, diff)
		}
	}
	if got := statistics(t, s, keys...); len(got) != len(keys) || got[keys[0]].err != nil {
		t.Errorf("unexpected statistics: %+v", got)
	}
	if n, most := srv.Calls(libvirttest.ConnectOpen)-opened, 1+len(hung); n > most {
		t.Errorf("%d connections were opened, want at most %d", n, most)
	}
	srv.Change(func(d *libvirttest.Daemon) {
		again := withAgent(running(9, "vm-1"))
		again.UUID, again.XML = uuid(1), replace(again.XML, key(9), key(1))
		again.Addresses = d.Domains[0].Addresses
		d.Domains[0] = again
	})
	if got := surveys(t, s, keys[0])[keys[0]]; got.err != nil || len(got.value.Addresses) == 0 {
		t.Errorf("unexpected survey of another run: %+v, %v", got.value, got.err)
	}
	summaries(t, s)
	if len(s.agents.runs) != len(hung) {
		t.Errorf("unexpected deaf agents: %v", s.agents.runs)
	}
	srv.Change(func(d *libvirttest.Daemon) { d.Domains = nil })
	summaries(t, s)
	if len(s.agents.runs) > 0 {
		t.Errorf("unexpected deaf agents of those that are gone: %v", s.agents.runs)
	}
}

// TestSurveysMissed has something that does not come. The whole is an error then, until it does come.
func TestSurveysMissed(t *testing.T) {
	t.Parallel()
	vm := running(1, "vm")
	vm.Snapshots, vm.Addresses = 2, map[libvirttest.AddressSource][]libvirttest.Interface{libvirttest.Lease: eth0("10.0.0.1")}
	want := hv.Survey{Run: hv.Some(runOf(1)), Snapshots: hv.Some(2), Addresses: addresses("10.0.0.1")}
	tests := map[string]struct {
		proc  libvirttest.Proc
		loses bool
		err   error
	}{
		"the definition":            {libvirttest.DomainGetXMLDesc, false, errMissed},
		"the snapshots":             {libvirttest.DomainSnapshotNum, false, errMissed},
		"the snapshots, it is lost": {libvirttest.DomainSnapshotNum, true, errLost},
		"the addresses":             {libvirttest.DomainInterfaceAddrs, false, errMissed},
		"the addresses, it is lost": {libvirttest.DomainInterfaceAddrs, true, errLost},
		"the run":                   {libvirttest.DomainLookupByUUID, false, errMissed},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := libvirttest.Daemon{Domains: []libvirttest.Domain{vm}}
			if tt.loses {
				d.Hangup = map[libvirttest.Proc]bool{tt.proc: true}
			} else {
				d.Hang = func(p libvirttest.Proc, _ []libvirttest.Domain) bool { return p == tt.proc }
			}
			srv, s := fake(t, d)
			got := surveys(t, s, key(1))[key(1)]
			diff := cmp.Diff(hv.Survey{}, got.value, sameAddresses())
			if _, ill := s.mute.split([]string{key(1)}); diff != "" || !errors.Is(got.err, tt.err) || (len(ill) > 0) == tt.loses {
				t.Errorf("unexpected survey: %v, mute: %q (-want +got):\n%s", got.err, ill, diff)
			}
			srv.Change(func(d *libvirttest.Daemon) { d.Hang, d.Hangup = nil, nil })
			got = surveys(t, s, key(1))[key(1)]
			diff = cmp.Diff(want, got.value, sameAddresses())
			if _, ill := s.mute.split([]string{key(1)}); diff != "" || got.err != nil || len(ill) > 0 {
				t.Errorf("unexpected survey afterwards: %v, mute: %q (-want +got):\n%s", got.err, ill, diff)
			}
		})
	}
}

// TestSurveysNoTime has less time than an agent may take. It is not asked, and not thought to be deaf.
func TestSurveysNoTime(t *testing.T) {
	t.Parallel()
	d, keys := many(2)
	for i := range d.Domains {
		d.Domains[i] = withAgent(d.Domains[i])
		d.Domains[i].Addresses = map[libvirttest.AddressSource][]libvirttest.Interface{libvirttest.Agent: eth0("10.0.0.1")}
	}
	d.Domains[1].Addresses[libvirttest.ARP] = eth0("10.0.0.2")
	_, s := fake(t, d)
	s.bounds.short = patience
	got := surveys(t, s, keys...)
	if err := got[keys[0]].err; !errors.Is(err, errUnasked) || len(s.agents.runs) > 0 {
		t.Errorf("unexpected error: %v, deaf agents: %v", err, s.agents.runs)
	}
	other := got[keys[1]]
	if diff := cmp.Diff(addresses("10.0.0.2"), other.value.Addresses, sameAddresses()); diff != "" || other.err != nil {
		t.Errorf("unexpected addresses of one that others know: %v (-want +got):\n%s", other.err, diff)
	}
}

// TestSurveysGone has some that are not there.
func TestSurveysGone(t *testing.T) {
	t.Parallel()
	d, keys := many(1)
	_, s := fake(t, d)
	got := surveys(t, s, key(2), "nonsense", keys[0])
	for _, gone := range []string{key(2), "nonsense"} {
		if !errors.Is(got[gone].err, hv.ErrGone) {
			t.Errorf("unexpected error of %q: %v", gone, got[gone].err)
		}
	}
	if got[keys[0]].err != nil {
		t.Errorf("unexpected error of the one that is there: %v", got[keys[0]].err)
	}
}

// TestSurveysRestarted has one that is started again while it is looked at: what was read may be of either run.
func TestSurveysRestarted(t *testing.T) {
	t.Parallel()
	d, keys := many(1)
	d.After = func(p libvirttest.Proc, d *libvirttest.Daemon) {
		if p == libvirttest.DomainInterfaceAddrs {
			d.Domains[0].ID = 9
		}
	}
	_, s := fake(t, d)
	if got := surveys(t, s, keys...)[keys[0]]; !errors.Is(got.err, errRestarted) {
		t.Errorf("unexpected outcome: %+v, %v", got.value, got.err)
	}
}

// TestSurveysDeadline returns when the context is done.
func TestSurveysDeadline(t *testing.T) {
	t.Parallel()
	d, keys := many(4)
	_, s := fake(t, d)
	ctx, cancel := context.WithCancel(patiently(t))
	cancel()
	got, err := gather(t, func(yield func(string, hv.Survey, error)) error { return s.Surveys(ctx, keys, yield) })
	if !errors.Is(err, context.Canceled) || len(got) > 0 {
		t.Errorf("unexpected outcome: %v, %v", got, err)
	}
}

func TestParseAddresses(t *testing.T) {
	t.Parallel()
	type texts = [][]string
	var many []string
	for i := range maxAddresses + 1 {
		many = append(many, fmt.Sprintf("10.0.%d.%d", i/256, i%256))
	}
	tests := []struct {
		name   string
		ifaces texts
		want   []netip.Addr
	}{
		{"none", nil, nil},
		{"both families", texts{{"2001:db8::1", "10.0.0.1"}, {"2001:db8::2", "10.0.0.2"}}, addresses("10.0.0.1", "10.0.0.2", "2001:db8::1", "2001:db8::2")},
		{"a loopback interface", texts{{"127.0.0.1", "::1", "10.9.9.9"}, {"10.0.0.1"}}, addresses("10.0.0.1")},
		{"twice", texts{{"10.0.0.1", "10.0.0.1"}, {"::ffff:10.0.0.1"}}, addresses("10.0.0.1")},
		{"not for others", texts{{"fe80::1", "fe80::1%eth0", "169.254.0.1", "0.0.0.0", "::", "224.0.0.1", "ff02::1", "255.255.255.255"}}, nil},
		{"nonsense", texts{{"", "10.0.0", "10.0.0.1/24", "host", "10.0.0.1\n", "1.2.3.4"}}, addresses("1.2.3.4")},
		{"a zone", texts{{"fd00::1%eth0"}}, addresses("fd00::1")},
		{"more than are believed", texts{many}, addresses(many[:maxAddresses]...)},
	}
	for _, tt := range tests {
		var ifaces []lv.DomainInterface
		for _, list := range tt.ifaces {
			var iface lv.DomainInterface
			for _, text := range list {
				iface.Addrs = append(iface.Addrs, lv.DomainIPAddr{Addr: text})
			}
			ifaces = append(ifaces, iface)
		}
		if diff := cmp.Diff(tt.want, parseAddresses(ifaces), sameAddresses()); diff != "" {
			t.Errorf("%s: unexpected addresses (-want +got):\n%s", tt.name, diff)
		}
	}
}

// FuzzAddresses makes an interface of each line, and an address of each word in it. What is told is for others, and told once.
func FuzzAddresses(f *testing.F) {
	f.Add("127.0.0.1 ::1\n10.0.0.1 fe80::1%2 2001:db8::1\n::ffff:10.0.0.1")
	f.Add("10.0.0.1/8 0x7f.1 ::1%lo")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		var ifaces []lv.DomainInterface
		for line := range strings.Lines(text) {
			var iface lv.DomainInterface
			for _, word := range strings.Fields(line) {
				iface.Addrs = append(iface.Addrs, lv.DomainIPAddr{Addr: word})
			}
			ifaces = append(ifaces, iface)
		}
		got := parseAddresses(ifaces)
		if len(got) > maxAddresses {
			t.Errorf("%d addresses", len(got))
		}
		for i, a := range got {
			if !a.IsGlobalUnicast() || a.Zone() != "" || a.Is4In6() || slices.Contains(got[:i], a) || i > 0 && a.Is4() && got[i-1].Is6() {
				t.Errorf("unexpected address %v in %v", a, got)
			}
		}
	})
}
