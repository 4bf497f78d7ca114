package agentx

import (
	"os"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/posteo/go-agentx/pdu"
	"go.uber.org/zap/zaptest/observer"

	"github.com/vmond/vmond/agentx/agentxtest"
	"github.com/vmond/vmond/mib"
)

// theOffer is a range that asks for the instance of offered.
var theOffer = agentxtest.Range{Start: offered, Include: true, End: beyond(offered)}

// offer offers the region offered with one value in it.
func (r *rig) offer(v mib.Value) {
	tree := offeredTree(v)
	r.sub.Offer(offered, func() mib.Tree { return tree })
}

// wantOffers compares what the status says of the offers.
func (r *rig) wantOffers(t *testing.T, want ...Offer) {
	t.Helper()
	synctest.Wait()
	if diff := cmp.Diff(want, r.sub.Status().Offers); diff != "" {
		t.Errorf("unexpected offers (-want +got):\n%s", diff)
	}
}

// wantValue asks for the instance of offered.
func wantValue(t *testing.T, s *agentxtest.Session, want mib.Value) {
	t.Helper()
	got := s.Do(agentxtest.PDU{Type: pdu.TypeGet, Ranges: []agentxtest.Range{{Start: offered}}}).Varbinds
	if diff := cmp.Diff([]mib.Varbind{{Name: offered, Value: want}}, got); diff != "" {
		t.Errorf("unexpected answer (-want +got):\n%s", diff)
	}
}

// TestOffer offers before there is a master, and looks at the order of what it is asked, again after it came back.
func TestOffer(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig, _ *observer.ObservedLogs) {
		r.offer(mib.Integer(1))
		r.sub.Register(mib.MustOID("1.3.6.1.5"))
		r.wantOffers(t, Offer{Subtree: offered})
		r.run(t)
		for range 2 {
			s := r.master.Session()
			s.AwaitRegions(3)
			r.wantOffers(t, Offer{Subtree: offered, Registered: true})
			wantValue(t, s, mib.Integer(1))
			all := r.master.All(pdu.TypeRegister)
			if last := all[len(all)-1]; last.Subtree.Compare(offered) != 0 || last.Priority != defaultPriority {
				t.Errorf("unexpected last Register: %+v", last)
			}
			r.master.Stop()
			r.wantOffers(t, Offer{Subtree: offered})
			r.master.Start()
		}
	})
}

// TestOfferAgain gives an offer another tree, which the master need not know.
func TestOfferAgain(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig, _ *observer.ObservedLogs) {
		r.run(t)
		s := r.master.Session()
		r.offer(mib.Integer(1))
		s.AwaitRegions(2)
		r.offer(mib.Integer(2))
		synctest.Wait()
		wantValue(t, s, mib.Integer(2))
		if got := r.master.Count(pdu.TypeRegister); got != 2 {
			t.Errorf("unexpected number of Registers: %d, want 2", got)
		}
		r.wantOffers(t, Offer{Subtree: offered, Registered: true})
	})
}

// TestWithdraw takes an offer back, and offers once more.
func TestWithdraw(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig, _ *observer.ObservedLogs) {
		r.run(t)
		s := r.master.Session()
		r.sub.Withdraw(offered)
		r.offer(mib.Integer(1))
		s.AwaitRegions(2)
		r.sub.Withdraw(offered)
		r.wantOffers(t)
		if diff := cmp.Diff([]string{subtree.String()}, s.AwaitRegions(1)); diff != "" {
			t.Errorf("unexpected regions (-want +got):\n%s", diff)
		}
		wantValue(t, s, mib.NoSuchObject)
		r.offer(mib.Integer(3))
		s.AwaitRegions(2)
		wantValue(t, s, mib.Integer(3))
	})
}

// TestOfferIsRefused has a master that refuses an offer for one reason, and then for another.
func TestOfferIsRefused(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig, logs *observer.ObservedLogs) {
		r.run(t)
		s := r.master.Session()
		synctest.Wait()
		since := r.sub.Status().Since
		const times = 1000
		r.master.Refuse(pdu.TypeRegister, pdu.ErrorDuplicateRegistration, times)
		r.master.Refuse(pdu.TypeRegister, pdu.ErrorRequestDenied, times)
		r.offer(mib.Integer(1))
		pass(10 * time.Second)
		if got := r.master.Count(pdu.TypeRegister) - 1; got < 10 || got > 25 {
			t.Errorf("unexpected number of attempts in 10 s: %d, want those of the backoff, 10 to 25", got)
		}
		r.wantOffers(t, Offer{Subtree: offered})
		st := r.sub.Status()
		if !st.Registered || !st.Since.Equal(since) || st.LastError != "" || st.Sessions != 1 {
			t.Errorf("unexpected status while the offer is refused: %+v", st)
		}
		s.Do(get("1.1.0"))
		pass(2 * times * maxDelay)
		r.wantOffers(t, Offer{Subtree: offered, Registered: true})
		wantValue(t, s, mib.Integer(1))
		lines := logs.FilterMessage("offer refused by the master, trying on").All()
		reasons := map[string]int{}
		for _, l := range lines {
			if l.ContextMap()["oid"] != offered.String() {
				t.Errorf("unexpected object identifier: %v", l.ContextMap())
			}
			reasons[l.ContextMap()["error"].(string)]++
		}
		most := 2 + int(2*times*maxDelay/repeatWindow) + 1 // of both, one in each window, and the count of the first
		if len(reasons) != 2 || len(lines) > most {
			t.Errorf("unexpected lines, of %d reasons, at most %d wanted of two: %d", len(reasons), most, len(lines))
		}
		if got := logs.FilterMessage("registered with the master").Len(); got != 1 {
			t.Errorf("unexpected number of lines about registrations: %d, want 1", got)
		}
	})
}

// TestOffersAreRefusedByTurns proves that two offers that are refused for different reasons do not fill the log.
func TestOffersAreRefusedByTurns(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig, logs *observer.ObservedLogs) {
		r.run(t)
		r.master.Session()
		synctest.Wait()
		r.master.Refuse(pdu.TypeRegister, pdu.ErrorDuplicateRegistration, 1000)
		r.offer(mib.Integer(1))
		r.sub.Offer(mib.MustOID("1.3.6.1.4.1.8072.9"), func() mib.Tree { return nil })
		pass(repeatWindow / 2)
		if got := logs.FilterMessage("offer refused by the master, trying on").Len(); got != 2 {
			t.Errorf("unexpected number of lines: %d, want 2", got)
		}
	})
}

// TestRefusedRegionWithAnOffer proves that an offer does not count for what is wanted, nor the other way round.
func TestRefusedRegionWithAnOffer(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig, _ *observer.ObservedLogs) {
		r.master.Refuse(pdu.TypeRegister, pdu.ErrorDuplicateRegistration, 1)
		r.offer(mib.Integer(1))
		r.run(t)
		r.master.Opened()
		r.wantOffers(t, Offer{Subtree: offered, Registered: true})
		if st := r.sub.Status(); st.Registered || st.LastError == "" {
			t.Errorf("unexpected status: %+v", st)
		}
		pass(time.Second)
		if !r.registered() {
			t.Error("not registered")
		}
	})
}

// TestOfferInContext proves that an offer has the context and the priority of all.
func TestOfferInContext(t *testing.T) {
	t.Parallel()
	r := serve(t, func(c *Config) { c.Context, c.Priority = "vm", 7 })
	r.offer(mib.Integer(1))
	r.session.AwaitRegions(2)
	r.sub.Withdraw(offered)
	r.session.AwaitRegions(1)
	for _, p := range append(r.master.All(pdu.TypeRegister), r.master.All(pdu.TypeUnregister)...) {
		if p.Context != "vm" || p.Priority != 7 {
			t.Errorf("unexpected %v of %v in context %q with priority %d", p.Type, p.Subtree, p.Context, p.Priority)
		}
	}
}

// TestSetOfAnOffer sets what has a Setter, and what has none.
func TestSetOfAnOffer(t *testing.T) {
	t.Parallel()
	fixedOne := offeredTree(mib.Integer(1))
	settable := agentxtest.NewSetTree(*offeredTree(mib.Integer(1)), offered.String())
	ours := set(offered.String(), mib.Integer(5))
	tests := []struct {
		name     string
		tree     mib.Tree
		varbinds []mib.Varbind
		status   pdu.Error
		index    uint16
	}{
		{"no setter", fixedOne, []mib.Varbind{ours}, pdu.Error(mib.NotWritable), 1},
		{"no setter, after one of the main tree", fixedOne, []mib.Varbind{set(admin, mib.Integer(1)), ours}, pdu.Error(mib.NotWritable), 2},
		{"no setter is asked for the main tree", fixedOne, []mib.Varbind{set(admin, mib.Integer(1))}, pdu.ErrorNone, 0},
		{"a setter of its own", settable, []mib.Varbind{ours, set(admin, mib.Integer(1))}, pdu.ErrorNone, 0},
		{"a setter of its own has no others", settable, []mib.Varbind{ours, set(offered.Append(7).String(), mib.Integer(1))}, pdu.Error(mib.NoCreation), 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := serve(t)
			r.sub.Offer(offered, func() mib.Tree { return tt.tree })
			r.session.AwaitRegions(2)
			got := r.session.Do(agentxtest.PDU{Type: pdu.TypeTestSet, Transaction: 1, Varbinds: tt.varbinds})
			if got.Status != tt.status || got.Index != tt.index {
				t.Errorf("unexpected status %v of %d, want %v of %d", got.Status, got.Index, tt.status, tt.index)
			}
			r.session.Send(agentxtest.PDU{Type: pdu.TypeCleanupSet, Transaction: 1})
			r.session.Do(get("1.1.0"))
			if held := r.tree.Held() + settable.Held(); held != 0 {
				t.Errorf("%d assignments were not released", held)
			}
		})
	}
}

// TestLargeOffer has a value as large as a document may be.
func TestLargeOffer(t *testing.T) {
	t.Parallel()
	document := mib.Text(strings.Repeat("x", 60000))
	whole := []mib.Varbind{{Name: offered, Value: document}}
	ended := mib.Varbind{Name: offered, Value: mib.EndOfMIBView}
	tests := []struct {
		name string
		req  agentxtest.PDU
		want []mib.Varbind
	}{
		{"get", agentxtest.PDU{Type: pdu.TypeGet, Ranges: []agentxtest.Range{{Start: offered}}}, whole},
		{"next", next(theOffer), whole},
		{"bulk", bulk(0, 10, theOffer), append(whole[:1:1], ended)},
		{"bulk ends where it does not fit again", bulk(0, 10, theOffer, theOffer), whole},
		{"bulk ends before it where something is there already", bulk(0, 10, after("9.8.0"), agentxtest.Range{Start: at("9.9.0")}, theOffer, theOffer),
			[]mib.Varbind{bind("9.9.0", mib.Counter64(18446744073709551615)), whole[0]}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := serve(t)
			r.offer(document)
			r.session.AwaitRegions(2)
			if diff := cmp.Diff(tt.want, r.session.Do(tt.req).Varbinds); diff != "" {
				t.Errorf("unexpected answer (-want +got):\n%.2000s", diff)
			}
		})
	}
	t.Run("get of two does not fit", func(t *testing.T) {
		t.Parallel()
		r := serve(t)
		r.offer(document)
		r.session.AwaitRegions(2)
		one := agentxtest.Range{Start: offered}
		if got := r.session.Do(agentxtest.PDU{Type: pdu.TypeGet, Ranges: []agentxtest.Range{one, one}}); got.Status != genErr || got.Index != 2 {
			t.Errorf("unexpected status %v of %d, want genErr of 2", got.Status, got.Index)
		}
	})
}

func TestOfferPanicsOnMistakes(t *testing.T) {
	t.Parallel()
	none := func() mib.Tree { return nil }
	other := mib.MustOID("1.3.6.1.4.1.8072")
	tests := []struct {
		name string
		call func(s *Subagent)
		want string // a part of it
	}{
		{"no object identifier", func(s *Subagent) { s.Offer(nil, none) }, "object identifier"},
		{"no tree", func(s *Subagent) { s.Offer(other, nil) }, "without a tree"},
		{"the main subtree", func(s *Subagent) { s.Offer(subtree, none) }, "another one"},
		{"below the main subtree", func(s *Subagent) { s.Offer(at("1"), none) }, "another one"},
		{"above the main subtree", func(s *Subagent) { s.Offer(subtree[:6], none) }, "another one"},
		{"below another offer", func(s *Subagent) { s.Offer(other, none); s.Offer(other.Append(1), none) }, "another one"},
		{"above another offer", func(s *Subagent) { s.Offer(other.Append(1), none); s.Offer(other, none) }, "another one"},
		{"a region in an offer", func(s *Subagent) { s.Offer(other, none); s.Register(other.Append(1)) }, "another one"},
		{"withdrawal of no object identifier", func(s *Subagent) { s.Withdraw(nil) }, "object identifier"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := prepare(t, nil)
			defer func() {
				if got, _ := recover().(string); !strings.HasPrefix(got, "agentx: ") || !strings.Contains(got, tt.want) {
					t.Errorf("unexpected panic: %q, want %q in it", got, tt.want)
				}
			}()
			tt.call(r.sub)
		})
	}
}

// TestMasterPID looks for the process of a master that is the test itself, and of one that cannot be known.
func TestMasterPID(t *testing.T) {
	t.Parallel()
	r := serve(t)
	if got := r.sub.Status().MasterPID; got != os.Getpid() && runtime.GOOS == "linux" {
		t.Errorf("unexpected process of the master: %d, want %d", got, os.Getpid())
	}
	r.stop()
	if got := r.sub.Status().MasterPID; got != 0 {
		t.Errorf("unexpected process of no master: %d", got)
	}
}

func TestMasterPIDUnknown(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig, _ *observer.ObservedLogs) {
		r.run(t)
		r.master.Session()
		synctest.Wait()
		if got := r.sub.Status().MasterPID; got != 0 {
			t.Errorf("unexpected process beyond a pipe: %d", got)
		}
	})
}
