package libvirt

import (
	"errors"
	"fmt"

	lv "github.com/digitalocean/go-libvirt"

	"github.com/vmond/vmond/hv"
)

// ErrClosed is the error of a Source that was closed.
var ErrClosed = errors.New("libvirt: source is closed")

// The ways in which a request can fail that are not the daemon's answer.
var (
	// errUnreachable says that there is no connection and none could be opened.
	errUnreachable = errors.New("cannot connect")
	// errMissed says that the answer did not come in time. The connection was closed.
	errMissed = errors.New("no answer in time")
	// errLost says that the connection ended while the answer was awaited, for a reason that has nothing to do with
	// this request.
	errLost = errors.New("connection lost")
	// errUnwatched says that no events come, so that nothing can be said of them.
	errUnwatched = errors.New("not watched")
	// errUnsupported says that the driver does not have the function.
	errUnsupported = errors.New("not supported by the driver")
	// errTooMany and errTooLong say that there is more than one answer of the daemon can have (REMOTE_DOMAIN_LIST_MAX,
	// VIR_NET_MESSAGE_MAX).
	errTooMany = fmt.Errorf("more virtual machines than libvirt's limit of %d for one answer", listLimit)
	errTooLong = errors.New("more than libvirt's limit of 32 MiB for one answer")
)

// translate turns an answer of the daemon into an error of ours.
func translate(what string, err error) error {
	switch {
	case err == nil:
		return nil
	case lv.IsNotFound(err):
		return fmt.Errorf("%s: %w", what, hv.ErrGone)
	case isCode(err, lv.ErrNoSupport), errors.Is(err, lv.ErrUnsupported):
		return fmt.Errorf("%s: %w", what, errUnsupported)
	}
	return fmt.Errorf("%s: %w", what, err)
}

// isCode reports whether err is the daemon's error of that number (virErrorNumber).
func isCode(err error, code lv.ErrorNumber) bool {
	var e lv.Error
	return errors.As(err, &e) && e.Code == uint32(code)
}

// fatal reports whether after err nothing else can be asked either.
func fatal(err error) bool {
	return errors.Is(err, errUnreachable) || errors.Is(err, ErrClosed)
}

// refused reports whether err is an answer of the daemon, who goes on to answer other requests.
func refused(err error) bool {
	var e lv.Error
	return errors.Is(err, errUnsupported) || errors.As(err, &e)
}

// unrefused returns err, unless it is an answer of the daemon.
func unrefused(err error) error {
	if refused(err) {
		return nil
	}
	return err
}
