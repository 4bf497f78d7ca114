package agentx

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/posteo/go-agentx/pdu"
	"go.uber.org/zap/zaptest/observer"

	"github.com/vmond/vmond/agentx/agentxtest"
	"github.com/vmond/vmond/mib"
)

func TestOpenAndRegister(t *testing.T) {
	t.Parallel()
	r := serve(t, func(c *Config) { c.Description = "vmond, monitors virtual machines" })
	if got := r.master.Await(pdu.TypeOpen); got.Description != "vmond, monitors virtual machines" || len(got.ID) != 0 || got.Timeout != 0 {
		t.Errorf("unexpected Open: %+v", got)
	}
	got := r.master.Await(pdu.TypeRegister)
	if got.Subtree.Compare(subtree) != 0 || got.Priority != defaultPriority || got.RangeSubID != 0 || got.Flags != 0 {
		t.Errorf("unexpected Register: %+v", got)
	}
}

// TestPriority looks at what Register says, and at Unregister, which must say the same.
func TestPriority(t *testing.T) {
	tests := []struct {
		name     string
		priority uint8
		want     uint8
	}{
		{name: "no_priority_of_ours_is_that_of_everyone", priority: 0, want: 127},
		{name: "highest_priority_is_registered_and_unregistered", priority: 1, want: 1},
		{name: "lowest_priority_is_registered_and_unregistered", priority: 255, want: 255},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, _ *rig, _ *observer.ObservedLogs) {
				m := agentxtest.NewPipe(t)
				r := prepare(t, m, func(c *Config) { c.Priority = tt.priority })
				r.sub.dial = m.Dial
				r.live(t)
				for _, p := range append(m.All(pdu.TypeRegister), m.All(pdu.TypeUnregister)...) {
					if p.Priority != tt.want {
						t.Errorf("unexpected priority of %v: %d, want %d", p.Type, p.Priority, tt.want)
					}
				}
			})
		})
	}
}

// TestAskedOnce has a master that thinks a while about a region, and asks for things meanwhile.
func TestAskedOnce(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig, _ *observer.ObservedLogs) {
		r.master.Ignore(pdu.TypeRegister, 1)
		r.run(t)
		s := r.master.Opened()
		for range 3 {
			s.Do(get("1.1.0"))
			synctest.Wait()
		}
		if got := r.master.Count(pdu.TypeRegister); got != 1 {
			t.Errorf("unexpected number of Registers before the first is answered: %d, want 1", got)
		}
	})
}

// TestWanted changes what is wanted in a session, looks at what the master then has, and looks again after it came back.
func TestWanted(t *testing.T) {
	one := Capability{ID: at("2.1"), Description: "one"}
	two := Capability{ID: at("2.2"), Description: "two"}
	tests := []struct {
		name         string
		change       func(s *Subagent)
		regions      []string
		capabilities []string
	}{
		{
			name:         "nothing_more",
			change:       func(*Subagent) {},
			regions:      []string{at("").String()},
			capabilities: []string{one.ID.String()},
		},
		{
			name:         "one_more_region",
			change:       func(s *Subagent) { s.Register(mib.MustOID("1.3.6.1.4.1.8072")) },
			regions:      []string{at("").String(), "1.3.6.1.4.1.8072"},
			capabilities: []string{one.ID.String()},
		},
		{
			name: "one_region_for_another",
			change: func(s *Subagent) {
				s.Unregister(at(""))
				s.Register(mib.MustOID("1.3.6.1.4.1.8072"))
			},
			regions:      []string{"1.3.6.1.4.1.8072"},
			capabilities: []string{one.ID.String()},
		},
		{
			name:         "one_more_capability",
			change:       func(s *Subagent) { s.AddAgentCaps(two) },
			regions:      []string{at("").String()},
			capabilities: []string{one.ID.String(), two.ID.String()},
		},
		{
			name:    "one_capability_less",
			change:  func(s *Subagent) { s.RemoveAgentCaps(one.ID) },
			regions: []string{at("").String()},
		},
		{
			name: "what_is_there_already_once_more",
			change: func(s *Subagent) {
				s.Register(at(""))
				s.AddAgentCaps(one)
			},
			regions:      []string{at("").String()},
			capabilities: []string{one.ID.String()},
		},
		{
			name: "what_is_not_there_less",
			change: func(s *Subagent) {
				s.Unregister(at("7"))
				s.RemoveAgentCaps(two.ID)
			},
			regions:      []string{at("").String()},
			capabilities: []string{one.ID.String()},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig, _ *observer.ObservedLogs) {
				r.sub.AddAgentCaps(one)
				r.run(t)
				s := r.master.Session()
				s.AwaitCapabilities(1)
				tt.change(r.sub)
				synctest.Wait()
				for _, when := range []string{"at once", "after the master came back"} {
					if diff := cmp.Diff(tt.regions, s.AwaitRegions(len(tt.regions))); diff != "" {
						t.Errorf("unexpected regions %s (-want +got):\n%s", when, diff)
					}
					if diff := cmp.Diff(tt.capabilities, s.AwaitCapabilities(len(tt.capabilities)), cmpopts.EquateEmpty()); diff != "" {
						t.Errorf("unexpected capabilities %s (-want +got):\n%s", when, diff)
					}
					if !r.sub.Status().Registered {
						t.Errorf("not registered %s", when)
					}
					r.master.Stop()
					r.master.Start()
					s = r.master.Session()
					synctest.Wait()
				}
			})
		})
	}
}

// TestRemovalOfWhatTheMasterForgot counts as done.
func TestRemovalOfWhatTheMasterForgot(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig, _ *observer.ObservedLogs) {
		r.master.Refuse(pdu.TypeUnregister, pdu.ErrorUnknownRegistration, 1)
		r.master.Refuse(pdu.TypeRemoveAgentCaps, pdu.ErrorUnknownAgentCaps, 1)
		r.sub.Register(at("7.7"))
		r.sub.AddAgentCaps(Capability{ID: at("2.1")})
		r.run(t)
		r.master.Session().AwaitCapabilities(1)
		synctest.Wait()
		r.sub.Unregister(at("7.7"))
		r.sub.RemoveAgentCaps(at("2.1"))
		pass(time.Minute)
		for _, typ := range []pdu.Type{pdu.TypeUnregister, pdu.TypeRemoveAgentCaps} {
			if got := r.master.Count(typ); got != 1 {
				t.Errorf("unexpected number of %v: %d, want 1", typ, got)
			}
		}
	})
}

// TestUnregisterIsTriedAgain when the master refuses it.
func TestUnregisterIsTriedAgain(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig, _ *observer.ObservedLogs) {
		r.master.Refuse(pdu.TypeUnregister, pdu.ErrorProcessing, 3)
		r.sub.Register(at("7.7"))
		r.run(t)
		s := r.master.Session()
		s.AwaitRegions(2)
		r.sub.Unregister(at("7.7"))
		if diff := cmp.Diff([]string{at("").String()}, s.AwaitRegions(1)); diff != "" {
			t.Errorf("unexpected regions (-want +got):\n%s", diff)
		}
	})
}

func TestChangedDescriptionReplacesTheCapability(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig, _ *observer.ObservedLogs) {
		r.sub.AddAgentCaps(Capability{ID: at("2.1"), Description: "old"})
		r.run(t)
		s := r.master.Session()
		s.AwaitCapabilities(1)
		synctest.Wait()
		r.sub.RemoveAgentCaps(at("2.1"))
		r.sub.AddAgentCaps(Capability{ID: at("2.1"), Description: "new"})
		synctest.Wait()
		s.AwaitCapabilities(1)
		r.master.Await(pdu.TypeRemoveAgentCaps)
		r.master.Await(pdu.TypeAddAgentCaps)
		if got := r.master.Await(pdu.TypeAddAgentCaps).Description; got != "new" {
			t.Errorf("unexpected description: %q", got)
		}
	})
}

func TestWantedPanicsOnMistakes(t *testing.T) {
	t.Parallel()
	r := prepare(t, nil)
	for name, call := range map[string]func(){
		"Register of no object identifier":        func() { r.sub.Register(nil) },
		"Unregister of no object identifier":      func() { r.sub.Unregister(nil) },
		"AddAgentCaps of no object identifier":    func() { r.sub.AddAgentCaps(Capability{ID: make(mib.OID, mib.MaxSubIDs+1)}) },
		"RemoveAgentCaps of no object identifier": func() { r.sub.RemoveAgentCaps(mib.OID{}) },
		"AddAgentCaps with a description that is no DisplayString": func() {
			r.sub.AddAgentCaps(Capability{ID: subtree, Description: "Rübe"})
		},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s did not panic", name)
				}
			}()
			call()
		}()
	}
}
