package libvirt

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/libvirt/libvirttest"
)

// crowd has six virtual machines, of which three run, one of them transient.
func crowd() libvirttest.Daemon {
	transient := running(3, "transient")
	transient.Persistent = false
	auto := running(2, "auto")
	auto.AutoStart = true
	return libvirttest.Daemon{Type: "QEMU", Domains: []libvirttest.Domain{
		running(1, "on"), auto, transient, off(4, "off"), off(5, "down"), off(6, "out"),
	}}
}

// TestStatesInParts has more virtual machines than an answer can have, or more of them than fits into one.
func TestStatesInParts(t *testing.T) {
	t.Parallel()
	_, plain := fake(t, crowd())
	want := summaries(t, plain)
	const reply = 500 // octets: those of five, of six it is more
	tests := []struct {
		name   string
		change func(d *libvirttest.Daemon)
	}{
		{"by activity", func(d *libvirttest.Daemon) { d.Limit = 3 }},
		{"all but one", func(d *libvirttest.Daemon) { d.Limit = 5 }},
		{"too long", func(d *libvirttest.Daemon) { d.MaxReply = reply }},
		{"without bulk statistics", func(d *libvirttest.Daemon) {
			d.Limit = 3
			d.Unsupported = map[libvirttest.Proc]bool{libvirttest.ConnectGetAllStats: true}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := crowd()
			tt.change(&d)
			srv, s := fake(t, d)
			watch(t, s)
			for range 2 {
				if diff := cmp.Diff(want, summaries(t, s)); diff != "" {
					t.Errorf("unexpected summaries (-want +got):\n%s", diff)
				}
			}
			srv.Change(func(d *libvirttest.Daemon) { d.Limit, d.MaxReply = 0, 0 })
			before := srv.Calls(libvirttest.ConnectListAllDomains)
			if diff := cmp.Diff(want, summaries(t, s)); diff != "" {
				t.Errorf("unexpected summaries (-want +got):\n%s", diff)
			}
			if n := srv.Calls(libvirttest.ConnectListAllDomains) - before; n > 4 {
				t.Errorf("asked for %d lists once they are short enough again", n)
			}
		})
	}
}

// TestStatesInPartsAsksBriefly has names so long that a request with all of them would be longer than a daemon takes.
func TestStatesInPartsAsksBriefly(t *testing.T) {
	t.Parallel()
	const name = 1 << 20
	d := libvirttest.Daemon{Type: "QEMU", MaxReply: 24 * name}
	for n := range 40 {
		vm := off(n+1, itoa(n)+strings.Repeat("x", name))
		if n%2 == 0 {
			vm = running(n+1, vm.Name)
		}
		d.Domains = append(d.Domains, vm)
	}
	_, s := fake(t, d)
	watch(t, s)
	if got := summaries(t, s); len(got) != len(d.Domains) {
		t.Errorf("unexpected number of virtual machines: %d", len(got))
	}
}

// TestStatesInPartsByPersistence has more that run than an answer can have.
func TestStatesInPartsByPersistence(t *testing.T) {
	t.Parallel()
	d := crowd()
	d.Limit = 2
	d.Domains = d.Domains[:4]
	_, plain := fake(t, libvirttest.Daemon{Type: "QEMU", Domains: d.Domains})
	_, s := fake(t, d)
	watch(t, s)
	if diff := cmp.Diff(summaries(t, plain), summaries(t, s)); diff != "" {
		t.Errorf("unexpected summaries (-want +got):\n%s", diff)
	}
}

// TestStatesInPartsNot has what cannot be read in parts either. It is all or nothing.
func TestStatesInPartsNot(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		change  func(d *libvirttest.Daemon)
		watched bool
		lasts   bool // until an event comes
		want    []string
	}{
		{"too many of one kind", func(d *libvirttest.Daemon) { d.Limit = 2 }, true, true, []string{
			"divided as far as libvirt can list them apart, still too many virtual machines: " +
				"more virtual machines than libvirt's limit of 16384 for one answer",
			"Too many domains '3'",
		}},
		{"one is too long", func(d *libvirttest.Daemon) { d.MaxReply = 50 }, true, false, []string{"libvirt's limit of 32 MiB"}},
		{"nobody watches", func(d *libvirttest.Daemon) { d.Limit = 3 }, false, false, []string{
			"more virtual machines than libvirt's limit of 16384", "only while events come", "not watched",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := crowd()
			tt.change(&d)
			_, s := fake(t, d)
			if tt.watched {
				watch(t, s)
			}
			list, err := s.States(patiently(t))
			if err == nil || list != nil {
				t.Fatalf("unexpected list: %v, error: %v", list, err)
			}
			if got := errors.Is(err, hv.ErrTooMany); got != tt.lasts {
				t.Errorf("unexpected error: %v, is ErrTooMany: %t", err, got)
			}
			for _, text := range tt.want {
				if !strings.Contains(err.Error(), text) || strings.Contains(err.Error(), "\n") {
					t.Errorf("unexpected error: %v, want %q in it", err, text)
				}
			}
		})
	}
}

// TestStatesInPartsMoves has virtual machines change from one part to another, come and go, while the parts are read: after
// each of the requests in turn. The one that changes is never left out.
func TestStatesInPartsMoves(t *testing.T) {
	t.Parallel()
	const requests = 12 // more than there are
	moves := []struct {
		name string
		do   func(d *libvirttest.Daemon) (changed libvirttest.Domain, event int32)
		want string // who is to be there
	}{
		{"starts", func(d *libvirttest.Daemon) (libvirttest.Domain, int32) {
			d.Domains[3] = running(4, "off")
			return d.Domains[3], 2
		}, "off"},
		{"stops", func(d *libvirttest.Daemon) (libvirttest.Domain, int32) {
			d.Domains[0] = off(1, "on")
			return d.Domains[0], 5
		}, "on"},
		{"is undefined", func(d *libvirttest.Daemon) (libvirttest.Domain, int32) {
			d.Domains[0].Persistent = false
			return d.Domains[0], 1
		}, "on"},
		{"is defined", func(d *libvirttest.Daemon) (libvirttest.Domain, int32) {
			d.Domains[2].Persistent = true
			return d.Domains[2], 0
		}, "transient"},
	}
	for _, move := range moves {
		t.Run(move.name, func(t *testing.T) {
			t.Parallel()
			for after := range requests {
				got := moving(t, after+1, move.do, nil)
				if len(got) != len(crowd().Domains) {
					t.Errorf("after request %d: %d virtual machines: %v", after+1, len(got), got)
				}
				sum, there := got[move.want]
				if !there {
					t.Errorf("after request %d: %q was left out", after+1, move.want)
				}
				if sum.State != hv.StateRunning && sum.Active() || sum.State != hv.StateShutdown && !sum.Active() {
					t.Errorf("after request %d: unexpected summary: %+v", after+1, sum)
				}
			}
		})
	}
}

// moving reads the states of a crowd in parts, and has something happen after that many requests, of which an event tells
// before the answer comes.
func moving(
	t *testing.T, after int, happens func(d *libvirttest.Daemon) (libvirttest.Domain, int32), unsupported map[libvirttest.Proc]bool,
) map[string]hv.Summary {
	t.Helper()
	type event struct {
		of   libvirttest.Domain
		kind int32
	}
	happened, hold := make(chan event), make(chan struct{})
	d := crowd()
	d.Limit, d.Unsupported = 4, unsupported
	n := 0
	held := map[libvirttest.Proc]chan struct{}{libvirttest.ConnectListAllDomains: hold, libvirttest.ConnectGetAllStats: hold}
	d.Hold = held
	d.After = func(p libvirttest.Proc, d *libvirttest.Daemon) {
		if held[p] == nil {
			return
		}
		if n++; n == after {
			of, kind := happens(d)
			happened <- event{of, kind}
		}
	}
	srv, s := fake(t, d)
	watch(t, s)
	type outcome struct {
		list []hv.Summary
		err  error
	}
	done := make(chan outcome)
	go func() {
		list, err := s.States(patiently(t))
		done <- outcome{list, err}
	}()
	for {
		select {
		case e := <-happened:
			srv.Lifecycle(e.of, e.kind, 0)
		case hold <- struct{}{}:
		case o := <-done:
			if o.err != nil {
				t.Fatalf("failed to read the states: %v", o.err)
			}
			got := map[string]hv.Summary{}
			for _, sum := range o.list {
				got[sum.Name] = sum
			}
			return got
		}
	}
}

// TestStatesInPartsNewcomer has a virtual machine that nobody knew appear in a part that was read already, and another
// vanish from one that was.
func TestStatesInPartsNewcomer(t *testing.T) {
	t.Parallel()
	bulk := libvirttest.ConnectGetAllStats
	for name, unsupported := range map[string]map[libvirttest.Proc]bool{"bulk": nil, "one by one": {bulk: true}} {
		const afterActive = 5 // images, states, images again, all, those that run
		got := moving(t, afterActive, func(d *libvirttest.Daemon) (libvirttest.Domain, int32) {
			d.Domains = append(d.Domains[1:len(d.Domains):len(d.Domains)], running(9, "new"))
			return running(9, "new"), 2
		}, unsupported)
		if _, there := got["on"]; there {
			t.Errorf("%s: one that is gone is there: %v", name, got)
		}
		want := hv.Summary{Key: key(9), UUID: hv.UUID(uuid(9)), Name: "new", State: hv.StateRunning, Admin: hv.AdminRunning, Run: 10}
		if diff := cmp.Diff(want, got["new"]); diff != "" {
			t.Errorf("%s: unexpected summary (-want +got):\n%s", name, diff)
		}
	}
}

// TestStatesInPartsUnwatched loses the events while the parts are read. Then they may be no whole.
func TestStatesInPartsUnwatched(t *testing.T) {
	t.Parallel()
	d := crowd()
	d.Limit = 3
	hold := make(chan struct{})
	d.Hold = map[libvirttest.Proc]chan struct{}{libvirttest.ConnectListAllDomains: hold}
	_, s := fake(t, d)
	w := watch(t, s)
	failed := make(chan error, 1)
	go func() {
		_, err := s.States(patiently(t))
		failed <- err
	}()
	hold <- struct{}{} // the images
	hold <- struct{}{} // all
	w.cancel()
	if err := w.err(); err != nil {
		t.Fatalf("the watch ended: %v", err)
	}
	close(hold)
	if err := outcomeOf(t, failed); !errors.Is(err, errUnwatched) {
		t.Errorf("unexpected error: %v", err)
	}
}

// TestHasNumber proves that the limit is found in what libvirt says in any language, and not in a longer number.
func TestHasNumber(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text string
		want bool
	}{
		{"internal error: Too many domains '16385' for limit '16384'", true},
		{"16384", true},
		{"interner Fehler: 16384<16385", true},
		{"internal error: client socket of process 216384 is closed", false},
		{"163840", false},
		{"", false},
	}
	for _, tt := range tests {
		if got := hasNumber(tt.text, listLimit); got != tt.want {
			t.Errorf("hasNumber(%q) = %t, want %t", tt.text, got, tt.want)
		}
	}
}

// TestLookupAgain has a daemon that ends the connection when it is to look one up. It is looked up again, and nobody else in its
// place, as one without a UUID.
func TestLookupAgain(t *testing.T) {
	t.Parallel()
	hangup := func(d *libvirttest.Daemon) {
		d.Hangup = map[libvirttest.Proc]bool{libvirttest.DomainLookupByUUID: true}
		d.After = func(p libvirttest.Proc, d *libvirttest.Daemon) { delete(d.Hangup, p) }
	}
	d, keys := many(1)
	d.Domains = append(d.Domains, libvirttest.Domain{Name: "Domain-0", State: 1})
	d.Unsupported = map[libvirttest.Proc]bool{libvirttest.ConnectGetAllStats: true}
	srv, s := fake(t, d)
	srv.Change(hangup)
	if got, err := s.lookup(patiently(t), s.reading, keys[0]); got.Name != "vm-1" || err != nil {
		t.Errorf("unexpected virtual machine: %+v, %v", got, err)
	}
	srv.Change(hangup)
	if got := statistics(t, s, keys...)[keys[0]]; got.value.Run != hv.Some(runOf(1)) || got.value.CPUTime.Or(0) != 1001 || got.err != nil {
		t.Errorf("unexpected statistics: %+v, %v", got.value, got.err)
	}
	if n := srv.Calls(libvirttest.DomainLookupByUUID); n != 5 {
		t.Errorf("unexpected number of requests: %d", n)
	}
}
