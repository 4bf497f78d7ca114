package libvirt

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/libvirt/libvirttest"
)

// someDaemon has virtual machines that differ in all that a summary tells.
func someDaemon() libvirttest.Daemon {
	auto, transient, saved := running(2, "auto"), running(3, "transient"), off(5, "saved")
	auto.AutoStart, transient.Persistent, saved.Saved = true, false, true
	xen := libvirttest.Domain{Name: "Domain-0", ID: 0, State: 1, Persistent: true}
	return libvirttest.Daemon{
		Type: "QEMU", Version: 7002022, LibVersion: 9000000, HostCPUs: 2,
		Domains: []libvirttest.Domain{running(1, "on"), auto, transient, off(4, "off"), saved, xen},
	}
}

// someSummaries are the summaries of someDaemon's virtual machines.
func someSummaries() map[string]hv.Summary {
	return map[string]hv.Summary{
		"on": {
			Key: key(1), UUID: hv.UUID(uuid(1)), Name: "on", State: hv.StateRunning, Admin: hv.AdminRunning,
			AutoStart: hv.No, Persistent: hv.Yes, Run: 2,
		},
		"auto": {
			Key: key(2), UUID: hv.UUID(uuid(2)), Name: "auto", State: hv.StateRunning, Admin: hv.AdminRunning,
			AutoStart: hv.Yes, Persistent: hv.Yes, Run: 3,
		},
		"transient": {
			Key: key(3), UUID: hv.UUID(uuid(3)), Name: "transient", State: hv.StateRunning, Admin: hv.AdminRunning,
			AutoStart: hv.No, Persistent: hv.No, Run: 4,
		},
		"off": {
			Key: key(4), UUID: hv.UUID(uuid(4)), Name: "off", State: hv.StateShutdown, Admin: hv.AdminShutdown,
			AutoStart: hv.No, Persistent: hv.Yes,
		},
		"saved": {
			Key: key(5), UUID: hv.UUID(uuid(5)), Name: "saved", State: hv.StateSuspended, Admin: hv.AdminSuspended,
			AutoStart: hv.No, Persistent: hv.Yes,
		},
		"Domain-0": {
			Key: "name:Domain-0", Name: "Domain-0", State: hv.StateRunning, Admin: hv.AdminRunning,
			AutoStart: hv.No, Persistent: hv.Yes, Run: 1,
		},
	}
}

func TestStates(t *testing.T) {
	t.Parallel()
	srv, s := fake(t, someDaemon())
	before := 0
	for _, want := range []int{5, 4} { // the first time it is not known who is persistent
		if diff := cmp.Diff(someSummaries(), summaries(t, s)); diff != "" {
			t.Errorf("unexpected summaries (-want +got):\n%s", diff)
		}
		asked := srv.Calls(libvirttest.ConnectListAllDomains) + srv.Calls(libvirttest.ConnectGetAllStats)
		if asked-before != want || srv.Calls(libvirttest.DomainGetState) != 0 {
			t.Errorf("unexpected number of requests: want %d, got %d", want, asked-before)
		}
		before = asked
	}
}

// TestStatesOfOneThatEnds has a transient virtual machine end between the states and the list of those who are transient: it is
// never told to be persistent, whether it was known before or not, and the others are told as ever.
func TestStatesOfOneThatEnds(t *testing.T) {
	t.Parallel()
	for _, known := range []bool{false, true} {
		t.Run("known before "+strconv.FormatBool(known), func(t *testing.T) {
			t.Parallel()
			srv, s := fake(t, someDaemon())
			if known {
				summaries(t, s)
			}
			srv.Change(func(d *libvirttest.Daemon) {
				d.After = func(p libvirttest.Proc, d *libvirttest.Daemon) {
					if p == libvirttest.ConnectGetAllStats {
						d.Domains = slices.DeleteFunc(slices.Clone(d.Domains), func(dom libvirttest.Domain) bool {
							return dom.Name == "transient"
						})
					}
				}
			})
			want := someSummaries()
			ended := want["transient"]
			ended.Persistent = hv.Unknown
			want["transient"] = ended
			if diff := cmp.Diff(want, summaries(t, s)); diff != "" {
				t.Errorf("unexpected summaries (-want +got):\n%s", diff)
			}
		})
	}
}

// TestStatesOneByOne has a driver without bulk statistics.
func TestStatesOneByOne(t *testing.T) {
	t.Parallel()
	d := someDaemon()
	d.Unsupported = map[libvirttest.Proc]bool{libvirttest.ConnectGetAllStats: true}
	srv, s := fake(t, d)
	for range 2 {
		if diff := cmp.Diff(someSummaries(), summaries(t, s)); diff != "" {
			t.Errorf("unexpected summaries (-want +got):\n%s", diff)
		}
	}
	if got := srv.Calls(libvirttest.ConnectGetAllStats); got != 1 {
		t.Errorf("what the driver does not have was asked %d times", got)
	}
}

// TestStatesUnknownFlags has a driver that cannot filter.
func TestStatesUnknownFlags(t *testing.T) {
	t.Parallel()
	d := someDaemon()
	d.Unsupported = map[libvirttest.Proc]bool{libvirttest.ConnectListAllDomains: true}
	_, s := fake(t, d)
	got := summaries(t, s)
	if len(got) != len(d.Domains) {
		t.Fatalf("unexpected number of virtual machines: %d", len(got))
	}
	if on := got["on"]; on.AutoStart != hv.Unknown || on.Persistent != hv.Unknown || on.State != hv.StateRunning {
		t.Errorf("unexpected summary: %+v", on)
	}
	if off := got["off"]; off.Persistent != hv.Yes {
		t.Errorf("a virtual machine that is off is not said to be persistent: %+v", off)
	}
}

// TestStatesSick has one that does not answer: it is in the list nevertheless, and so are all others.
func TestStatesSick(t *testing.T) {
	t.Parallel()
	d := someDaemon()
	d.Unsupported = map[libvirttest.Proc]bool{libvirttest.ConnectGetAllStats: true}
	d.Hang = func(p libvirttest.Proc, about []libvirttest.Domain) bool {
		return p == libvirttest.DomainGetState && about[0].Name == "auto"
	}
	d.Fail = func(p libvirttest.Proc, about []libvirttest.Domain) error {
		if p == libvirttest.DomainGetState && about[0].Name == "transient" {
			return libvirttest.Error{Code: libvirttest.CodeInternal, Message: "monitor failed"}
		}
		return nil
	}
	_, s := fake(t, d)
	want := someSummaries()
	for _, name := range []string{"auto", "transient"} {
		sum := want[name]
		sum.State, sum.Admin = hv.StateUnknown, hv.AdminUnknown
		want[name] = sum
	}
	if diff := cmp.Diff(want, summaries(t, s)); diff != "" {
		t.Errorf("unexpected summaries (-want +got):\n%s", diff)
	}
}

// TestStatesGone has one that vanishes between the list and the question for its state.
func TestStatesGone(t *testing.T) {
	t.Parallel()
	d := someDaemon()
	d.Unsupported = map[libvirttest.Proc]bool{libvirttest.ConnectGetAllStats: true}
	d.Fail = func(p libvirttest.Proc, about []libvirttest.Domain) error {
		if p == libvirttest.DomainGetState && about[0].Name == "off" {
			return libvirttest.Error{Code: libvirttest.CodeNoDomain, Message: "no domain"}
		}
		return nil
	}
	_, s := fake(t, d)
	got := summaries(t, s)
	if _, there := got["off"]; there || len(got) != len(d.Domains)-1 {
		t.Errorf("unexpected summaries: %v", got)
	}
}

// TestStatesAllDeaf has a daemon that answers only about all.
func TestStatesAllDeaf(t *testing.T) {
	t.Parallel()
	d := someDaemon()
	d.Unsupported = map[libvirttest.Proc]bool{libvirttest.ConnectGetAllStats: true}
	d.Hang = func(p libvirttest.Proc, _ []libvirttest.Domain) bool { return p == libvirttest.DomainGetState }
	_, s := fake(t, d)
	if _, err := s.States(patiently(t)); !errors.Is(err, errMissed) {
		t.Errorf("unexpected error: %v", err)
	}
}

// TestStatesRace changes the world between the requests of one reading.
func TestStatesRace(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		after int // the request about all after which it happens
		what  func(d *libvirttest.Daemon)
		check func(t *testing.T, got map[string]hv.Summary)
	}{
		{"a new one after the states", 2, func(d *libvirttest.Daemon) {
			d.Domains = append(d.Domains, running(9, "new"))
		}, func(t *testing.T, got map[string]hv.Summary) {
			if sum, there := got["new"]; there {
				t.Errorf("a virtual machine without a state: %+v", sum)
			}
		}},
		{"a new one before the states", 1, func(d *libvirttest.Daemon) {
			d.Domains = append(d.Domains, running(9, "new"))
		}, func(t *testing.T, got map[string]hv.Summary) {
			if got["new"].Persistent != hv.Yes || got["new"].State != hv.StateRunning {
				t.Errorf("unexpected summary: %+v", got["new"])
			}
		}},
		{"saved before the states", 1, func(d *libvirttest.Daemon) {
			d.Domains[0].ID, d.Domains[0].State, d.Domains[0].Reason, d.Domains[0].Saved = -1, 5, 5, true
		}, func(t *testing.T, got map[string]hv.Summary) {
			if got["on"].State != hv.StateSuspended {
				t.Errorf("unexpected summary: %+v", got["on"])
			}
		}},
		{"off and gone after the states", 2, func(d *libvirttest.Daemon) {
			d.Domains = d.Domains[:3]
		}, func(t *testing.T, got map[string]hv.Summary) {
			if got["off"].Persistent != hv.Yes {
				t.Errorf("unexpected summary: %+v", got["off"])
			}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := someDaemon()
			n := 0
			d.After = func(p libvirttest.Proc, d *libvirttest.Daemon) {
				if p != libvirttest.ConnectListAllDomains && p != libvirttest.ConnectGetAllStats {
					return
				}
				if n++; n == tt.after {
					d.Domains = append([]libvirttest.Domain(nil), d.Domains...)
					tt.what(d)
				}
			}
			_, s := fake(t, d)
			tt.check(t, summaries(t, s))
		})
	}
}

// TestStatesTooMany has more virtual machines than an answer can hold.
func TestStatesTooMany(t *testing.T) {
	t.Parallel()
	d := someDaemon()
	d.Fail = func(p libvirttest.Proc, _ []libvirttest.Domain) error {
		if p != libvirttest.ConnectListAllDomains {
			return nil
		}
		return libvirttest.Error{Code: libvirttest.CodeInternal, Message: "Too many domains '16385' for limit '16384'"}
	}
	_, s := fake(t, d)
	_, err := s.States(patiently(t))
	if err == nil || !strings.Contains(err.Error(), "more virtual machines than libvirt's limit of 16384") {
		t.Errorf("unexpected error: %v", err)
	}
}

// TestStatesForgets makes sure that nothing is remembered of a virtual machine that is gone.
func TestStatesForgets(t *testing.T) {
	t.Parallel()
	srv, s := fake(t, someDaemon())
	definitions(t, s, key(1), key(2))
	s.busy.mark(key(1))
	s.sick.set(key(1), true)
	srv.Change(func(d *libvirttest.Daemon) { d.Domains = d.Domains[1:] })
	summaries(t, s)
	_, known := s.roster.get(key(1))
	marked, _ := s.busy.get(key(1), time.Time{})
	_, ill := s.sick.split([]string{key(1)})
	if known || marked || len(ill) > 0 {
		t.Errorf("remembered: devices %t, job %t, sickness %q", known, marked, ill)
	}
	if _, known := s.roster.get(key(2)); !known {
		t.Errorf("the devices of one that is still there were forgotten")
	}
}
