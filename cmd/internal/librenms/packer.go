package librenms

import (
	"compress/gzip"
	"encoding/base64"
	"errors"
)

// A packer makes what goes through SNMP of a Document, if it is not too long.
type packer struct {
	limit int
	gzip  *gzip.Writer
	// packed is the last that was not.
	packed []byte
}

// newPacker returns a packer for so many octets.
func newPacker(limit int) *packer { return &packer{limit: limit, gzip: gzip.NewWriter(nil)} }

// pack packs what is chosen, and reports whether that fits. It gives up as soon as it does not, so that what is far too
// long costs no more than what is a little too long.
func (p *packer) pack(d *Document, c choice) bool {
	out := &bounded{room: p.limit}
	text := base64.NewEncoder(base64.StdEncoding, out)
	p.gzip.Reset(text)
	if err := errors.Join(d.encode(p.gzip, c), p.gzip.Close(), text.Close()); err != nil {
		return false
	}
	p.packed = out.octets
	return true
}

// A bounded is a writer that takes no more than so many octets.
type bounded struct {
	octets []byte
	room   int
}

// errTooLong says that there is no room left.
var errTooLong = errors.New("too long")

func (b *bounded) Write(p []byte) (int, error) {
	if len(b.octets)+len(p) > b.room {
		return 0, errTooLong
	}
	b.octets = append(b.octets, p...)
	return len(p), nil
}
