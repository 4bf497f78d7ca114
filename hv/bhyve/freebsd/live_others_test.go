//go:build !freebsd

package freebsd

import (
	"strings"
	"testing"
)

// TestOpen proves that vmond says why there is no bhyve here.
func TestOpen(t *testing.T) {
	t.Parallel()
	if l, err := Open(); l != nil || err == nil || !strings.Contains(err.Error(), "bhyve is a part of FreeBSD") {
		t.Errorf("%v, %v", l, err)
	}
}
