package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"runtime"
	"strings"

	"go.uber.org/zap"

	"github.com/vmond/vmond/cmd/internal/config"
	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/bhyve"
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
		if uri, ok = auto(libvirt.Local, bhyve.Present); !ok {
			return hypervisor{}, noHypervisor(runtime.GOOS, lookedFor(runtime.GOOS))
		}
	}
	h, err := dialect(uri, log)
	if err != nil {
		return hypervisor{}, usageError{err}
	}
	h.source = rename(h.source, c.ObjectID)
	return h, nil
}

// nativeBhyve is bhyve of this machine without libvirt.
const nativeBhyve = "bhyve:///"

// auto returns the URI of this machine's own hypervisor. Libvirt goes before bhyve: who runs it there has given it the virtual
// machines that matter, and those that it was not given are told by check (see strangers).
func auto(libvirt func() (string, bool), bhyve func() bool) (uri string, ok bool) {
	if uri, ok := libvirt(); ok {
		return uri, true
	}
	return nativeBhyve, bhyve()
}

// lookedFor returns what auto looks for on an operating system.
func lookedFor(goos string) []string {
	looked := libvirt.LookedFor()
	if goos == "freebsd" {
		looked = append(looked, bhyve.LookedFor())
	}
	return looked
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
	if isNativeBhyve(uri) {
		s, err := bhyve.New(uri, log)
		if err != nil {
			return hypervisor{}, err
		}
		return hypervisor{source: s, uri: s.String(), close: s.Close}, nil
	}
	s, err := libvirt.New(uri, log)
	if err != nil {
		return hypervisor{}, err
	}
	return hypervisor{source: s, uri: s.String(), close: s.Close}, nil
}

// isNativeBhyve reports whether a URI is for hv/bhyve: libvirt's driver for bhyve has bhyve:///system, and a host or a transport
// for one elsewhere.
func isNativeBhyve(uri string) bool {
	u, err := url.Parse(uri)
	return err == nil && u.Scheme == "bhyve" && u.Host == "" && strings.Trim(u.Path, "/") == ""
}

// noHypervisor says what to do where this machine has no hypervisor, and then what was looked for.
func noHypervisor(goos string, looked []string) error {
	advice := "start libvirt"
	if goos == "freebsd" {
		advice = "load vmm(4) for bhyve, start libvirt"
	}
	advice = "no hypervisor was found on this machine: " + advice + ", or name one with --hypervisor or hypervisor.uri"
	if len(looked) == 0 {
		return errors.New(advice)
	}
	return fmt.Errorf("%s; looked for %s", advice, strings.Join(looked, ", "))
}

// A renamed is a source whose hypervisor has another vmHvObjectID.
type renamed struct {
	hv.Source
	id []uint32
}

// rename returns src with the object identifier, or src if there is none. It can do what src can.
func rename(src hv.Source, id []uint32) hv.Source {
	if id == nil {
		return src
	}
	r := renamed{Source: src, id: id}
	w, watches := src.(hv.Watcher)
	s, surveys := src.(hv.Surveyor)
	switch {
	case watches && surveys:
		return struct {
			renamed
			hv.Watcher
			hv.Surveyor
		}{r, w, s}
	case watches:
		return struct {
			renamed
			hv.Watcher
		}{r, w}
	case surveys:
		return struct {
			renamed
			hv.Surveyor
		}{r, s}
	}
	return r
}

// original returns the source under its own name.
func (r renamed) original() hv.Source { return r.Source }

// Host returns the host under its other name.
func (r renamed) Host(ctx context.Context) (hv.Host, error) {
	h, err := r.Source.Host(ctx)
	h.ObjectID = r.id
	return h, err
}
