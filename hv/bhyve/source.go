package bhyve

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"sync"

	"go.uber.org/zap"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// errClosed is the error of every question after Close.
var errClosed = errors.New("bhyve: the source is closed")

// A Source reads the virtual machines of one FreeBSD host that bhyve runs. Its methods are those of [hv.Source], [hv.Surveyor],
// [hv.Watcher] and [hv.Closer].
type Source struct {
	uri string
	sys freebsd.System
	log *zap.Logger

	troubles *troubles
	scout    *scout
	observer *observer

	inquiry   *inquiry
	inventory *inventory
	starts    *starts
	boots     boots

	life  context.Context // done once the Source is closed
	close context.CancelCauseFunc
	once  sync.Once
}

var (
	_ hv.Source   = (*Source)(nil)
	_ hv.Surveyor = (*Source)(nil)
	_ hv.Watcher  = (*Source)(nil)
	_ hv.Closer   = (*Source)(nil)
)

// The parts of a URI.
const (
	scheme   = "bhyve"
	recorded = "recorded"
)

// New returns a Source for that URI, and asks nothing yet. "bhyve:///" is the machine that vmond runs on, which is an error if
// that is not FreeBSD; "bhyve:///?recorded=DIR" is the host that was recorded in the directory (see [Record]). Any other URI is an
// error that names it.
func New(uri string, log *zap.Logger) (*Source, error) {
	sys, err := open(uri)
	if err != nil {
		return nil, err
	}
	return newSource(sys, uri, log), nil
}

// open returns the system that the URI names.
func open(uri string) (freebsd.System, error) {
	dir, err := parseURI(uri)
	if err != nil {
		return nil, err
	}
	if dir == "" {
		sys, err := freebsd.Open()
		if err != nil {
			return nil, fmt.Errorf("open %q: %w", uri, err)
		}
		return sys, nil
	}
	sys, err := freebsd.OpenRecording(dir)
	if err != nil {
		return nil, fmt.Errorf("open the recording %q: %w", dir, err)
	}
	return sys, nil
}

// parseURI returns the directory of a recorded host, or an empty text for this machine.
func parseURI(uri string) (dir string, err error) {
	u, err := url.Parse(uri)
	if err != nil {
		return "", fmt.Errorf("hypervisor %q is not a URI: %w", uri, err)
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return "", fmt.Errorf("hypervisor %q: %w", uri, err)
	}
	if u.Scheme != scheme || u.Opaque != "" || u.Host != "" || u.User != nil || u.Path != "/" || u.Fragment != "" {
		return "", fmt.Errorf("hypervisor %q is neither bhyve:/// nor bhyve:///?recorded=DIR", uri)
	}
	for name, values := range query {
		if name != recorded || len(values) != 1 || values[0] == "" {
			return "", fmt.Errorf("hypervisor %q: parameter %q is not recorded=DIR, once", uri, name)
		}
	}
	return query.Get(recorded), nil
}

// newSource returns a Source that asks sys.
func newSource(sys freebsd.System, uri string, log *zap.Logger) *Source {
	s := &Source{uri: uri, sys: sys, log: log.With(zap.String("hypervisor", uri))}
	s.life, s.close = context.WithCancelCause(context.Background())
	s.troubles = newTroubles(s.log)
	s.scout = newScout(s.life, sys, s.troubles, defaultBounds())
	s.observer = newObserver(s.troubles, s.scout.gather, sys)
	s.inquiry = newInquiry(s.life, sys, s.troubles)
	s.inventory = newInventory(s.life, sys, s.troubles)
	s.starts = newStarts()
	return s
}

// String returns the URI.
func (s *Source) String() string { return s.uri }

// Close ends what is under way with an error. A second call does nothing.
func (s *Source) Close() error {
	s.once.Do(func() { s.close(errClosed) })
	return nil
}

// within returns a context that is done when ctx is or when the Source is closed, and what lets go of it. The error says that the
// Source is closed already.
func (s *Source) within(ctx context.Context) (context.Context, context.CancelFunc, error) {
	if s.life.Err() != nil {
		return nil, nil, errClosed
	}
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(s.life, func() { cancel(errClosed) })
	return ctx, func() { stop(); cancel(nil) }, nil
}

// closed returns the error that a question ends with: that the Source was closed meanwhile, if it was.
func (s *Source) closed(err error) error {
	if err != nil && s.life.Err() != nil {
		return errClosed
	}
	return err
}

// States reads the state of every virtual machine that is not libvirt's. It is an error if the host's processes cannot be read;
// without a manager's files its virtual machines are those that it last had.
func (s *Source) States(ctx context.Context) ([]hv.Summary, error) {
	ctx, cancel, err := s.within(ctx)
	if err != nil {
		return nil, err
	}
	defer cancel()
	standings, err := s.observer.look(ctx)
	if err != nil {
		return nil, s.closed(err)
	}
	summaries := make([]hv.Summary, 0, len(standings))
	for _, st := range standings {
		summaries = append(summaries, st.summary())
	}
	// The order is no matter to vmond, but so those who see all for the first time give the same index to the same.
	slices.SortFunc(summaries, func(a, b hv.Summary) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Key, b.Key)) })
	return summaries, nil
}

// Watch tells what happens until ctx is done, as [hv.Watcher] says.
func (s *Source) Watch(ctx context.Context, yield func(hv.Event)) error {
	within, cancel, err := s.within(ctx)
	if err != nil {
		return err
	}
	defer cancel()
	err = s.observer.Watch(within, yield)
	if err == nil && ctx.Err() == nil && s.life.Err() != nil {
		return errClosed
	}
	return s.closed(err)
}

// Flush waits until all has been told that happened, as [hv.Watcher] says.
func (s *Source) Flush(ctx context.Context) error {
	ctx, cancel, err := s.within(ctx)
	if err != nil {
		return err
	}
	defer cancel()
	return s.closed(s.observer.Flush(ctx))
}

// State reads the state of one virtual machine, as [hv.Watcher] says.
func (s *Source) State(ctx context.Context, key string) (hv.OperState, error) {
	ctx, cancel, err := s.within(ctx)
	if err != nil {
		return hv.StateUnknown, err
	}
	defer cancel()
	state, err := s.observer.State(ctx, key)
	return state, s.closed(err)
}
