package integration

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/test/lab"
)

// An event is what "vmond show events -o json" says of a change, as far as the tests look at it.
type event struct {
	Number uint64 `json:"number"`
	VMName string `json:"vm_name"`
	From   string `json:"from"`
	To     string `json:"to"`
	Cause  string `json:"cause"`
	PerVM  struct {
		Outcome string `json:"outcome"`
	} `json:"per_vm"`
}

// showEvents returns the last changes.
func showEvents(t *testing.T, v *lab.Vmond) []event {
	t.Helper()
	out, err := v.Run(t, "show", "events", "-o", "json", "--control", v.Control)
	if err != nil {
		t.Fatal(err)
	}
	var all []event
	if err := json.Unmarshal([]byte(out), &all); err != nil {
		t.Fatalf("show events = %.200q: %v", out, err)
	}
	return all
}

// fates is what became of all notifications.
type fates struct {
	Waiting  int    `json:"waiting"`
	Accepted uint64 `json:"accepted"`
	Refused  uint64 `json:"refused"`
	Dropped  uint64 `json:"dropped"`
	Resent   uint64 `json:"resent"`
}

// fatesOf asks vmond at its control socket.
func fatesOf(t *testing.T, v *lab.Vmond) fates {
	t.Helper()
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", v.Control)
	}}
	defer transport.CloseIdleConnections()
	answer, err := (&http.Client{Transport: transport}).Get("http://vmond/health")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var h struct {
		Notifications fates `json:"notifications"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&h); err != nil {
		t.Fatal(err)
	}
	return h.Notifications
}

// TestFullQueue proves what happens when more is to be told than may wait while the master is away: the oldest is dropped,
// what is left is told in order when the master is back, and vmond says of each what became of it.
func TestFullQueue(t *testing.T) {
	t.Parallel()
	const (
		queue   = 20
		defined = 30
	)
	b := startBusy(t, fmt.Sprintf("%squeue = %d\n", perVM, queue))
	b.snmpd.Kill()
	b.libvirtd.DefineTestDomains(t, 1, defined)

	// Each has two changes, of which the first is nothing to tell.
	outcomes := func(of func(n int) string) []string {
		var want []string
		for n := range defined {
			name := lab.TestDomainName(n + 1)
			want = append(want, name+" preparing off", name+" shutdown "+of(n))
		}
		return want
	}
	shown := func() []string {
		var got []string
		for _, e := range showEvents(t, b.vmond) {
			got = append(got, fmt.Sprintf("%s %s %s", e.VMName, e.To, e.PerVM.Outcome))
		}
		return got
	}
	dropped := func(other string) func(int) string {
		return func(n int) string {
			if n < defined-queue {
				return "dropped"
			}
			return other
		}
	}
	lab.Eventually(t, settle, "the oldest are dropped", func() error {
		if diff := cmp.Diff(outcomes(dropped("waiting")), shown()); diff != "" {
			return fmt.Errorf("unexpected events (-want +got):\n%s", diff)
		}
		return nil
	})
	if diff := cmp.Diff(fates{Waiting: queue, Dropped: defined - queue}, fatesOf(t, b.vmond)); diff != "" {
		t.Errorf("unexpected counts while the master is away (-want +got):\n%s", diff)
	}

	b.snmpd.Again(t)
	b.await(t, queue)
	var want, got []string
	for n := defined - queue; n < defined; n++ {
		want = append(want, lab.TestDomainName(n+1)+" vmShutdown(preparing)")
	}
	for _, n := range tellAll(t, b.trapd.Received(t)) {
		got = append(got, n.Name+" "+n.String())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("unexpected notifications (-want +got):\n%s", diff)
	}
	lab.Eventually(t, settle, "all are sent", func() error {
		if diff := cmp.Diff(outcomes(dropped("sent")), shown()); diff != "" {
			return fmt.Errorf("unexpected events (-want +got):\n%s", diff)
		}
		return nil
	})
	if diff := cmp.Diff(fates{Accepted: queue, Dropped: defined - queue}, fatesOf(t, b.vmond)); diff != "" {
		t.Errorf("unexpected counts (-want +got):\n%s", diff)
	}
}
