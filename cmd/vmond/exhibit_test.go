package main

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/vmond/vmond/agentx"
	"github.com/vmond/vmond/cmd/internal/snmpdconf"
	"github.com/vmond/vmond/mib"
)

// A shelf is a stand that notes what is on it, for a master that takes all, or nothing.
type shelf struct {
	mu      sync.Mutex
	address string
	away    bool
	has     []agentx.Offer
	refuses bool
}

func (s *shelf) Offer(subtree mib.OID, _ func() mib.Tree) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if slices.ContainsFunc(s.has, func(o agentx.Offer) bool { return o.Subtree.Compare(subtree) == 0 }) {
		return
	}
	s.has = append(s.has, agentx.Offer{Subtree: subtree, Registered: !s.refuses})
}

func (s *shelf) Withdraw(subtree mib.OID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.has = slices.DeleteFunc(s.has, func(o agentx.Offer) bool { return o.Subtree.Compare(subtree) == 0 })
}

func (s *shelf) Status() agentx.Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	return agentx.Status{Address: s.address, Connected: !s.away, MasterPID: 4711, Offers: slices.Clone(s.has)}
}

// A found is what is found out about snmpd.
type found struct {
	place snmpdconf.Place
	taken bool
	err   error
}

// exhibited starts an exhibit on a shelf in the test's bubble, of which found tells.
func exhibited(t *testing.T, s *shelf, f *found, wanted bool) (*exhibit, *observer.ObservedLogs) {
	t.Helper()
	core, logs := observer.New(zapcore.InfoLevel)
	e := newExhibit(s, func() mib.Tree { return nil }, wanted, zap.New(core))
	e.extends = func(pid int, name string) (snmpdconf.Place, bool, error) {
		if pid != 4711 || name != "hv-monitor" {
			t.Errorf("unexpected question for the extend %q of process %d", name, pid)
		}
		return f.place, f.taken, f.err
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- e.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("unexpected error: %v", err)
		}
	})
	synctest.Wait()
	return e, logs
}

// TestExhibit proves when the document is offered, what is told of that, and that each change of it is logged once.
func TestExhibit(t *testing.T) {
	t.Parallel()
	const (
		blind   = "it is not known whether snmpd has an extend of this name, the document is served by AgentX"
		offered = "offered"
		taken   = `snmpd has an extend "hv-monitor" itself: /etc/snmp/snmpd.conf:7`
		moved   = `snmpd has an extend "hv-monitor" itself: /x:1`
	)
	mine := snmpdconf.Place{File: "/etc/snmp/snmpd.conf", Line: 7}
	denied := errors.New("permission denied")
	tests := []struct {
		name   string
		steps  []found
		served bool
		why    string
		log    []string
		// unknown is why it is not known whether snmpd has one.
		unknown string
	}{
		{"free", []found{{}, {}}, true, "", []string{offered}, ""},
		{"taken", []found{{mine, true, nil}, {mine, true, nil}}, false, taken, []string{taken}, ""},
		{"taken later", []found{{}, {mine, true, nil}}, false, taken, []string{offered, taken}, ""},
		{"freed", []found{{mine, true, nil}, {}, {}}, true, "", []string{taken, offered}, ""},
		{"not known", []found{{err: denied}, {err: denied}}, true, "", []string{blind, offered}, "permission denied"},
		{"not known any more", []found{{mine, true, nil}, {err: denied}}, true, "", []string{taken, blind, offered}, "permission denied"},
		{"known", []found{{err: denied}, {}}, true, "", []string{blind, offered}, ""},
		{"not known for another reason", []found{{err: denied}, {err: errors.New("two")}}, true, "", []string{blind, offered, blind}, "two"},
		{"at another place", []found{{mine, true, nil}, {snmpdconf.Place{File: "/x", Line: 1}, true, nil}}, false, moved, []string{taken, moved}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, now := &shelf{}, tt.steps[0]
				e, logs := exhibited(t, s, &now, true)
				for _, step := range tt.steps[1:] {
					now = step
					e.ring()
					synctest.Wait()
				}
				served, why := e.served(s.Status())
				if served != tt.served || why != tt.why {
					t.Errorf("served: %t, %q; want %t, %q", served, why, tt.served, tt.why)
				}
				if unknown := e.extendUnknown(); unknown != tt.unknown {
					t.Errorf("it is not known whether there is an extend: %q, want %q", unknown, tt.unknown)
				}
				if offered := len(s.Status().Offers); (offered == 2) != tt.served || offered == 1 {
					t.Errorf("%d regions are offered", offered)
				}
				var log []string
				for _, entry := range logs.All() {
					log = append(log, logged(entry))
					if want := entry.Message == blind; (entry.Level == zapcore.WarnLevel) != want {
						t.Errorf("%q is logged at level %v", entry.Message, entry.Level)
					}
				}
				if diff := cmp.Diff(tt.log, log); diff != "" {
					t.Errorf("unexpected log (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// logged returns what an entry says: that the document is offered, why not, or something else.
func logged(entry observer.LoggedEntry) string {
	facts := entry.ContextMap()
	switch offered, ok := facts["offered"].(bool); {
	case !ok:
		return entry.Message
	case offered:
		return "offered"
	}
	return facts["reason"].(string)
}

// TestExhibitMeets proves that a master that is met has nothing before it is known what it has itself.
func TestExhibitMeets(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{}
		e, _ := exhibited(t, s, &found{}, true)
		e.meet()
		if offers := s.Status().Offers; len(offers) != 0 {
			t.Errorf("unexpected offers %+v before the master was considered", offers)
		}
		synctest.Wait()
		if offers := s.Status().Offers; len(offers) != 2 {
			t.Errorf("unexpected offers %+v after it was", offers)
		}
	})
}

// TestExhibitMeetsAnother proves that a master is not offered what was found out of its predecessor.
func TestExhibitMeetsAnother(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{}
		e, _ := exhibited(t, s, &found{}, true)
		asked, answer := make(chan struct{}), make(chan struct{})
		e.extends = func(int, string) (snmpdconf.Place, bool, error) {
			asked <- struct{}{}
			<-answer
			return snmpdconf.Place{}, false, nil
		}
		e.meet()
		<-asked
		e.meet()
		answer <- struct{}{}
		<-asked
		if offers := s.Status().Offers; len(offers) != 0 {
			t.Errorf("unexpected offers %+v before the second was considered", offers)
		}
		answer <- struct{}{}
		synctest.Wait()
		if offers := s.Status().Offers; len(offers) != 2 {
			t.Errorf("unexpected offers %+v after it was", offers)
		}
	})
}

// TestExhibitWanted proves that the configuration goes before all, and is in effect at once.
func TestExhibitWanted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{}
		e, _ := exhibited(t, s, &found{}, false)
		for _, wanted := range []bool{false, true, false} {
			e.configure(wanted)
			synctest.Wait()
			served, why := e.served(s.Status())
			if served != wanted || (why == "") != wanted {
				t.Errorf("wanted: %t, served: %t, %q", wanted, served, why)
			}
		}
		if offers := s.Status().Offers; len(offers) != 0 {
			t.Errorf("unexpected offers %+v", offers)
		}
	})
}

// TestExhibitNotWanted proves that nothing is said of an extend where the document is not to be served.
func TestExhibitNotWanted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{}
		e, _ := exhibited(t, s, &found{err: errors.New("permission denied")}, true)
		e.configure(false)
		synctest.Wait()
		if unknown := e.extendUnknown(); unknown != "" {
			t.Errorf("it is not known whether there is an extend: %q", unknown)
		}
	})
}

// TestExhibitWantedLater proves what is told if it is wanted while the master is away.
func TestExhibitWantedLater(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{away: true}
		e, _ := exhibited(t, s, &found{}, false)
		e.configure(true)
		synctest.Wait()
		if served, why := e.served(s.Status()); served || why != notOffered {
			t.Errorf("served: %t, %q, want %q", served, why, notOffered)
		}
	})
}

// TestExhibitElsewhere proves that nobody looks into the files of this host for a master on another one.
func TestExhibitElsewhere(t *testing.T) {
	t.Parallel()
	for address, elsewhere := range map[string]bool{
		"unix:/var/agentx/master": false, "tcp:localhost:705": false, "tcp:127.0.0.2:705": false, "tcp:[::1]:705": false,
		"tcp:192.0.2.1:705": true, "tcp:[2001:db8::1]:705": true, "tcp:example.net:705": true,
	} {
		t.Run(address, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := &shelf{address: address}
				e, _ := exhibited(t, s, &found{taken: true}, true)
				if served, why := e.served(s.Status()); served != elsewhere {
					t.Errorf("served: %t, %q", served, why)
				}
				want := ""
				if elsewhere {
					want = "the master is not on this host"
				}
				if unknown := e.extendUnknown(); unknown != want {
					t.Errorf("it is not known whether there is an extend: %q, want %q", unknown, want)
				}
			})
		})
	}
}

// TestExhibitWaits proves that nothing is offered before there is a master to ask about, and what is told then.
func TestExhibitWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{away: true}
		e, _ := exhibited(t, s, &found{taken: true}, true)
		if _, why := e.served(s.Status()); why != notOffered || len(s.has) != 0 {
			t.Errorf("%d offers, %q", len(s.has), why)
		}
		s.mu.Lock()
		s.away, s.refuses = false, true
		s.mu.Unlock()
		e.extends = func(int, string) (snmpdconf.Place, bool, error) { return snmpdconf.Place{}, false, nil }
		e.ring()
		synctest.Wait()
		if ok, why := e.served(s.Status()); ok || why != notRegistered {
			t.Errorf("served: %t, %q, want %q", ok, why, notRegistered)
		}
		s.mu.Lock()
		s.away = true
		s.mu.Unlock()
		if ok, why := e.served(s.Status()); ok || why != notOffered {
			t.Errorf("served without a master: %t, %q", ok, why)
		}
	})
}
