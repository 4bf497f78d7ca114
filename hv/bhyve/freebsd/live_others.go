//go:build !freebsd

package freebsd

import (
	"errors"
	"runtime"
)

// A Live system is the FreeBSD that vmond runs on. On other systems there is none.
type Live struct{ System }

// Open returns an error, since bhyve is FreeBSD's.
func Open() (*Live, error) {
	return nil, errors.New("bhyve is a part of FreeBSD, and this is " + runtime.GOOS)
}
