package agentx

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/posteo/go-agentx/pdu"
	"go.uber.org/zap"

	"github.com/vmond/vmond/mib"
)

const (
	// defaultQueue is how many notifications wait: those of a storm, of a restart of the master, of both.
	defaultQueue = 10000

	// defaultPriority is for subagents that know nothing of others (RFC 2741, section 6.2.3).
	defaultPriority = 127

	// maxText is the longest DisplayString (RFC 2579), and longer than any name of a context (RFC 3411).
	maxText = 255
)

// Config is what a subagent needs to know.
type Config struct {
	// Address is the master's, as ParseAddress reads it.
	Address string
	// Description is o.descr of Open: a text about the subagent for people, a DisplayString of at most 255 ASCII characters.
	Description string
	// Subtree is the region to register. One region for all makes the fewest round trips.
	Subtree mib.OID
	// Priority of the region among those of other subagents; the smallest wins. 0 means 127, the usual one.
	Priority uint8
	// Context is the SNMP context to serve. "" is the default context.
	Context string
	// Capabilities are advertised in the master's sysORTable.
	Capabilities []Capability
	// Queue is how many notifications wait at most, besides the one that was sent; see Notify. 0 means 10,000.
	Queue int
	// Poll is how long at most the next request of the master is awaited awake after an answer, up to 1 ms. It is then also
	// awaited asleep outside of Go's runtime, and a master that walks is followed to its CPU. 0 is none of that.
	Poll time.Duration
	// Opened is called each time a session is opened, before anything that the master asks in it is answered: a master
	// that has come back knows nothing of what was set before. It is called by the goroutine that serves, so it must not
	// block. It may be nil.
	Opened func()
}

// Capability is a row of sysORTable (RFC 3418, section 2).
type Capability struct {
	// ID is sysORID, the name of an AGENT-CAPABILITIES statement.
	ID mib.OID
	// Description is sysORDescr, a DisplayString of at most 255 ASCII characters.
	Description string
}

// A Subagent serves a tree to one AgentX master. Its methods may be called at once from several goroutines.
type Subagent struct {
	cfg     Config
	network string
	address string
	dial    func(ctx context.Context) (net.Conn, error)
	log     *zap.Logger

	running  atomic.Bool
	bell     *bell
	desk     *desk
	queue    *queue
	counts   counters
	dispatch *dispatcher
	lines    lines
	packet   uint32 // of the last request sent; belongs to the serving goroutine
	buf      []byte // what is read; belongs to the serving goroutine
}

// New returns a subagent that does nothing until it runs. It fails if cfg makes no sense.
//
// The function tree is called at most once for each request of the master, so that all varbinds of one answer are
// of one moment, and not if all that it asks is in offers. While there is nothing to serve yet it may return nil.
// If what it returns also is a mib.Setter, SET works.
func New(cfg Config, tree func() mib.Tree, log *zap.Logger) (*Subagent, error) {
	if tree == nil || log == nil {
		panic("agentx: New without a tree or a logger")
	}
	network, address, err := ParseAddress(cfg.Address)
	if err != nil {
		return nil, err
	}
	if err := checkOID(cfg.Subtree); err != nil {
		return nil, fmt.Errorf("agentx: subtree %q: %w", cfg.Subtree, err)
	}
	if err := checkText(cfg.Description); err != nil {
		return nil, fmt.Errorf("agentx: %w", err)
	}
	if len(cfg.Context) > maxText {
		return nil, fmt.Errorf("agentx: context of more than %d octets", maxText)
	}
	if cfg.Priority == 0 {
		cfg.Priority = defaultPriority
	}
	if cfg.Queue < 0 {
		return nil, fmt.Errorf("agentx: queue for %d notifications", cfg.Queue)
	}
	if cfg.Poll < 0 || cfg.Poll > maxPoll {
		return nil, fmt.Errorf("agentx: poll of %v, want 0 to %v", cfg.Poll, maxPoll)
	}
	if cfg.Queue == 0 {
		cfg.Queue = defaultQueue
	}
	wanted := []claim{{region: slices.Clone(cfg.Subtree)}}
	for _, c := range cfg.Capabilities {
		if err := c.check(); err != nil {
			return nil, fmt.Errorf("agentx: capability %q: %w", c.ID, err)
		}
		wanted = append(wanted, claim{capability: c})
	}
	s := &Subagent{
		cfg:     cfg,
		network: network,
		address: address,
		log:     log,
		bell:    newBell(),
		desk:    newDesk(wanted),
		queue:   newQueue(cfg.Queue),
		buf:     make([]byte, pdu.HeaderSize+maxPayload),
		lines:   newLines(log),
	}
	s.dial = s.dialMaster
	s.dispatch = newDispatcher(tree, cfg.Context, &s.counts, log)
	return s, nil
}

func checkOID(o mib.OID) error {
	if len(o) == 0 {
		return errors.New("it is empty")
	}
	if len(o) > mib.MaxSubIDs {
		return fmt.Errorf("%d sub-identifiers, at most %d are allowed", len(o), mib.MaxSubIDs)
	}
	return nil
}

// checkText wants a DisplayString, which is ASCII (RFC 2579, section 2).
func checkText(s string) error {
	if len(s) > maxText {
		return fmt.Errorf("description of more than %d octets", maxText)
	}
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return fmt.Errorf("description with octet %#x, which is not ASCII", s[i])
		}
	}
	return nil
}

func (c Capability) check() error {
	if err := checkOID(c.ID); err != nil {
		return err
	}
	return checkText(c.Description)
}

// Register makes subtree one more region that is wanted, with the priority and context of all. The session with the
// master, or the next one, sees to it. It panics if subtree is no object identifier, or is above or below an offer.
func (s *Subagent) Register(subtree mib.OID) {
	mustOID(subtree)
	s.desk.want(claim{region: slices.Clone(subtree)})
	s.bell.ring()
}

// Unregister says that the region subtree is not wanted any more. If it was not, that changes nothing.
func (s *Subagent) Unregister(subtree mib.OID) {
	mustOID(subtree)
	s.desk.drop(func(c claim) bool { return c.isRegion() && c.region.Compare(subtree) == 0 })
	s.bell.ring()
}

// AddAgentCaps makes c one more capability that is advertised. It panics if its ID is no object identifier, or its
// description no DisplayString.
func (s *Subagent) AddAgentCaps(c Capability) {
	if err := c.check(); err != nil {
		panic("agentx: capability: " + err.Error())
	}
	s.desk.want(claim{capability: Capability{ID: slices.Clone(c.ID), Description: c.Description}})
	s.bell.ring()
}

// RemoveAgentCaps says that the capability id is not advertised any more. If it was not, that changes nothing.
func (s *Subagent) RemoveAgentCaps(id mib.OID) {
	mustOID(id)
	s.desk.drop(func(c claim) bool { return !c.isRegion() && c.capability.ID.Compare(id) == 0 })
	s.bell.ring()
}

func mustOID(o mib.OID) {
	if err := checkOID(o); err != nil {
		panic("agentx: object identifier: " + err.Error())
	}
}

// Alive returns nil once the goroutine that answers the master has come round after the call. That is at once, but while a
// master does not take our connection or our answer it may be dialTimeout or responseTimeout later. Only if the goroutine is
// stuck, or Run is not running, there is an error, when ctx is done. It does not say whether there is a master.
func (s *Subagent) Alive(ctx context.Context) error {
	round := s.desk.nextRound()
	s.bell.ring()
	select {
	case <-round:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%v does not come round: %w", s, context.Cause(ctx))
	}
}

// String names the subagent and its master.
func (s *Subagent) String() string { return "agentx " + s.cfg.Address }
