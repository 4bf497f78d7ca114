package agentx

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/posteo/go-agentx/pdu"
	"go.uber.org/zap/zaptest/observer"

	"github.com/vmond/vmond/agentx/agentxtest"
	"github.com/vmond/vmond/mib"
)

// TestFlight says what becomes of notifications in everything that may happen to a session. Each begins in a session
// that is well.
func TestFlight(t *testing.T) {
	tests := []struct {
		name string
		run  func(t *testing.T, r *rig, s *agentxtest.Session)
		sent []int // the notifications that the master got
		want Notifications
	}{
		{
			name: "the_next_leaves_when_the_response_of_the_one_before_came",
			run: func(t *testing.T, r *rig, s *agentxtest.Session) {
				r.master.Ignore(pdu.TypeNotify, 3)
				for n := range 4 {
					notify(t, r, numbered(n))
				}
				for n := range 3 {
					p := r.master.Await(pdu.TypeNotify)
					synctest.Wait()
					if got := r.master.Count(pdu.TypeNotify); got != n+1 {
						t.Errorf("unexpected number of notifications before response %d: %d", n, got)
					}
					s.Respond(p, pdu.ErrorNone)
				}
			},
			sent: []int{0, 1, 2, 3},
			want: Notifications{Accepted: 4},
		},
		{
			name: "a_notification_whose_response_was_lost_is_sent_again_in_the_next_session",
			run: func(t *testing.T, r *rig, s *agentxtest.Session) {
				r.master.Ignore(pdu.TypeNotify, 1)
				first, second := notify(t, r, numbered(1)), notify(t, r, numbered(2))
				r.master.Await(pdu.TypeNotify)
				s.Drop()
				r.master.Session()
				if err := errors.Join(<-first, <-second); err != nil {
					t.Errorf("unexpected outcome: %v", err)
				}
			},
			sent: []int{1, 1, 2},
			want: Notifications{Accepted: 2, Resent: 1},
		},
		{
			name: "a_notification_is_sent_again_after_each_session_that_is_lost",
			run: func(t *testing.T, r *rig, s *agentxtest.Session) {
				r.master.Ignore(pdu.TypeNotify, 3)
				notify(t, r, numbered(1))
				for range 3 {
					r.master.Await(pdu.TypeNotify)
					s.Drop()
					s = r.master.Session()
				}
			},
			sent: []int{1, 1, 1, 1},
			want: Notifications{Accepted: 1, Resent: 3},
		},
		{
			name: "a_notification_is_sent_again_when_the_master_closes_the_session",
			run: func(t *testing.T, r *rig, s *agentxtest.Session) {
				r.master.Ignore(pdu.TypeNotify, 1)
				notify(t, r, numbered(1))
				r.master.Await(pdu.TypeNotify)
				s.Do(agentxtest.PDU{Type: pdu.TypeClose, Reason: pdu.ReasonOther})
				r.master.Session()
			},
			sent: []int{1, 1},
			want: Notifications{Accepted: 1, Resent: 1},
		},
		{
			name: "a_notification_in_a_session_that_the_master_forgot_is_sent_again_in_the_next",
			run: func(t *testing.T, r *rig, s *agentxtest.Session) {
				r.master.Refuse(pdu.TypeNotify, pdu.ErrorNotOpen, 1)
				notify(t, r, numbered(1))
				notify(t, r, numbered(2))
				s.AwaitEnd()
				r.master.Session()
			},
			sent: []int{1, 1, 2},
			want: Notifications{Accepted: 2, Resent: 1},
		},
		{
			name: "notifications_wait_while_the_master_is_away",
			run: func(t *testing.T, r *rig, s *agentxtest.Session) {
				notify(t, r, numbered(1))
				synctest.Wait()
				r.master.Stop()
				for n := 2; n <= 9; n++ {
					notify(t, r, numbered(n))
					pass(time.Hour)
				}
				if got := r.sub.Status().Notifications; got != (Notifications{Accepted: 1, Waiting: 8}) {
					t.Errorf("unexpected counters while the master is away: %+v", got)
				}
				r.master.Start()
				r.master.Session()
			},
			sent: span(1, 9),
			want: Notifications{Accepted: 9},
		},
		{
			name: "a_late_response_counts_and_nothing_is_sent_twice",
			run: func(t *testing.T, r *rig, s *agentxtest.Session) {
				r.master.Ignore(pdu.TypeNotify, 1)
				r.master.Ignore(pdu.TypePing, 1)
				began := time.Now()
				first := notify(t, r, numbered(1))
				notify(t, r, numbered(2))
				p := r.master.Await(pdu.TypeNotify)
				ping := r.master.Await(pdu.TypePing)
				if took := time.Since(began); took != responseTimeout {
					t.Errorf("unexpected time until the master was asked whether it is there: %v", took)
				}
				pass(hangTimeout - time.Second) // the master hangs
				s.Respond(p, pdu.ErrorNone)
				synctest.Wait() // the other is a read of its own
				s.Respond(ping, pdu.ErrorNone)
				if err := <-first; err != nil {
					t.Errorf("unexpected outcome: %v", err)
				}
				if got := r.master.Count(pdu.TypeOpen); got != 1 {
					t.Errorf("unexpected number of sessions: %d, want 1", got)
				}
			},
			sent: []int{1, 2},
			want: Notifications{Accepted: 2},
		},
		{
			name: "a_master_that_goes_on_and_does_not_answer_the_ping_is_left_soon",
			run: func(t *testing.T, r *rig, s *agentxtest.Session) {
				r.master.Ignore(pdu.TypeNotify, 1)
				r.master.Ignore(pdu.TypePing, 1)
				notify(t, r, numbered(1))
				p := r.master.Await(pdu.TypeNotify)
				r.master.Await(pdu.TypePing)
				pass(hangTimeout - time.Second)
				s.Respond(p, pdu.ErrorNone)
				resumed := time.Now()
				s.AwaitEnd()
				if took := time.Since(resumed); took != responseTimeout {
					t.Errorf("unexpected time until the master was left: %v, want %v", took, responseTimeout)
				}
				r.master.Session()
			},
			sent: []int{1},
			want: Notifications{Accepted: 1},
		},
		{
			name: "a_master_that_hangs_for_longer_is_left_and_gets_the_notification_again",
			run: func(t *testing.T, r *rig, s *agentxtest.Session) {
				r.master.Ignore(pdu.TypeNotify, 1)
				r.master.Ignore(pdu.TypePing, 1)
				began := time.Now()
				notify(t, r, numbered(1))
				pass(hangTimeout)
				s.AwaitEnd()
				if took := time.Since(began); took != responseTimeout+hangTimeout {
					t.Errorf("unexpected time until the master was left: %v", took)
				}
				r.master.Session()
			},
			sent: []int{1, 1},
			want: Notifications{Accepted: 1, Resent: 1},
		},
		{
			name: "a_notification_that_the_master_passes_over_is_sent_again_in_the_same_session",
			run: func(t *testing.T, r *rig, s *agentxtest.Session) {
				r.master.Ignore(pdu.TypeNotify, maxPassedOver-1)
				began := time.Now()
				first := notify(t, r, numbered(1))
				notify(t, r, numbered(2))
				if err := <-first; err != nil {
					t.Errorf("unexpected outcome: %v", err)
				}
				if took := time.Since(began); took != (maxPassedOver-1)*responseTimeout {
					t.Errorf("unexpected time until it was accepted: %v", took)
				}
				s.Do(get("1.1.0"))
			},
			sent: []int{1, 1, 1, 2},
			want: Notifications{Accepted: 2, Resent: maxPassedOver - 1},
		},
		{
			name: "a_notification_that_the_master_passes_over_again_and_again_is_given_up",
			run: func(t *testing.T, r *rig, s *agentxtest.Session) {
				r.master.Ignore(pdu.TypeNotify, maxPassedOver)
				first, second := notify(t, r, numbered(1)), notify(t, r, numbered(2))
				if err := <-first; !errors.Is(err, ErrNoResponse) {
					t.Errorf("unexpected outcome: %v, want %v", err, ErrNoResponse)
				}
				if err := <-second; err != nil {
					t.Errorf("unexpected outcome of the next one: %v", err)
				}
				s.Do(get("1.1.0"))
			},
			sent: []int{1, 1, 1, 2},
			want: Notifications{Accepted: 1, Refused: 1, Resent: maxPassedOver - 1},
		},
		{
			name: "the_response_to_what_was_passed_over_does_not_count_for_the_next",
			run: func(t *testing.T, r *rig, s *agentxtest.Session) {
				r.master.Ignore(pdu.TypeNotify, 2)
				notify(t, r, numbered(1))
				first := r.master.Await(pdu.TypeNotify)
				second := r.master.Await(pdu.TypeNotify)
				s.Respond(first, pdu.ErrorProcessing)
				s.Respond(second, pdu.ErrorNone)
			},
			sent: []int{1, 1},
			want: Notifications{Accepted: 1, Resent: 1},
		},
		{
			name: "no_notification_leaves_while_the_master_owes_the_answer_to_a_ping",
			run: func(t *testing.T, r *rig, s *agentxtest.Session) {
				r.master.Ignore(pdu.TypePing, 1)
				r.master.Await(pdu.TypePing)
				asked := time.Now()
				notify(t, r, numbered(1))
				s.AwaitEnd()
				if took := time.Since(asked); took != responseTimeout {
					t.Errorf("unexpected time until the master was left: %v, want %v", took, responseTimeout)
				}
				next := r.master.Session()
				if p := r.master.Await(pdu.TypeNotify); p.Session != next.ID() {
					t.Errorf("unexpected session of the notification: %d, want %d", p.Session, next.ID())
				}
			},
			sent: []int{1},
			want: Notifications{Accepted: 1},
		},
		{
			name: "a_notification_leaves_when_the_ping_is_answered",
			run: func(t *testing.T, r *rig, s *agentxtest.Session) {
				r.master.Ignore(pdu.TypePing, 1)
				ping := r.master.Await(pdu.TypePing)
				notify(t, r, numbered(1))
				s.Respond(ping, pdu.ErrorNone)
			},
			sent: []int{1},
			want: Notifications{Accepted: 1},
		},
		{
			name: "requests_are_answered_while_the_response_to_a_notification_is_missing",
			run: func(t *testing.T, r *rig, s *agentxtest.Session) {
				r.master.Ignore(pdu.TypeNotify, 1)
				began := time.Now()
				for n := range 100 {
					notify(t, r, numbered(n))
				}
				p := r.master.Await(pdu.TypeNotify)
				for range 100 {
					s.Do(get("1.1.0"))
					s.Do(bulk(0, 20, after("")))
				}
				if took := time.Since(began); took != 0 {
					t.Errorf("unexpected time until all was answered: %v", took)
				}
				if got := r.master.Count(pdu.TypeNotify); got != 1 {
					t.Errorf("unexpected number of notifications: %d, want 1", got)
				}
				s.Respond(p, pdu.ErrorNone)
			},
			sent: span(0, 99),
			want: Notifications{Accepted: 100},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig, _ *observer.ObservedLogs) {
				r.run(t)
				s := r.master.Session()
				synctest.Wait()
				tt.run(t, r, s)
				synctest.Wait()
				if diff := cmp.Diff(tt.sent, numbers(r.master)); diff != "" {
					t.Errorf("unexpected notifications (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(tt.want, r.sub.Status().Notifications); diff != "" {
					t.Errorf("unexpected counters (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// TestNotifyComesAfterRegister proves that who gets a notification finds the region served.
func TestNotifyComesAfterRegister(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig, _ *observer.ObservedLogs) {
		notify(t, r, vmRunning())
		r.master.Ignore(pdu.TypeRegister, 1)
		r.run(t)
		if registered, notified := r.master.Await(pdu.TypeRegister), r.master.Await(pdu.TypeNotify); registered.Packet > notified.Packet {
			t.Errorf("Register is packet %d, Notify %d", registered.Packet, notified.Packet)
		}
	})
}

// TestRefusedRegionHoldsUpNoNotification proves that a region that another subagent has is no reason for silence.
func TestRefusedRegionHoldsUpNoNotification(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig, _ *observer.ObservedLogs) {
		r.master.Refuse(pdu.TypeRegister, pdu.ErrorDuplicateRegistration, 10)
		r.run(t)
		r.master.Opened()
		if err := <-notify(t, r, vmRunning()); err != nil {
			t.Errorf("unexpected outcome: %v", err)
		}
		if st := r.sub.Status(); st.Registered || st.Sessions != 1 {
			t.Errorf("unexpected status: %+v", st)
		}
	})
}

// TestNotificationLeavesWithTheAnswers proves that the Response to the one before needs no turn of its own.
func TestNotificationLeavesWithTheAnswers(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig, _ *observer.ObservedLogs) {
		var writes atomic.Int64
		r.sub.dial = func(ctx context.Context) (net.Conn, error) {
			conn, err := r.master.Dial(ctx)
			return countingConn{Conn: conn, writes: &writes}, err
		}
		r.master.Ignore(pdu.TypeNotify, 1)
		r.run(t)
		s := r.master.Session()
		notify(t, r, numbered(1))
		notify(t, r, numbered(2))
		p := r.master.Await(pdu.TypeNotify)
		synctest.Wait()
		writes.Store(0)
		req := s.Prepare(get("1.1.0"))
		response := agentxtest.PDU{Type: pdu.TypeResponse, Session: p.Session, Packet: p.Packet}
		s.Write(append(agentxtest.Encode(req), agentxtest.Encode(response)...))
		s.Response(req)
		if got := number(r.master.Await(pdu.TypeNotify)); got != 2 {
			t.Errorf("unexpected notification: %d, want 2", got)
		}
		synctest.Wait()
		if got := writes.Load(); got != 1 {
			t.Errorf("unexpected number of writes: %d, want 1", got)
		}
	})
}

// ringingConn rings the bell before each read, once it is told to.
type ringingConn struct {
	net.Conn
	bell  *bell
	rings *atomic.Bool
}

func (c ringingConn) Read(b []byte) (int, error) {
	if c.rings.Load() {
		c.bell.ring()
	}
	return c.Conn.Read(b)
}

// TestLastWordsCount lets a master accept a notification and die, and finds out by a write that fails, while the next
// notification rings the bell. What the master has accepted must not be sent again.
func TestLastWordsCount(t *testing.T) {
	t.Parallel()
	stuck, entered := make(chan struct{}), make(chan struct{})
	var dead atomic.Bool
	p := newLoop(t, func(s *Subagent) {
		tree := s.dispatch.tree
		s.dispatch.tree = func() mib.Tree {
			close(entered)
			<-stuck
			return tree()
		}
		s.dial = func(ctx context.Context) (net.Conn, error) {
			if dead.Load() {
				return nil, net.ErrClosed
			}
			conn, err := s.dialMaster(ctx)
			return ringingConn{Conn: conn, bell: s.bell, rings: &dead}, err
		}
	})
	accepted := notify(t, p.rig, numbered(1))
	sent, err := agentxtest.Decode(p.read(t))
	if err != nil {
		t.Fatal(err)
	}
	p.write(t, agentxtest.Encode(agentxtest.PDU{Type: pdu.TypeGet, Session: 1, Packet: 7, Ranges: []agentxtest.Range{after("1.1.0")}}))
	<-entered // the answer is under way
	p.write(t, agentxtest.Encode(agentxtest.PDU{Type: pdu.TypeResponse, Session: 1, Packet: sent.Packet}))
	p.conn.Close()
	dead.Store(true)
	close(stuck)
	if err := <-accepted; err != nil {
		t.Errorf("unexpected outcome: %v", err)
	}
	if got := p.rig.sub.Status().Notifications; got != (Notifications{Accepted: 1}) {
		t.Errorf("unexpected counters: %+v", got)
	}
}
