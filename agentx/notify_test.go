package agentx

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

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

// numbered is a notification that is told from others by a number.
func numbered(n int) mib.Notification {
	return mib.Notification{ID: at("0.2"), Objects: []mib.Varbind{bind("4.1.5.1", mib.Integer(int32(n)))}}
}

// number is that of a numbered notification.
func number(p agentxtest.PDU) int { return int(p.Varbinds[1].Value.Int()) }

// numbers are those of all notifications that the master got, in their order.
func numbers(m *agentxtest.Master) (all []int) {
	for _, p := range m.All(pdu.TypeNotify) {
		all = append(all, number(p))
	}
	return all
}

// notify calls Notify and returns where the outcome will be. A second one fails the test.
func notify(t *testing.T, r *rig, n mib.Notification) <-chan error {
	t.Helper()
	outcome := make(chan error, 1)
	var told atomic.Bool
	r.sub.Notify(n, func(err error) {
		if told.Swap(true) {
			t.Errorf("a second outcome was told: %v", err)
			return
		}
		outcome <- err
	})
	return outcome
}

// outcome is what was told so far.
func outcome(c <-chan error) string {
	select {
	case err := <-c:
		if err == nil {
			return "accepted"
		}
		return err.Error()
	default:
		return "waiting"
	}
}

func TestNotifySends(t *testing.T) {
	t.Parallel()
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
			if err := <-notify(t, r, tt.n); err != nil {
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

// TestNotifyRefusesWhatCannotBeSent at once, whether there is a session or not.
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
			name: "with_a_null",
			n:    mib.Notification{ID: at("0.1"), Objects: []mib.Varbind{bind("1.0", mib.Null())}},
			want: `agentx: notification "1.3.6.1.2.1.236.0.1": cannot send "1.3.6.1.2.1.236.1.0" as a NULL`,
		},
		{
			name: "with_an_object_without_a_name",
			n:    mib.Notification{ID: at("0.1"), Objects: []mib.Varbind{{Value: mib.Integer(1)}}},
			want: `agentx: notification "1.3.6.1.2.1.236.0.1": cannot send "" as a INTEGER`,
		},
		{
			name: "with_a_time_of_another_type",
			n:    mib.Notification{ID: at("0.1"), UpTime: mib.Integer(1)},
			want: `agentx: notification "1.3.6.1.2.1.236.0.1": cannot send "1.3.6.1.2.1.1.3.0" as a INTEGER`,
		},
		{
			name: "with_the_time_among_its_objects",
			n:    mib.Notification{ID: at("0.1"), Objects: []mib.Varbind{{Name: mib.MustOID("1.3.6.1.2.1.1.3.0"), Value: mib.TimeTicks(1)}}},
			want: `agentx: notification "1.3.6.1.2.1.236.0.1": "1.3.6.1.2.1.1.3.0" is no object of it`,
		},
		{
			name: "with_a_name_among_its_objects",
			n:    mib.Notification{ID: at("0.1"), Objects: []mib.Varbind{{Name: mib.MustOID("1.3.6.1.6.3.1.1.4.1.0"), Value: mib.ObjectID(at("0.2"))}}},
			want: `agentx: notification "1.3.6.1.2.1.236.0.1": "1.3.6.1.6.3.1.1.4.1.0" is no object of it`,
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
			r := prepare(t, nil)
			if got := outcome(notify(t, r, tt.n)); got != tt.want {
				t.Errorf("unexpected outcome: %s, want %s", got, tt.want)
			}
			if got := r.sub.Status().Notifications; got != (Notifications{Refused: 1}) {
				t.Errorf("unexpected counters: %+v", got)
			}
		})
	}
}

// TestNotifySendsWhatJustFits proves that the limit is the master's and not less.
func TestNotifySendsWhatJustFits(t *testing.T) {
	t.Parallel()
	for _, context := range []string{"", "vm"} {
		r := serve(t, func(c *Config) { c.Context = context })
		n := mib.Notification{ID: at("0.1"), Objects: []mib.Varbind{bind("1.0", mib.Text(""))}}
		least, err := r.sub.notifyPayload(n)
		if err != nil {
			t.Fatal(err)
		}
		room := maxPDU - pdu.HeaderSize - len(least)
		n.Objects[0].Value = mib.Text(strings.Repeat("x", room))
		if err := <-notify(t, r, n); err != nil {
			t.Errorf("unexpected outcome of the largest: %v", err)
		}
		n.Objects[0].Value = mib.Text(strings.Repeat("x", room+1))
		if err := <-notify(t, r, n); err == nil {
			t.Error("one that is too large was accepted")
		}
	}
}

// TestNotifyRefused proves that what the master refuses is not sent again, holds up nothing, and is logged once.
func TestNotifyRefused(t *testing.T) {
	for _, status := range []pdu.Error{
		genErr, pdu.ErrorOpenFailed, pdu.ErrorUnsupportedContext, pdu.ErrorParse, pdu.ErrorRequestDenied, pdu.ErrorProcessing,
	} {
		t.Run(statusName(status), func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig, logs *observer.ObservedLogs) {
				const refusals = 3
				r.master.Refuse(pdu.TypeNotify, status, refusals)
				r.run(t)
				r.master.Session()
				for range refusals {
					var refused *ResponseError
					if err := <-notify(t, r, vmRunning()); !errors.As(err, &refused) {
						t.Fatalf("unexpected outcome: %v", err)
					}
					if diff := cmp.Diff(&ResponseError{Request: "Notify", Status: status}, refused); diff != "" {
						t.Errorf("unexpected outcome (-want +got):\n%s", diff)
					}
				}
				if err := <-notify(t, r, vmRunning()); err != nil {
					t.Errorf("unexpected outcome of the next one: %v", err)
				}
				if got := r.sub.Status().Notifications; got != (Notifications{Accepted: 1, Refused: refusals}) {
					t.Errorf("unexpected counters: %+v", got)
				}
				lines := logs.FilterMessage("notification not accepted by the master").All()
				if len(lines) != 1 || lines[0].ContextMap()["notification"] != at("0.1").String() {
					t.Errorf("unexpected log lines: %v", lines)
				}
				if got := r.master.Count(pdu.TypeOpen); got != 1 {
					t.Errorf("unexpected number of sessions: %d, want 1", got)
				}
				want := (&ResponseError{Request: "Notify", Status: status}).Error()
				if got := r.sub.Status().LastError; got != want {
					t.Errorf("unexpected last error: %q, want %q", got, want)
				}
			})
		})
	}
}

// TestNotifyKeepsNothingOfTheCaller, who may use his memory again at once.
func TestNotifyKeepsNothingOfTheCaller(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig, logs *observer.ObservedLogs) {
		r.master.Refuse(pdu.TypeNotify, pdu.ErrorProcessing, 1)
		n := vmRunning()
		want := []mib.Varbind{
			{Name: snmpTrapOID[:], Value: mib.ObjectID(at("0.1"))}, bind("4.1.2.1", mib.Text("web")), bind("4.1.5.1", mib.Integer(4)),
		}
		n.ID = slices.Clone(n.ID)
		r.sub.Notify(n, nil)
		clear(n.ID)
		for _, v := range n.Objects {
			clear(v.Name)
		}
		clear(n.Objects)
		r.run(t)
		if diff := cmp.Diff(want, r.master.Await(pdu.TypeNotify).Varbinds); diff != "" {
			t.Errorf("unexpected notification (-want +got):\n%s", diff)
		}
		synctest.Wait()
		lines := logs.FilterMessage("notification not accepted by the master").All()
		if len(lines) != 1 || lines[0].ContextMap()["notification"] != at("0.1").String() {
			t.Errorf("unexpected log lines: %v", lines)
		}
	})
}

// TestNotifyWithoutDone proves that nobody has to want the outcome.
func TestNotifyWithoutDone(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig, _ *observer.ObservedLogs) {
		r.sub.Notify(mib.Notification{}, nil)
		r.sub.Notify(vmRunning(), nil)
		r.run(t)
		r.master.Await(pdu.TypeNotify)
		synctest.Wait()
		if got := r.sub.Status().Notifications; got != (Notifications{Accepted: 1, Refused: 1}) {
			t.Errorf("unexpected counters: %+v", got)
		}
	})
}

// TestNotifyFromDone goes on with the next notification when the one before is done.
func TestNotifyFromDone(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig, _ *observer.ObservedLogs) {
		const count = 100
		r.run(t)
		r.master.Session()
		all := make(chan struct{})
		sent := 0
		var next func(error)
		next = func(err error) {
			if err != nil {
				t.Errorf("unexpected outcome: %v", err)
			}
			if sent == count {
				close(all)
				return
			}
			sent++
			r.sub.Notify(numbered(sent), next)
		}
		next(nil)
		<-all
		if diff := cmp.Diff(span(1, count), numbers(r.master)); diff != "" {
			t.Errorf("unexpected notifications (-want +got):\n%s", diff)
		}
	})
}

// span has the numbers from first to last.
func span(first, last int) (all []int) {
	for n := first; n <= last; n++ {
		all = append(all, n)
	}
	return all
}

// TestNotifyAtOnce sends many notifications at once while the master asks.
func TestNotifyAtOnce(t *testing.T) {
	t.Parallel()
	const senders, each = 8, 50
	r := serve(t)
	var told sync.WaitGroup
	for i := range senders {
		told.Go(func() {
			for j := range each {
				told.Add(1)
				r.sub.Notify(numbered(i*each+j), func(err error) {
					defer told.Done()
					if err != nil {
						t.Error(err)
					}
				})
			}
		})
	}
	for range each {
		r.session.Do(bulk(0, 5, after("")))
	}
	told.Wait()
	last := make(map[int]int) // by sender
	for _, n := range numbers(r.master) {
		sender, j := n/each, n%each
		if j != last[sender] {
			t.Errorf("sender %d: unexpected notification %d, want %d", sender, j, last[sender])
		}
		last[sender] = j + 1
	}
	if got := r.sub.Status().Notifications; got != (Notifications{Accepted: senders * each}) {
		t.Errorf("unexpected counters: %+v", got)
	}
}
