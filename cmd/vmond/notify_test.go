package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/posteo/go-agentx/pdu"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/vmond/vmond/agentx"
	"github.com/vmond/vmond/cmd/internal/config"
	"github.com/vmond/vmond/cmd/internal/control"
	"github.com/vmond/vmond/cmd/internal/events"
	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/mib"
)

// TestRoomy proves that a list that is too long is found out before it is sent.
func TestRoomy(t *testing.T) {
	t.Parallel()
	tests := []struct {
		size, index int32
		want        string
	}{
		{65507, 100_000, ""},
		{484, 1088, ""},
		{484, 1089, "a bulk notification of notifications.message_size = 484 octets has room for a vmIndex up to 1088, " +
			"but notifications.max_index = 1089"},
		{1472, 100_000, "a bulk notification of notifications.message_size = 1472 octets has room for a vmIndex up to 8992, " +
			"but notifications.max_index = 100000"},
		{65507, 524_280, "a bulk notification of notifications.message_size = 65507 octets has room for a vmIndex up to 521272, " +
			"but notifications.max_index = 524280"},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%d_of_%d", tt.index, tt.size), func(t *testing.T) {
			t.Parallel()
			got := ""
			if err := roomy(config.Notifications{MessageSize: tt.size, MaxIndex: tt.index}); err != nil {
				got = err.Error()
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("unexpected error (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOutcomeOf(t *testing.T) {
	t.Parallel()
	tests := []struct {
		err  error
		want events.Outcome
	}{
		{nil, events.Sent},
		{agentx.ErrDropped, events.Dropped},
		{fmt.Errorf("at the end: %w", agentx.ErrEnded), events.Dropped},
		{&agentx.ResponseError{Request: "Notify", Status: pdu.ErrorProcessing}, events.Refused},
		{agentx.ErrNoResponse, events.Refused},
		{errors.New("of 80108 octets, at most 65516 fit"), events.Refused},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt.err), func(t *testing.T) {
			t.Parallel()
			if got := outcomeOf(tt.err); got != tt.want {
				t.Errorf("%v, want %v", got, tt.want)
			}
		})
	}
}

// A heldMaster keeps what it is given until a test tells the outcomes.
type heldMaster struct {
	mu   sync.Mutex
	held []heldNote
}

type heldNote struct {
	n    mib.Notification
	done func(error)
}

func (m *heldMaster) Notify(n mib.Notification, done func(error)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.held = append(m.held, heldNote{n, done})
}

// take returns the oldest that is held.
func (m *heldMaster) take(t *testing.T) heldNote {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.held) == 0 {
		t.Fatal("the master was given nothing more")
	}
	h := m.held[0]
	m.held = m.held[1:]
	return h
}

// become returns the change with the number of a virtual machine with the index, as of now.
func become(n uint64, index int32, from, to hv.OperState) collector.Change {
	return collector.Change{
		Number: n, At: time.Now(), Index: index, Name: "web", From: hv.Some(from), To: hv.Some(to), Cause: "reading",
	}
}

// fates returns the outcomes of all events, per virtual machine and bulk.
func fates(k *courier) map[uint64]string {
	m := map[uint64]string{}
	for _, e := range k.events() {
		m[e.Number] = fmt.Sprintf("%v %v", e.PerVM.Outcome, e.Bulk.Outcome)
	}
	return m
}

func checkFates(t *testing.T, k *courier, want map[uint64]string) {
	t.Helper()
	if diff := cmp.Diff(want, fates(k)); diff != "" {
		t.Errorf("unexpected fates (-want +got):\n%s", diff)
	}
}

// TestCourier follows two changes on their way: to the journal, to the master, and back with an outcome.
func TestCourier(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		m := &heldMaster{}
		k := newCourier(config.Notifications{PerVM: true, Bulk: true, Window: time.Second, MessageSize: 484}, zap.NewNop())
		k.master = m
		ctx, cancel := context.WithCancel(t.Context())
		end := make(chan error, 1)
		go func() { end <- k.notifications.Run(ctx) }()

		k.follow([]collector.Change{
			become(1, 3, hv.StateShutdown, hv.StateRunning),
			become(2, 10, hv.StateShutdown, hv.StateRunning),
			become(3, 11, hv.StateRunning, hv.StateUnknown), // no notification tells this
		})
		synctest.Wait()
		checkFates(t, k, map[uint64]string{1: "waiting waiting", 2: "waiting waiting", 3: "off off"})
		m.take(t).done(nil)
		m.take(t).done(agentx.ErrDropped)
		checkFates(t, k, map[uint64]string{1: "sent waiting", 2: "dropped waiting", 3: "off off"})
		if got := k.events()[0].Bulk.At; !got.Equal(began) {
			t.Errorf("waits since %v, not since %v", got, began)
		}

		time.Sleep(time.Second)
		synctest.Wait()
		checkFates(t, k, map[uint64]string{1: "sent waiting", 2: "dropped waiting", 3: "off off"})
		bulk := m.take(t)
		if diff := cmp.Diff(mib.MustOID("1.3.6.1.2.1.236.0.11"), bulk.n.ID); diff != "" {
			t.Errorf("unexpected notification (-want +got):\n%s", diff)
		}
		bulk.done(&agentx.ResponseError{Request: "Notify", Status: pdu.ErrorProcessing})
		checkFates(t, k, map[uint64]string{1: "sent refused", 2: "dropped refused", 3: "off off"})
		want := []string{"", "agentx: Notify refused: processingError (268)"}
		got := []string{k.journal.Events()[0].PerVM.Error, k.journal.Events()[0].Bulk.Error}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("unexpected errors (-want +got):\n%s", diff)
		}

		// What is gathered at the end is told before the end.
		k.follow([]collector.Change{become(4, 3, hv.StateRunning, hv.StatePaused)})
		m.take(t).done(nil)
		cancel()
		if err := <-end; err != nil {
			t.Errorf("unexpected error: %v", err)
		}
		m.take(t).done(agentx.ErrEnded)
		if got := fates(k)[4]; got != "sent dropped" {
			t.Errorf("the last change is %q", got)
		}
	})
}

// TestCourierTooLarge proves that what does not fit a message is logged, counted, and kept from the master.
func TestCourierTooLarge(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		core, logs := observer.New(zap.InfoLevel)
		m := &heldMaster{}
		k := newCourier(config.Notifications{Bulk: true, Window: time.Second, MessageSize: 484}, zap.New(core))
		k.master = m
		ctx, cancel := context.WithCancel(t.Context())
		end := make(chan error, 1)
		go func() { end <- k.notifications.Run(ctx) }()
		k.follow([]collector.Change{become(1, 1089, hv.StateShutdown, hv.StateRunning)})
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if len(m.held) != 0 {
			t.Errorf("the master was given %v", m.held[0].n)
		}
		checkFates(t, k, map[uint64]string{1: "off refused"})
		if e := k.journal.Events()[0].Bulk.Error; e == "" {
			t.Error("the journal does not say why")
		}
		lines := logs.FilterMessage("a notification cannot be sent").All()
		if len(lines) != 1 || lines[0].ContextMap()["notification"] != "1.3.6.1.2.1.236.0.11" {
			t.Errorf("unexpected log: %v", lines)
		}
		want := control.Notifications{Bulk: true, Waiting: 1, Accepted: 2, Refused: 4, Dropped: 5, Resent: 6}
		got := k.health(agentx.Notifications{Waiting: 1, Accepted: 2, Refused: 3, Dropped: 5, Resent: 6})
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("unexpected health (-want +got):\n%s", diff)
		}
		cancel()
		if err := <-end; err != nil {
			t.Errorf("unexpected error: %v", err)
		}
	})
}

// TestCourierConfigure proves that a switch takes a start value that changed, and only then, and that all are back at
// theirs when the master is new.
func TestCourierConfigure(t *testing.T) {
	t.Parallel()
	c := config.Default().Notifications
	k := newCourier(c, zap.NewNop())
	check := func(step string, perVM, bulk bool) {
		t.Helper()
		want := control.Notifications{PerVM: perVM, Bulk: bulk}
		if diff := cmp.Diff(want, k.health(agentx.Notifications{})); diff != "" {
			t.Errorf("unexpected switches %s (-want +got):\n%s", step, diff)
		}
	}
	set := func(oid string, value int32) {
		t.Helper()
		a, err := k.notifications.Switches().Test(mib.MustOID(oid), mib.Integer(value))
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Commit(); err != nil {
			t.Fatal(err)
		}
		a.Release()
	}
	check("at first", false, false)
	set("1.3.6.1.2.1.236.1.9.0", 1)
	check("after a SET", true, false)
	c.Window = time.Minute
	c.Bulk = true
	k.notifications.Configure(notificationOptions(c))
	check("after a reload of the other", true, true)
	k.notifications.Reset()
	check("with a new master", false, true)
}
