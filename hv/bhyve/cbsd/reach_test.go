package cbsd

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// alike compares what is there with what should be, addresses by their texts.
func alike(t *testing.T, what, want string, reach Reach) {
	t.Helper()
	texts := []string{}
	for _, a := range reach.Addresses {
		texts = append(texts, a.String())
	}
	check(t, what, want, strings.Join(texts, ",")+"|"+reach.VNC)
}

// TestParseReach proves what is made of a row: addresses as somebody has set them, and a frame buffer that is there.
func TestParseReach(t *testing.T) {
	t.Parallel()
	for row, want := range map[string]string{
		"10.0.0.11|127.0.0.1|5901|1":                        "10.0.0.11|127.0.0.1:5901",
		"10.0.0.11/24|0.0.0.0|5901|1":                       "10.0.0.11|0.0.0.0:5901",
		"10.0.0.11/24, 2001:db8::1/64,192.0.2.1|::1|5901|1": "10.0.0.11,2001:db8::1,192.0.2.1|[::1]:5901",
		"DHCP|127.0.0.1|0|1":                                "|",
		"REALDHCP|127.0.0.1|5901|0":                         "|",
		"0|0|5901|1":                                        "|:5901",
		"|||":                                               "|",
		"DHCPv6,10.0.0.11|127.0.0.1|65536|1":                "10.0.0.11|",
		"10.0.0.256,10.0.0.11|127.0.0.1|5901x|1":            "10.0.0.11|",
		"127.0.0.1,0.0.0.0,::,::1,10.0.0.11|127.0.0.1|-1|1": "10.0.0.11|",
		",,/24,10.0.0.11/,10.0.0.12/x|127.0.0.1|5901|":      "10.0.0.11,10.0.0.12|127.0.0.1:5901",
		"10.0.0.11:10.0.0.12|127.0.0.1|5901|1":              "|127.0.0.1:5901",
	} {
		alike(t, "reach of "+row, want, parseReach(strings.Split(row, "|")))
	}
}

// TestReach proves that it is read anew only once the tables were written, and not known while they cannot be read.
func TestReach(t *testing.T) {
	t.Parallel()
	h := host(t)
	g := wantGuests()[0]
	r := NewReader(h)
	says := func(answer string, err error) { h.SetProgram(queryReach(g).Argv, []byte(answer), err) }
	changes := func(at time.Time) { h.SetStat(g.tables(), freebsd.Stat{Size: 4096, Modified: at}) }
	steps := []struct {
		name string
		do   func()
		want string
		fail bool
		runs int
	}{
		{"never recorded", func() {}, "|", true, 1},
		{"the database is busy", func() { says("", nil) }, "|", true, 1},
		{"it can be read", func() { says("10.0.0.11|127.0.0.1|5901|1\n|||\n", nil) }, "10.0.0.11|127.0.0.1:5901", false, 1},
		{"again", func() { says("", nil) }, "10.0.0.11|127.0.0.1:5901", false, 0},
		{"written since", func() {
			changes(written.Add(time.Minute))
			says("DHCP|127.0.0.1|0|1\n|||\n", nil)
		}, "|", false, 1},
		{"written since, and it fails", func() {
			changes(written.Add(2 * time.Minute))
			says("10.0.0.11|127.0.0.1|5901|1\n|||\n", errors.New("exit status 1"))
		}, "|", true, 1},
		{"no row", func() { says("|||\n", nil) }, "|", false, 1},
		{"no tables", func() { h.Remove(g.tables()) }, "|", true, 0},
	}
	for _, step := range steps {
		step.do()
		got, err := r.Reach(t.Context(), g)
		alike(t, step.name, step.want, got)
		if (err != nil) != step.fail {
			t.Errorf("%s: unexpected error %v", step.name, err)
		}
		if runs := h.took(); len(runs) != step.runs {
			t.Errorf("%s: unexpected programs %q", step.name, runs)
		}
	}
}

// TestReachForgets proves that who is gone and comes back is read anew.
func TestReachForgets(t *testing.T) {
	t.Parallel()
	h := host(t)
	g := wantGuests()[0]
	r := NewReader(h)
	h.SetProgram(queryReach(g).Argv, []byte("10.0.0.11|127.0.0.1|5901|1\n|||\n"), nil)
	read := func() Reach {
		t.Helper()
		reach, err := r.Reach(t.Context(), g)
		if err != nil {
			t.Fatal(err)
		}
		return reach
	}
	alike(t, "reach", "10.0.0.11|127.0.0.1:5901", read())
	r.forget(nil)
	h.SetProgram(queryReach(g).Argv, []byte("10.0.0.12|127.0.0.1|5901|1\n|||\n"), nil)
	alike(t, "reach of one that came back", "10.0.0.12|127.0.0.1:5901", read())
}

// FuzzReach reads a row with whatever is in it: what is understood are addresses that can be a guest's, each once more the same, and a port.
func FuzzReach(f *testing.F) {
	f.Fuzz(func(t *testing.T, list, bind, port, frameBuffer string) {
		reach := parseReach([]string{list, bind, port, frameBuffer})
		var texts []string
		for _, a := range reach.Addresses {
			if !a.IsValid() || a.IsUnspecified() || a.IsLoopback() {
				t.Errorf("%q has the address %v", list, a)
			}
			texts = append(texts, a.String())
		}
		again := parseAddresses(strings.Join(texts, ","))
		if len(again) != len(texts) {
			t.Errorf("%q has %d addresses, and its addresses are %d", list, len(texts), len(again))
		}
		if reach.VNC != "" && (!strings.HasSuffix(reach.VNC, ":"+port) || frameBuffer == none) {
			t.Errorf("the frame buffer of %q, %q and %q is at %q", bind, port, frameBuffer, reach.VNC)
		}
	})
}

// TestReachZone proves that an address has no zone, which is of the guest and may have anything in it.
func TestReachZone(t *testing.T) {
	t.Parallel()
	check(t, "address", "fe80::1", parseAddresses("fe80::1%vtnet0/64")[0].String())
	check(t, "address of IPv4 in IPv6", netip.MustParseAddr("::ffff:10.0.0.1").String(), parseAddresses("::ffff:10.0.0.1")[0].String())
}
