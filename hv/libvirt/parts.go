package libvirt

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	lv "github.com/digitalocean/go-libvirt"

	"github.com/vmond/vmond/hv"
)

// stateChunk is how many virtual machines one request asks for their states. They are at hand in the daemon.
const stateChunk = 1000

// excess says in plain words what libvirt means when there is too much for one answer. Its own words may be in any
// language, but the number is in them, or the error is one of its protocol, which has only that limit.
func excess(err error) error {
	switch {
	case err == nil:
		return nil
	case hasNumber(err.Error(), listLimit):
		return fmt.Errorf("%w: %w", errTooMany, err)
	case isCode(err, lv.ErrRPC):
		return fmt.Errorf("%w: %w", errTooLong, err)
	}
	return err
}

// hasNumber reports whether the text has the number, and not as a part of a longer one.
func hasNumber(text string, n int) bool {
	digits := strings.FieldsFunc(text, func(r rune) bool { return r < '0' || r > '9' })
	return slices.Contains(digits, strconv.Itoa(n))
}

// tooMuch reports whether err says that there is too much for one answer.
func tooMuch(err error) bool { return errors.Is(err, errTooMany) || errors.Is(err, errTooLong) }

// statesInParts reads the states when there are more than one answer can have. Because the parts are read one after the
// other, a virtual machine may be in none of them that changes from one to another in between. Each change of that kind
// is told by an event, so that whoever events tell of meanwhile is asked for by name: only while they come the parts are
// the whole.
func (s *Source) statesInParts(ctx context.Context, why error) ([]hv.Summary, error) {
	a, err := s.attend()
	if err != nil {
		return nil, fmt.Errorf("%w; and in parts only while events come: %w", why, err)
	}
	defer a.end()
	summaries, err := s.survey(ctx, questions{s.listInParts, func(ctx context.Context) (func() []member, error) {
		members, err := s.membersInParts(ctx, a)
		return func() []member { return members }, err
	}})
	if err == nil {
		err = a.flush(ctx)
	}
	if err != nil {
		return nil, err
	}
	for i := range summaries {
		// It may have been in none of the parts of a list of those who have a flag.
		if sum := &summaries[i]; a.heard(sum.Key) {
			sum.AutoStart = hv.Unknown
			if sum.Active() {
				sum.Persistent = hv.Unknown
			}
		}
	}
	return summaries, nil
}

// halves are the filters of which each virtual machine matches one of two, and tells by an event that it will match the
// other. By those of which it does not tell, such as autostart, nothing may be divided.
func halves() [][2]lv.ConnectListAllDomainsFlags {
	return [][2]lv.ConnectListAllDomainsFlags{
		{lv.ConnectListDomainsActive, lv.ConnectListDomainsInactive},
		{lv.ConnectListDomainsPersistent, lv.ConnectListDomainsTransient},
	}
}

// listInParts reads the virtual machines that match the flags, in as many parts as it takes. One may be there twice.
func (s *Source) listInParts(ctx context.Context, flags lv.ConnectListAllDomainsFlags) ([]lv.Domain, error) {
	whole, err := s.list(ctx, flags)
	if !tooMuch(err) {
		return whole, err
	}
	for _, half := range halves() {
		if (flags&half[0] == 0) != (flags&half[1] == 0) {
			continue // they are a half already
		}
		rest := flags &^ (half[0] | half[1])
		one, err := s.listInParts(ctx, rest|half[0])
		if err != nil {
			return nil, err
		}
		other, err := s.listInParts(ctx, rest|half[1])
		return append(one, other...), err
	}
	if errors.Is(err, errTooMany) {
		err = fmt.Errorf("%w: %w", hv.ErrTooMany, err)
	}
	return nil, fmt.Errorf("divided as far as libvirt can list them apart, still %w", err)
}

// membersInParts reads who there is and then the states, and asks also for those of whom a has heard.
func (s *Source) membersInParts(ctx context.Context, a *attention) ([]member, error) {
	domains, err := s.listInParts(ctx, lv.ConnectListDomainsActive|lv.ConnectListDomainsInactive)
	if err != nil {
		return nil, err
	}
	if err := a.flush(ctx); err != nil {
		return nil, err
	}
	listed := map[string]bool{}
	for _, d := range domains {
		listed[keyOf(d)] = true
	}
	for _, key := range a.keys() {
		if listed[key] {
			continue
		}
		d, err := s.lookup(ctx, s.reading, key)
		switch {
		case errors.Is(err, hv.ErrGone):
		case err != nil:
			return nil, err
		default:
			domains = append(domains, d)
		}
	}
	var members []member
	for chunk := range slices.Chunk(domains, stateChunk) {
		part, err := s.membersOf(ctx, chunk)
		if err != nil {
			return nil, err
		}
		members = append(members, part...)
	}
	return members, nil
}

// lookup returns the virtual machine of that key.
func (s *Source) lookup(ctx context.Context, k *link, key string) (found lv.Domain, err error) {
	d, ok := domainOf(key)
	if !ok {
		return d, fmt.Errorf("key %q: %w", key, hv.ErrGone)
	}
	what, find := "DomainLookupByUUID", func(l *lv.Libvirt) (lv.Domain, error) { return l.DomainLookupByUUID(d.UUID) }
	if d.Name != "" {
		what, find = "DomainLookupByName", func(l *lv.Libvirt) (lv.Domain, error) { return l.DomainLookupByName(d.Name) }
	}
	err = k.do(ctx, what, s.bounds.call, func(_ *conn, l *lv.Libvirt) (err error) {
		found, err = find(l)
		return err
	})
	return found, err
}

// membersOf reads the states of some. Who is there no more is left out. If there is too much for one answer the halves are
// asked.
func (s *Source) membersOf(ctx context.Context, domains []lv.Domain) ([]member, error) {
	decode, err := s.bulkStates(ctx, domains)
	switch {
	case err == nil:
		return decode(), nil
	case errors.Is(err, errUnsupported):
		return s.membersOneByOne(ctx, domains)
	case !tooMuch(err) || len(domains) == 1:
		return nil, err
	}
	half := len(domains) / 2
	first, err := s.membersOf(ctx, domains[:half])
	if err != nil {
		return nil, err
	}
	second, err := s.membersOf(ctx, domains[half:])
	return append(first, second...), err
}
