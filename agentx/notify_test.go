package agentx

import (
	"context"
	"errors"
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

// vmRunning is a notification with two objects.
func vmRunning() mib.Notification {
	return mib.Notification{
		ID:      at("0.1"),
		Objects: []mib.Varbind{bind("4.1.2.1", mib.Text("web")), bind("4.1.5.1", mib.Integer(4))},
	}
}

func TestNotifySends(t *testing.T) {
	trapOID := mib.Varbind{Name: mib.MustOID("1.3.6.1.6.3.1.1.4.1.0"), Value: mib.ObjectID(at("0.1"))}
	upTime := mib.Varbind{Name: mib.MustOID("1.3.6.1.2.1.1.3.0"), Value: mib.TimeTicks(4711)}
	tests := []struct {
		name    string
		context string
		n       mib.Notification
		want    []mib.Varbind
	}{
		{
			name: "the_name_comes_first_and_the_objects_in_order",
			n:    vmRunning(),
			want: []mib.Varbind{trapOID, bind("4.1.2.1", mib.Text("web")), bind("4.1.5.1", mib.Integer(4))},
		},
		{
			name: "the_time_comes_before_the_name",
			n:    mib.Notification{ID: at("0.1"), UpTime: mib.TimeTicks(4711)},
			want: []mib.Varbind{upTime, trapOID},
		},
		{
			name:    "the_context_is_ours",
			context: "vm",
			n:       mib.Notification{ID: at("0.1")},
			want:    []mib.Varbind{trapOID},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := serve(t, func(c *Config) { c.Context = tt.context })
			if err := r.sub.Notify(t.Context(), tt.n); err != nil {
				t.Fatal(err)
			}
			got := r.master.Await(pdu.TypeNotify)
			if diff := cmp.Diff(tt.want, got.Varbinds); diff != "" || got.Context != tt.context {
				t.Errorf("unexpected notification in context %q (-want +got):\n%s", got.Context, diff)
			}
			if got := r.sub.Status().Notifications; got != (Notifications{Accepted: 1}) {
				t.Errorf("unexpected counters: %+v", got)
			}
		})
	}
}

func TestNotifyRefusesWhatCannotBeSent(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		n    mib.Notification
		want string
	}{
		{
			name: "without_a_name",
			n:    mib.Notification{},
			want: "agentx: notification without a name",
		},
		{
			name: "with_an_exception",
			n:    mib.Notification{ID: at("0.1"), Objects: []mib.Varbind{bind("1.0", mib.NoSuchInstance)}},
			want: `agentx: notification "1.3.6.1.2.1.236.0.1": cannot send "1.3.6.1.2.1.236.1.0" as a noSuchInstance`,
		},
		{
			name: "with_a_value_without_a_type",
			n:    mib.Notification{ID: at("0.1"), Objects: []mib.Varbind{bind("1.0", mib.Value{})}},
			want: `agentx: notification "1.3.6.1.2.1.236.0.1": cannot send "1.3.6.1.2.1.236.1.0" as a Type(0)`,
		},
		{
			name: "too_large",
			n: mib.Notification{ID: at("0.1"), Objects: []mib.Varbind{
				bind("1.0", mib.Text(strings.Repeat("x", 40000))), bind("2.0", mib.Text(strings.Repeat("x", 40000))),
			}},
			want: `agentx: notification "1.3.6.1.2.1.236.0.1" of 80108 octets, at most 65516 fit`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := serve(t)
			err := r.sub.Notify(t.Context(), tt.n)
			if err == nil || err.Error() != tt.want {
				t.Errorf("unexpected error: %v, want %s", err, tt.want)
			}
			if got := r.master.Count(pdu.TypeNotify); got != 0 {
				t.Errorf("unexpected number of notifications: %d", got)
			}
		})
	}
}

func TestNotifyRefused(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig, _ *observer.ObservedLogs) {
		r.master.Refuse(pdu.TypeNotify, pdu.ErrorProcessing, 1)
		r.run(t)
		r.master.Session()
		synctest.Wait()
		err := r.sub.Notify(t.Context(), vmRunning())
		var refused *ResponseError
		if !errors.As(err, &refused) {
			t.Fatalf("unexpected error: %v", err)
		}
		if diff := cmp.Diff(&ResponseError{Request: "Notify", Status: pdu.ErrorProcessing}, refused); diff != "" {
			t.Errorf("unexpected error (-want +got):\n%s", diff)
		}
		if err := r.sub.Notify(t.Context(), vmRunning()); err != nil {
			t.Errorf("unexpected error of the next one: %v", err)
		}
		if got := r.sub.Status().Notifications; got != (Notifications{Accepted: 1, Failed: 1}) {
			t.Errorf("unexpected counters: %+v", got)
		}
	})
}

func TestNotifyWithoutASession(t *testing.T) {
	tests := []struct {
		name    string
		prepare func(t *testing.T, r *rig)
	}{
		{
			name:    "before_run",
			prepare: func(*testing.T, *rig) {},
		},
		{
			name: "after_run",
			prepare: func(t *testing.T, r *rig) {
				r.run(t)
				r.master.Session()
				r.stop()
			},
		},
		{
			name: "while_the_master_is_away",
			prepare: func(t *testing.T, r *rig) {
				r.run(t)
				r.master.Session()
				r.master.Stop()
			},
		},
		{
			name: "while_the_session_opens",
			prepare: func(t *testing.T, r *rig) {
				r.master.Ignore(pdu.TypeOpen, 1)
				r.run(t)
				r.master.Await(pdu.TypeOpen)
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig, _ *observer.ObservedLogs) {
				tt.prepare(t, r)
				synctest.Wait()
				if err := r.sub.Notify(t.Context(), vmRunning()); !errors.Is(err, ErrNoSession) {
					t.Errorf("unexpected error: %v, want %v", err, ErrNoSession)
				}
			})
		})
	}
}

// notified runs Notify beside the test and returns where its outcome will be.
func notified(ctx context.Context, r *rig) <-chan error {
	done := make(chan error, 1)
	go func() { done <- r.sub.Notify(ctx, vmRunning()) }()
	return done
}

func TestNotifyFailsWhenTheSessionEnds(t *testing.T) {
	tests := []struct {
		name string
		end  func(r *rig)
	}{
		{name: "because_the_master_dies", end: func(r *rig) { r.session.Drop() }},
		{name: "because_the_master_closes_it", end: func(r *rig) { r.session.Do(agentxtest.PDU{Type: pdu.TypeClose, Reason: pdu.ReasonOther}) }},
		{name: "because_run_ends", end: func(r *rig) { r.stop() }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig, _ *observer.ObservedLogs) {
				r.master.Ignore(pdu.TypeNotify, 1)
				r.run(t)
				r.session = r.master.Session()
				synctest.Wait()
				done := notified(t.Context(), r)
				r.master.Await(pdu.TypeNotify)
				began := time.Now()
				tt.end(r)
				if err := <-done; !errors.Is(err, ErrNoSession) {
					t.Errorf("unexpected error: %v, want %v", err, ErrNoSession)
				}
				if took := time.Since(began); took > leaveTimeout {
					t.Errorf("unexpected time until it failed: %v", took)
				}
			})
		})
	}
}

func TestNotifyUnanswered(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig, _ *observer.ObservedLogs) {
		r.master.Ignore(pdu.TypeNotify, 1)
		r.run(t)
		s := r.master.Session()
		synctest.Wait()
		began := time.Now()
		if err := r.sub.Notify(t.Context(), vmRunning()); !errors.Is(err, ErrNoResponse) {
			t.Errorf("unexpected error: %v, want %v", err, ErrNoResponse)
		}
		if took := time.Since(began); took != responseTimeout {
			t.Errorf("unexpected time until it failed: %v, want %v", took, responseTimeout)
		}
		r.master.Await(pdu.TypePing) // at once, and since it is answered the session goes on
		if took := time.Since(began); took != responseTimeout {
			t.Errorf("unexpected time until the master was pinged: %v, want %v", took, responseTimeout)
		}
		s.Do(get("1.1.0"))
	})
}

func TestNotifyInASessionThatTheMasterForgot(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig, _ *observer.ObservedLogs) {
		r.master.Refuse(pdu.TypeNotify, pdu.ErrorNotOpen, 1)
		r.run(t)
		s := r.master.Session()
		synctest.Wait()
		var refused *ResponseError
		if err := r.sub.Notify(t.Context(), vmRunning()); !errors.As(err, &refused) || refused.Status != pdu.ErrorNotOpen {
			t.Errorf("unexpected error: %v", err)
		}
		s.AwaitEnd()
		r.master.Session()
		synctest.Wait()
		if err := r.sub.Notify(t.Context(), vmRunning()); err != nil {
			t.Errorf("unexpected error in the next session: %v", err)
		}
	})
}

func TestNotifyGivenUp(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig, _ *observer.ObservedLogs) {
		r.master.Ignore(pdu.TypeNotify, 1)
		r.run(t)
		r.master.Session()
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		done := notified(ctx, r)
		r.master.Await(pdu.TypeNotify)
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("unexpected error: %v, want %v", err, context.Canceled)
		}
		pass(2 * responseTimeout) // the answer never comes, and nobody waits for it
		if err := r.sub.Notify(t.Context(), vmRunning()); err != nil {
			t.Errorf("unexpected error of the next one: %v", err)
		}
	})
}

func TestNotifyGivenUpBeforehand(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig, _ *observer.ObservedLogs) {
		r.run(t)
		r.master.Session()
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := r.sub.Notify(ctx, vmRunning()); !errors.Is(err, context.Canceled) {
			t.Errorf("unexpected error: %v, want %v", err, context.Canceled)
		}
		synctest.Wait()
		if got := r.master.Count(pdu.TypeNotify); got != 0 {
			t.Errorf("unexpected number of notifications: %d", got)
		}
	})
}

// TestNotifyAtOnce sends many notifications at once while the master asks.
func TestNotifyAtOnce(t *testing.T) {
	t.Parallel()
	const senders, each = 8, 50
	r := serve(t)
	done := make(chan error, senders)
	for range senders {
		go func() {
			for range each {
				if err := r.sub.Notify(t.Context(), vmRunning()); err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
	}
	for range each {
		r.session.Do(bulk(0, 5, after("")))
	}
	for range senders {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if got := r.master.Count(pdu.TypeNotify); got != senders*each {
		t.Errorf("unexpected number of notifications: %d, want %d", got, senders*each)
	}
}
