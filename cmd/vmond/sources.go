package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"go.uber.org/zap"

	"github.com/vmond/vmond/cmd/internal/config"
	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/libvirt"
	"github.com/vmond/vmond/hv/sim"
)

// A hypervisor is a source that is open, as all commands use it.
type hypervisor struct {
	source hv.Source // and an hv.Watcher, if it can be one
	uri    string    // without a password
	close  func() error
}

// openHypervisor returns the hypervisor that the configuration names. It connects to nothing yet. A URI that makes no
// sense is a usageError; that there is no hypervisor on this machine is not.
func openHypervisor(c config.Hypervisor, log *zap.Logger) (hypervisor, error) {
	uri := c.URI
	if uri == config.Auto {
		var ok bool
		if uri, ok = libvirt.Local(); !ok {
			return hypervisor{}, noHypervisor(libvirt.LookedFor())
		}
	}
	h, err := dialect(uri, log)
	if err != nil {
		return hypervisor{}, usageError{err}
	}
	h.source = rename(h.source, c.ObjectID)
	return h, nil
}

// understood returns a usageError if no source understands the URI of the hypervisor: that is found out without it.
func understood(c config.Hypervisor) error {
	if c.URI == config.Auto {
		return nil
	}
	h, err := dialect(c.URI, zap.NewNop())
	if err != nil {
		return usageError{err}
	}
	return h.close()
}

// dialect returns the source that understands the URI.
func dialect(uri string, log *zap.Logger) (hypervisor, error) {
	if strings.HasPrefix(uri, "sim:") {
		s, err := sim.New(uri)
		if err != nil {
			return hypervisor{}, err
		}
		return hypervisor{source: s, uri: uri, close: s.Close}, nil
	}
	s, err := libvirt.New(uri, log)
	if err != nil {
		return hypervisor{}, err
	}
	return hypervisor{source: s, uri: s.String(), close: s.Close}, nil
}

// noHypervisor says what to do where this machine has no hypervisor, and then what was looked for.
func noHypervisor(sockets []string) error {
	const advice = "no hypervisor was found on this machine: start libvirt, or name one with --hypervisor or hypervisor.uri"
	if len(sockets) == 0 {
		return errors.New(advice)
	}
	return fmt.Errorf("%s; looked for %s", advice, strings.Join(sockets, ", "))
}

// A renamed is a source whose hypervisor has another vmHvObjectID.
type renamed struct {
	hv.Source
	id []uint32
}

// A renamedWatcher is a renamed that watches, too.
type renamedWatcher struct {
	renamed
	hv.Watcher
}

// rename returns src with the object identifier, or src if there is none.
func rename(src hv.Source, id []uint32) hv.Source {
	if id == nil {
		return src
	}
	r := renamed{Source: src, id: id}
	if w, ok := src.(hv.Watcher); ok {
		return renamedWatcher{r, w}
	}
	return r
}

// Host returns the host under its other name.
func (r renamed) Host(ctx context.Context) (hv.Host, error) {
	h, err := r.Source.Host(ctx)
	h.ObjectID = r.id
	return h, err
}
