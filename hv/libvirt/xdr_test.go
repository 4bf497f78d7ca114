package libvirt

import (
	"errors"
	"testing"
)

func TestXDR(t *testing.T) {
	t.Parallel()
	x := xdr{rest: []byte("\x80\x00\x00\x01" + "\xff\xff\xff\xff" + "\x00\x00\x00\x05abcde\x00\x00\x00" + "\x00\x00\x00\x00" + "xyz\x00" + "\x00\x00\x00\x09")}
	if u, i := x.uint32(), x.int32(); u != 1<<31+1 || i != -1 {
		t.Errorf("unexpected numbers: %d, %d", u, i)
	}
	if s, empty, fixed := x.string(), x.string(), x.fixed(3); s != "abcde" || empty != "" || string(fixed) != "xyz" {
		t.Errorf("unexpected octets: %q, %q, %q", s, empty, fixed)
	}
	if x.err != nil {
		t.Errorf("unexpected error: %v", x.err)
	}
	if s := x.string(); s != "" || !errors.Is(x.err, errShort) {
		t.Errorf("unexpected string beyond the end: %q, %v", s, x.err)
	}
	if u, b := x.uint32(), x.fixed(0); u != 0 || b != nil {
		t.Errorf("unexpected values after the end: %d, %v", u, b)
	}
}

func TestXDRShort(t *testing.T) {
	t.Parallel()
	for name, take := range map[string]func(x *xdr){
		"\x00\x00\x00":                  func(x *xdr) { x.uint32() },
		"\x00\x00\x00\x02a":             func(x *xdr) { _ = x.string() },
		"\x00\x00\x00\x01a\x00\x00":     func(x *xdr) { _ = x.string() }, // the padding is missing
		"\x7f\xff\xff\xffabcd":          func(x *xdr) { _ = x.string() },
		"\xff\xff\xff\xffabcd":          func(x *xdr) { _ = x.string() },
		"\xff\xff\xff\xfe":              func(x *xdr) { _ = x.string() },
		"0123456789abcde":               func(x *xdr) { x.fixed(16) },
		"\x00\x00\x00\x05abcde\x00\x00": func(x *xdr) { _ = x.string() },
	} {
		x := xdr{rest: []byte(name)}
		if take(&x); !errors.Is(x.err, errShort) {
			t.Errorf("%q: unexpected error: %v", name, x.err)
		}
	}
}
