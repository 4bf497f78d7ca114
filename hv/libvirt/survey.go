package libvirt

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	lv "github.com/digitalocean/go-libvirt"

	"github.com/vmond/vmond/hv"
)

// maxAddresses is how many addresses of one virtual machine are believed: its own guest may tell them.
const maxAddresses = 1 << 8

// An addressSource is one that libvirt can ask for the addresses of a virtual machine.
type addressSource struct {
	from lv.DomainInterfaceAddressesSource
	what string
}

// addressSources are in the order in which they are asked: what libvirt's own DHCP server has given away is at hand;
// the agent in the guest knows all, but takes its time; of what the host has seen on its networks, some may be of the
// past.
func addressSources() []addressSource {
	return []addressSource{
		{lv.DomainInterfaceAddressesSrcLease, "DomainInterfaceAddresses of the leases"},
		{lv.DomainInterfaceAddressesSrcAgent, "DomainInterfaceAddresses of the agent"},
		{lv.DomainInterfaceAddressesSrcArp, "DomainInterfaceAddresses of the ARP table"},
	}
}

// Surveys reads the addresses and the number of snapshots, of one virtual machine after the other. One whose answer
// took too long costs the others no more than that, and is asked last the next time. What is refused is absent; what did
// not come is an error.
func (s *Source) Surveys(ctx context.Context, keys []string, yield func(string, hv.Survey, error)) error {
	well, ill := s.mute.split(keys)
	deaf := 0
	for _, key := range slices.Concat(well, ill) {
		survey, err := s.inspect(ctx, key, deaf < maxDeafAgents)
		if err != nil && (fatal(err) || ctx.Err() != nil) {
			return err
		}
		if errors.Is(err, errDeaf) {
			deaf++
		}
		yield(key, survey, err)
	}
	return nil
}

// inspect reads the survey of one. Its agent may be asked if asks says so.
func (s *Source) inspect(ctx context.Context, key string, asks bool) (survey hv.Survey, err error) {
	defer func() { s.mute.set(key, errors.Is(err, errMissed)) }()
	d, _, err := s.identify(ctx, s.surveying, key)
	if err != nil {
		return hv.Survey{}, err
	}
	dom, _ := domainOf(key)
	run := runOf(d.id)
	survey.Run = hv.Some(run)
	if survey.Snapshots, err = s.snapshots(ctx, dom); err != nil {
		return hv.Survey{}, err
	}
	if d.active() {
		asks = asks && !s.agents.deaf(key, run, time.Now())
		survey.Addresses, err = s.addresses(ctx, dom, d.agent, asks)
	}
	if errors.Is(err, errDeaf) {
		s.agents.note(key, run, time.Now())
	}
	if errors.Is(err, errDeaf) || errors.Is(err, errUnasked) {
		return survey, err // what it had told stays
	}
	if err != nil {
		return hv.Survey{}, err
	}
	again, err := s.lookup(ctx, s.surveying, key)
	if err == nil && again.ID != d.id {
		err = errRestarted
	}
	if err != nil {
		return hv.Survey{}, err
	}
	return survey, nil
}

// snapshots returns how many snapshots there are. It is absent if the driver has none.
func (s *Source) snapshots(ctx context.Context, dom lv.Domain) (hv.Opt[int], error) {
	var n int32
	err := s.inquire(ctx, "DomainSnapshotNum", func(l *lv.Libvirt) (err error) {
		n, err = l.DomainSnapshotNum(dom, 0)
		return err
	})
	if err != nil || n < 0 {
		return hv.Opt[int]{}, unrefused(err)
	}
	return hv.Some(int(n)), nil
}

// addresses returns those of the first source that tells any that others can use. The agent is asked only where it is
// there and asks says so, and if it would have its time; and a connection that may only read may not ask it.
func (s *Source) addresses(ctx context.Context, dom lv.Domain, agent, asks bool) ([]netip.Addr, error) {
	var unasked error
	for _, source := range addressSources() {
		guest := source.from == lv.DomainInterfaceAddressesSrcAgent
		if guest && !agent {
			continue
		}
		if guest && (!asks || s.shortBound(ctx) < s.bounds.short) {
			unasked = errUnasked
			continue
		}
		var ifaces []lv.DomainInterface
		err := s.inquire(ctx, source.what, func(l *lv.Libvirt) (err error) {
			ifaces, err = l.DomainInterfaceAddresses(dom, uint32(source.from), 0)
			if isCode(err, lv.ErrOperationDenied) {
				return lv.Error{Code: uint32(lv.ErrNoSupport), Message: err.Error()} // as long as the connection lasts
			}
			return err
		})
		if guest && errors.Is(err, errMissed) {
			return nil, fmt.Errorf("%w: %w", errDeaf, err)
		}
		if err := unrefused(err); err != nil {
			return nil, err
		}
		if found := parseAddresses(ifaces); len(found) > 0 {
			return found, nil
		}
	}
	return nil, unasked
}

// inquire makes one request on the connection of the surveys, the answer to which can be left out.
func (s *Source) inquire(ctx context.Context, what string, f func(l *lv.Libvirt) error) error {
	return s.surveying.do(ctx, what, s.shortBound(ctx), func(_ *conn, l *lv.Libvirt) error { return f(l) })
}

// parseAddresses returns the addresses that others can use, each once, those of IPv4 first. An interface that has a
// loopback address is not on a network.
func parseAddresses(ifaces []lv.DomainInterface) []netip.Addr {
	var v4, v6 []netip.Addr
	told := map[netip.Addr]bool{}
	for _, iface := range ifaces {
		addrs := addrsOf(iface)
		if slices.ContainsFunc(addrs, netip.Addr.IsLoopback) {
			continue
		}
		for _, a := range addrs {
			switch {
			case told[a] || !a.IsGlobalUnicast():
			case a.Is4():
				v4 = append(v4, a)
			default:
				v6 = append(v6, a)
			}
			told[a] = true
		}
	}
	all := append(v4, v6...)
	return all[:min(len(all), maxAddresses)]
}

// addrsOf returns the addresses of an interface that can be read.
func addrsOf(iface lv.DomainInterface) []netip.Addr {
	var addrs []netip.Addr
	for _, text := range iface.Addrs {
		if a, err := netip.ParseAddr(text.Addr); err == nil {
			addrs = append(addrs, a.Unmap().WithZone(""))
		}
	}
	return addrs
}
