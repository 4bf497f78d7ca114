package libvirt

import (
	"context"
	"fmt"
	"math"

	lv "github.com/digitalocean/go-libvirt"
)

// The procedures whose answers have something of each virtual machine (remote_protocol.x).
const (
	listAllDomains    = 273
	getAllDomainStats = 344
)

// roll makes one request of a procedure whose answer has something of each virtual machine, and hands that to take. The next
// one waits for its end.
func (s *Source) roll(ctx context.Context, what string, procedure uint32, f func(l *lv.Libvirt) error, take func(x *xdr)) error {
	select {
	case s.rolls <- struct{}{}:
		defer func() { <-s.rolls }()
	case <-ctx.Done():
		return fmt.Errorf("%s: %w", what, missed(ctx))
	}
	return excess(s.reading.do(ctx, what, s.bounds.call, func(c *conn, l *lv.Libvirt) error {
		answer, err := c.divert(procedure, func() error { return f(l) })
		if err != nil {
			return err
		}
		take(answer)
		return nil
	}))
}

// list reads the virtual machines that match the flags, without their states.
func (s *Source) list(ctx context.Context, flags lv.ConnectListAllDomainsFlags) (domains []lv.Domain, err error) {
	// The name carries the flags so that a driver that lacks one is not thought to lack all.
	what := fmt.Sprintf("ConnectListAllDomains(%d)", flags)
	err = s.roll(ctx, what, listAllDomains, func(l *lv.Libvirt) error {
		_, _, err := l.ConnectListAllDomains(1, flags)
		return err
	}, func(x *xdr) { domains = x.domains() })
	return domains, err
}

// bulkStates reads the states of some with one request, or of all if domains is nil. What it returns decodes the answer.
func (s *Source) bulkStates(ctx context.Context, domains []lv.Domain) (decode func() []member, err error) {
	var asked []lv.Domain
	for _, d := range domains {
		if d.UUID != (lv.UUID{}) {
			d.Name = "" // drivers look for the UUID, and with long names the request would be longer than the daemon takes
		}
		asked = append(asked, d)
	}
	var answer *xdr
	err = s.roll(ctx, "ConnectGetAllDomainStats", getAllDomainStats, func(l *lv.Libvirt) error {
		_, err := l.ConnectGetAllDomainStats(asked, uint32(lv.DomainStatsState), nowait)
		return err
	}, func(x *xdr) { answer = x })
	return func() []member { return answer.members() }, err
}

// domain takes a virtual machine (remote_nonnull_domain).
func (x *xdr) domain() lv.Domain {
	d := lv.Domain{Name: x.string()}
	copy(d.UUID[:], x.fixed(uuidSize))
	d.ID = x.int32()
	return d
}

// domains takes a list of them.
func (x *xdr) domains() []lv.Domain {
	n := x.uint32()
	domains := make([]lv.Domain, 0, n)
	for range n {
		domains = append(domains, x.domain())
	}
	return domains
}

// members takes the records of bulk statistics that have only the state.
func (x *xdr) members() []member {
	n := x.uint32()
	members := make([]member, 0, n)
	for range n {
		m := memberOf(x.domain())
		for range x.uint32() {
			m.note(x.whole())
		}
		members = append(members, m)
	}
	return members
}

// note notes a parameter of a record: its name, and its value if that is a whole number. One that is no int32 may be
// another's if it is cut.
func (m *member) note(field []byte, n int64, whole bool) {
	if !whole || n < math.MinInt32 || n > math.MaxInt32 {
		return
	}
	switch string(field) {
	case lv.DomainStatsStateState:
		m.state, m.known = int32(n), true
	case lv.DomainStatsStateReason:
		m.reason = int32(n)
	}
}

// whole takes a typed parameter, and reports whether it is a whole number. One that is too large is the largest there is.
func (x *xdr) whole() (field []byte, n int64, whole bool) {
	field = x.octets()
	switch x.uint32() {
	case typedInt, typedBoolean:
		return field, int64(x.int32()), true
	case typedUint:
		return field, int64(x.uint32()), true
	case typedLlong:
		return field, int64(x.uint64()), true
	case typedUllong:
		return field, int64(min(x.uint64(), math.MaxInt64)), true
	case typedDouble:
		x.uint64()
	case typedString:
		x.octets()
	}
	return field, 0, false
}
