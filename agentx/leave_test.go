package agentx

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/posteo/go-agentx/pdu"
	"go.uber.org/zap/zaptest/observer"
)

// TestNotificationsAtTheEnd gives three notifications to a subagent that ends, or has ended.
func TestNotificationsAtTheEnd(t *testing.T) {
	const accepted = "accepted"
	ended := ErrEnded.Error()
	tests := []struct {
		name    string
		prepare func(t *testing.T, r *rig) // before the notifications
		during  func(t *testing.T, r *rig) // after them and before the end
		want    []string
		left    int // of which a log line tells
		closes  bool
	}{
		{
			name: "what_waits_is_sent_before_the_session_is_closed",
			prepare: func(t *testing.T, r *rig) {
				r.master.Ignore(pdu.TypeNotify, 1)
				r.run(t)
				r.session = r.master.Session()
			},
			during: func(t *testing.T, r *rig) {
				p := r.master.Await(pdu.TypeNotify)
				go func() {
					pass(drainTimeout / 2)
					r.session.Respond(p, pdu.ErrorNone)
				}()
			},
			want:   []string{accepted, accepted, accepted},
			closes: true,
		},
		{
			name: "a_master_that_does_not_answer_is_left_in_time",
			prepare: func(t *testing.T, r *rig) {
				r.master.Ignore(pdu.TypeNotify, 3)
				r.run(t)
				r.session = r.master.Session()
			},
			during: func(t *testing.T, r *rig) { r.master.Await(pdu.TypeNotify) },
			want:   []string{ended, ended, ended},
			left:   3,
			closes: true,
		},
		{
			name: "a_response_that_comes_during_the_close_counts",
			prepare: func(t *testing.T, r *rig) {
				r.master.Ignore(pdu.TypeNotify, 3)
				r.master.Ignore(pdu.TypeClose, 1)
				r.run(t)
				r.session = r.master.Session()
			},
			during: func(t *testing.T, r *rig) {
				p := r.master.Await(pdu.TypeNotify)
				go func() {
					r.master.Await(pdu.TypeClose)
					r.session.Respond(p, pdu.ErrorNone)
				}()
			},
			want:   []string{accepted, ended, ended},
			left:   2,
			closes: true,
		},
		{
			name: "a_master_that_dies_meanwhile_is_not_waited_for",
			prepare: func(t *testing.T, r *rig) {
				r.master.Ignore(pdu.TypeNotify, 3)
				r.run(t)
				r.session = r.master.Session()
			},
			during: func(t *testing.T, r *rig) {
				r.master.Await(pdu.TypeNotify)
				go func() {
					pass(drainTimeout / 2)
					r.session.Drop()
				}()
			},
			want: []string{ended, ended, ended},
			left: 3,
		},
		{
			name: "one_that_is_refused_then_does_not_keep_the_others",
			prepare: func(t *testing.T, r *rig) {
				r.master.Ignore(pdu.TypeNotify, 1)
				r.master.Refuse(pdu.TypeNotify, pdu.ErrorProcessing, 1)
				r.run(t)
				r.session = r.master.Session()
			},
			during: func(t *testing.T, r *rig) {
				p := r.master.Await(pdu.TypeNotify)
				go func() {
					pass(drainTimeout / 2)
					r.session.Respond(p, pdu.ErrorNone)
				}()
			},
			want:   []string{accepted, "agentx: Notify refused: processingError (268)", accepted},
			closes: true,
		},
		{
			name: "nothing_is_sent_while_the_master_is_away",
			prepare: func(t *testing.T, r *rig) {
				r.master.Stop()
				r.run(t)
			},
			during: func(*testing.T, *rig) { pass(time.Minute) },
			want:   []string{ended, ended, ended},
			left:   3,
		},
		{
			name: "nothing_is_sent_while_the_session_opens",
			prepare: func(t *testing.T, r *rig) {
				r.master.Ignore(pdu.TypeOpen, 1)
				r.run(t)
			},
			during: func(t *testing.T, r *rig) { r.master.Await(pdu.TypeOpen) },
			want:   []string{ended, ended, ended},
			left:   3,
		},
		{
			name: "after_the_end_there_is_no_queue",
			prepare: func(t *testing.T, r *rig) {
				r.run(t)
				r.session = r.master.Session()
				r.stop()
			},
			during: func(*testing.T, *rig) {},
			want:   []string{ended, ended, ended},
			closes: true,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig, logs *observer.ObservedLogs) {
				tt.prepare(t, r)
				synctest.Wait()
				var fates []<-chan error
				for n := range 3 {
					fates = append(fates, notify(t, r, numbered(n)))
				}
				tt.during(t, r)
				began := time.Now()
				r.stop()
				if took := time.Since(began); took > leaveTimeout {
					t.Errorf("unexpected time until Run returned: %v", took)
				}
				var got []string
				counts := Notifications{}
				for _, c := range fates {
					got = append(got, outcome(c))
					switch got[len(got)-1] {
					case accepted:
						counts.Accepted++
					case ended:
						counts.Dropped++
					default:
						counts.Refused++
					}
				}
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("unexpected outcomes (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(counts, r.sub.Status().Notifications); diff != "" {
					t.Errorf("unexpected counters (-want +got):\n%s", diff)
				}
				left := 0
				for _, l := range logs.FilterMessage("notifications not sent before the end").All() {
					left += int(l.ContextMap()["notifications"].(int64))
				}
				if left != tt.left {
					t.Errorf("unexpected number of notifications that a log line tells of: %d, want %d", left, tt.left)
				}
				if got := r.master.Count(pdu.TypeClose) > 0; got != tt.closes {
					t.Errorf("session was closed: %v, want %v", got, tt.closes)
				}
			})
		})
	}
}

// TestQueueOfTheNextRun proves that a subagent that runs again has its queue again.
func TestQueueOfTheNextRun(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig, _ *observer.ObservedLogs) {
		before := notify(t, r, numbered(1))
		r.run(t)
		r.master.Session()
		synctest.Wait()
		r.stop()
		between := notify(t, r, numbered(2))
		r.run(t)
		r.master.Session()
		after := notify(t, r, numbered(3))
		synctest.Wait()
		got := []string{outcome(before), outcome(between), outcome(after)}
		if diff := cmp.Diff([]string{"accepted", ErrEnded.Error(), "accepted"}, got); diff != "" {
			t.Errorf("unexpected outcomes (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]int{1, 3}, numbers(r.master)); diff != "" {
			t.Errorf("unexpected notifications (-want +got):\n%s", diff)
		}
	})
}

// TestServedWhileDraining proves that the master gets its answers while the queue is drained, and what comes meanwhile.
func TestServedWhileDraining(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig, _ *observer.ObservedLogs) {
		r.master.Ignore(pdu.TypeNotify, 1)
		r.run(t)
		s := r.master.Session()
		notify(t, r, numbered(1))
		p := r.master.Await(pdu.TypeNotify)
		stopped := make(chan struct{})
		go func() {
			r.stop()
			close(stopped)
		}()
		synctest.Wait()
		s.Do(get("1.1.0"))
		late := notify(t, r, numbered(2))
		s.Respond(p, pdu.ErrorNone)
		<-stopped
		if got := outcome(late); got != "accepted" {
			t.Errorf("unexpected outcome of one that came then: %s", got)
		}
	})
}
