package libvirt

import (
	"context"
	"errors"
	"sync"
	"time"

	lv "github.com/digitalocean/go-libvirt"

	"github.com/vmond/vmond/hv"
)

// listLimit is how many virtual machines one answer of the daemon can have (REMOTE_DOMAIN_LIST_MAX).
const listLimit = 16384

// maxDeaf is how many virtual machines may fail to answer before States gives up.
const maxDeaf = 3

// nowait tells the daemon not to wait for a virtual machine that is busy.
const nowait = uint32(lv.ConnectGetAllDomainsStatsNowait)

// A member is a virtual machine in the list of all, with its state as libvirt has it.
type member struct {
	lv.Domain
	key           string
	state, reason int32
	known         bool // the state could be read
	origin        origin
}

// memberOf returns the virtual machine as a member of which nothing else is known.
func memberOf(d lv.Domain) member { return member{Domain: d, key: keyOf(d)} }

// A flagSet is the set of the virtual machines that a list request filtered. It is nil if the driver cannot tell.
type flagSet map[string]bool

// answer tells whether the virtual machine is in the set.
func (s flagSet) answer(key string) hv.Answer {
	if s == nil {
		return hv.Unknown
	}
	return hv.AnswerOf(s[key])
}

// States reads the states of all virtual machines with four requests, and a fifth where one is active that is not transient and was
// not known to be persistent the last time; or, where the driver has no bulk statistics, with one more for each. What is more than
// libvirt's limits allow for one answer, 16,384 virtual machines and 32 MiB, is read in parts, which takes some more and needs a
// [Source.Watch] that goes on. If one of the parts is too much too, it returns an error that names the limit, [hv.ErrTooMany] where
// it is the number that is too much.
//
// The requests see the hypervisor one after the other, and their order makes the difference harmless. The list with
// the states decides who exists. The managed-save images are read before it: a virtual machine that is saved in
// between says so with its reason. What is read after it holds for all who still exist then. Who has ended by then is told to
// be persistent only if that was so the last time: else it is not known.
func (s *Source) States(ctx context.Context) ([]hv.Summary, error) {
	summaries, err := s.survey(ctx, questions{s.list, s.members})
	if tooMuch(err) {
		return s.statesInParts(ctx, err)
	}
	return summaries, err
}

// questions are how the virtual machines are listed that match flags, and how all are with their states. What decodes these is
// called once the daemon has the next question: so it works meanwhile.
type questions struct {
	list    func(ctx context.Context, flags lv.ConnectListAllDomainsFlags) ([]lv.Domain, error)
	members func(ctx context.Context) (decode func() []member, err error)
}

// survey reads the states by those questions.
func (s *Source) survey(ctx context.Context, q questions) ([]hv.Summary, error) {
	saved, err := q.flagged(ctx, lv.ConnectListDomainsManagedsave)
	if err != nil {
		return nil, err
	}
	decode, err := q.members(ctx)
	if err != nil {
		return nil, err
	}
	var transient, autostart flagSet
	var asking sync.WaitGroup
	asking.Go(func() { transient, autostart, err = q.lasting(ctx) })
	members := decode()
	if asking.Wait(); err != nil {
		return nil, err
	}
	persistent, err := s.persistent(ctx, q, members, transient)
	if err != nil {
		return nil, err
	}
	watching := s.vigils.all()
	for i := range members {
		members[i].origin = originOf(watching, members[i].key)
	}
	jobs := s.settle(ctx, members, saved)
	summaries := make([]hv.Summary, 0, len(members))
	told, other := make(map[string]bool, len(members)), map[string]bool{}
	for _, m := range members {
		sum := m.summary(saved, jobs[m.key])
		if told[sum.Key] {
			continue // who they are is all that tells them apart
		}
		told[sum.Key] = true
		sum.AutoStart = autostart.answer(sum.Key)
		sum.Persistent = s.permanence(m, transient, persistent)
		if sum.Persistent != hv.Yes {
			other[sum.Key] = true
		}
		summaries = append(summaries, sum)
	}
	s.tenure.keep(told, other)
	s.roster.keep(told)
	s.busy.keep(summaries)
	s.sick.keep(told)
	s.mute.keep(told)
	s.agents.keep(told)
	return summaries, nil
}

// summary says what is known of m without the flags.
func (m member) summary(saved flagSet, j job) hv.Summary {
	sum := hv.Summary{Key: m.key, UUID: hv.UUID(m.UUID), Name: nameOf(m.Domain), Run: runOf(m.ID)}
	if m.known {
		sum.State, sum.Admin = m.condition(saved, j).states()
	}
	return sum
}

// condition gathers what the state depends on.
func (m member) condition(saved flagSet, j job) condition {
	return condition{
		state: lv.DomainState(m.state), reason: m.reason, active: m.ID >= 0, saved: saved[m.key],
		origin: m.origin, job: j,
	}
}

// flagged reads who has the flag.
func (q questions) flagged(ctx context.Context, flag lv.ConnectListAllDomainsFlags) (flagSet, error) {
	domains, err := q.list(ctx, flag)
	if errors.Is(err, errUnsupported) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	set := make(flagSet, len(domains))
	for _, d := range domains {
		set[keyOf(d)] = true
	}
	return set, nil
}

// lasting reads who is transient, of whom there are fewer than of the others, and who is started with the host.
func (q questions) lasting(ctx context.Context) (transient, autostart flagSet, err error) {
	transient, err = q.flagged(ctx, lv.ConnectListDomainsTransient)
	if err != nil {
		return nil, nil, err
	}
	autostart, err = q.flagged(ctx, lv.ConnectListDomainsAutostart)
	return transient, autostart, err
}

// members reads the list of all with their states.
func (s *Source) members(ctx context.Context) (decode func() []member, err error) {
	decode, err = s.bulkStates(ctx, nil)
	if !errors.Is(err, errUnsupported) {
		return decode, err
	}
	domains, err := s.list(ctx, lv.ConnectListDomainsActive|lv.ConnectListDomainsInactive)
	if err != nil {
		return nil, err
	}
	members, err := s.membersOneByOne(ctx, domains)
	return func() []member { return members }, err
}

// membersOneByOne reads each state with a request of its own. One that does not answer is in the list nevertheless, with
// its state unknown.
func (s *Source) membersOneByOne(ctx context.Context, domains []lv.Domain) ([]member, error) {
	var members []member
	deaf := 0
	for _, d := range domains {
		m, err := s.ask(ctx, d, s.loneBound(ctx))
		switch {
		case errors.Is(err, hv.ErrGone):
			continue
		case fatal(err), ctx.Err() != nil && err != nil:
			return nil, err
		case errors.Is(err, errMissed):
			if deaf++; deaf > maxDeaf {
				return nil, err
			}
		}
		members = append(members, m)
	}
	return members, nil
}

// ask reads the state of one.
func (s *Source) ask(ctx context.Context, d lv.Domain, bound time.Duration) (member, error) {
	m := memberOf(d)
	err := s.reading.do(ctx, "DomainGetState", bound, func(_ *conn, l *lv.Libvirt) (err error) {
		m.state, m.reason, err = l.DomainGetState(d, 0)
		return err
	})
	m.known = err == nil
	return m, err
}
