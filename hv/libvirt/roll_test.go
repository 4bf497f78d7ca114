package libvirt

import (
	"context"
	"fmt"
	"math"
	"testing"

	lv "github.com/digitalocean/go-libvirt"
	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv/libvirt/libvirttest"
)

// odd returns virtual machines of all kinds that a list can have.
func odd() libvirttest.Daemon {
	d := daemonOf(running(1, "web"), in(3, 1), paused2(3, "naïve\n"))
	for i, p := range []any{
		int32(-1), int32(math.MaxInt32), uint32(5), uint32(math.MaxUint32), int64(4), int64(math.MinInt64), uint64(6),
		uint64(math.MaxUint64), 1.5, true, "running",
	} {
		vm := running(10+i, fmt.Sprintf("odd-%d", i))
		vm.StateStats = []libvirttest.Param{
			{Name: "state.reason", Value: p}, {Name: "state", Value: int32(1)}, {Name: "state.state", Value: p},
			{Name: "vcpu.0.state", Value: int32(3)},
		}
		d.Domains = append(d.Domains, vm)
	}
	none := running(30, "")
	none.StateStats = []libvirttest.Param{}
	d.Domains = append(d.Domains, none)
	return d
}

// TestRollIsWhatGoLibvirtSays proves that what is decoded here is what go-libvirt makes of the same answers.
func TestRollIsWhatGoLibvirtSays(t *testing.T) {
	t.Parallel()
	d := odd()
	_, s := fake(t, d)
	ctx := patiently(t)
	var (
		domains []lv.Domain
		records []lv.DomainStatsRecord
	)
	err := s.reading.do(ctx, "both", s.bounds.call, func(_ *conn, l *lv.Libvirt) (err error) {
		if domains, _, err = l.ConnectListAllDomains(1, 0); err != nil {
			return err
		}
		records, err = l.ConnectGetAllDomainStats(nil, uint32(lv.DomainStatsState), nowait)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(domains) != len(d.Domains) || len(records) != len(d.Domains) {
		t.Fatalf("unexpected answers: %d and %d of %d", len(domains), len(records), len(d.Domains))
	}
	var want []member
	for _, r := range records {
		want = append(want, fromParams(r))
	}
	got, err := s.list(ctx, 0)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(domains, got); diff != "" {
		t.Errorf("unexpected list (-go-libvirt +ours):\n%s", diff)
	}
	decode, err := s.bulkStates(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, decode(), cmp.AllowUnexported(member{})); diff != "" {
		t.Errorf("unexpected members (-go-libvirt +ours):\n%s", diff)
	}
}

// fromParams makes a member of a record as go-libvirt decodes it.
func fromParams(r lv.DomainStatsRecord) member {
	m := memberOf(r.Dom)
	for _, p := range r.Params {
		n, ok := enumerator(p).Get()
		if !ok {
			continue
		}
		switch p.Field {
		case lv.DomainStatsStateState:
			m.state, m.known = n, true
		case lv.DomainStatsStateReason:
			m.reason = n
		}
	}
	return m
}

// TestRollsOneAfterTheOther has many lists read at once, each with an answer of its own.
func TestRollsOneAfterTheOther(t *testing.T) {
	t.Parallel()
	_, s := fake(t, daemonOf(running(1, "web"), off(2, "db")))
	ctx := patiently(t)
	wrong := make(chan error, 40)
	for n := range cap(wrong) {
		flags, want := lv.ConnectListDomainsActive, "web"
		if n%2 == 0 {
			flags, want = lv.ConnectListDomainsInactive, "db"
		}
		go func() {
			list, err := s.list(ctx, flags)
			if err == nil && (len(list) != 1 || list[0].Name != want) {
				err = fmt.Errorf("unexpected list: %+v, want %q", list, want)
			}
			wrong <- err
		}()
	}
	for range cap(wrong) {
		if err := <-wrong; err != nil {
			t.Error(err)
		}
	}
}

// TestRollGivesUp proves that who waits for another's list waits no longer than it may.
func TestRollGivesUp(t *testing.T) {
	t.Parallel()
	_, s := fake(t, daemonOf())
	s.rolls <- struct{}{}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.list(ctx, 0); err == nil {
		t.Error("no error though it was another's turn")
	}
	<-s.rolls
	if _, err := s.list(t.Context(), 0); err != nil {
		t.Errorf("unexpected error once it was our turn: %v", err)
	}
}

func TestBlank(t *testing.T) {
	t.Parallel()
	for _, p := range procedures() {
		shape, _ := shapeOf(p)
		body := make([]byte, blank(shape))
		x := xdr{rest: body}
		if x.walk(shape); x.err != nil || len(x.rest) > 0 {
			t.Errorf("%d zeros are no %s: %d are left, %v", len(body), shape, len(x.rest), x.err)
		}
	}
}

// FuzzRoll proves that whatever has the shape of an answer is decoded without a panic, and to its end.
func FuzzRoll(f *testing.F) {
	for _, p := range []uint32{listAllDomains, getAllDomainStats} {
		shape, _ := shapeOf(p)
		f.Add(p, fill(shape, 2))
	}
	f.Fuzz(func(t *testing.T, procedure uint32, body []byte) {
		shape, asked := shapeOf(procedure)
		if !asked || procedure != listAllDomains && procedure != getAllDomainStats {
			return
		}
		walked := xdr{rest: body}
		if walked.walk(shape); walked.err != nil {
			return // which is handed to nobody
		}
		x := xdr{rest: body}
		if procedure == listAllDomains {
			x.domains()
			x.uint32()
		} else {
			x.members()
		}
		if x.err != nil || len(x.rest) != len(walked.rest) {
			t.Errorf("%d octets are left, want %d: %v", len(x.rest), len(walked.rest), x.err)
		}
	})
}

// BenchmarkRoll decodes the states of 10,000 virtual machines.
func BenchmarkRoll(b *testing.B) {
	shape, _ := shapeOf(getAllDomainStats)
	body := fill(shape, 10_000)
	b.ReportAllocs()
	for b.Loop() {
		x := xdr{rest: body}
		x.members()
	}
}
