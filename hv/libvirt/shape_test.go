package libvirt

import (
	"bytes"
	"encoding/binary"
	"math"
	"strings"
	"testing"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/libvirt/libvirttest"
)

// procedures returns all that we ask for.
func procedures() []uint32 {
	const highest = 1000
	var all []uint32
	for p := range uint32(highest) {
		if _, asked := shapeOf(p); asked {
			all = append(all, p)
		}
	}
	return all
}

// fill returns data of a shape, with n elements wherever there may be any number.
func fill(shape string, n int) []byte {
	var b []byte
	number := func(n int) { b = binary.BigEndian.AppendUint32(b, uint32(n)) }
	for i := 0; i < len(shape); i++ {
		switch shape[i] {
		case 'i':
			number(7)
		case 'h':
			b = binary.BigEndian.AppendUint64(b, 7)
		case 'u':
			b = append(b, make([]byte, uuidSize)...)
		case 's':
			number(n)
			b = append(b, make([]byte, (n+3)/4*4)...)
		case 'p':
			number(1)
			b = append(b, "f\x00\x00\x00"...)
			number(7) // a string
			number(n)
			b = append(b, make([]byte, (n+3)/4*4)...)
		case '[':
			end := closing(shape, i)
			number(n)
			for range n {
				b = append(b, fill(shape[i+1:end], n)...)
			}
			i = end
		}
	}
	return b
}

func TestWalk(t *testing.T) {
	t.Parallel()
	for _, p := range procedures() {
		shape, _ := shapeOf(p)
		for n := range 4 {
			body := fill(shape, n)
			x := xdr{rest: body}
			if x.walk(shape); x.err != nil || len(x.rest) > 0 {
				t.Errorf("procedure %d: %v, %d octets left of %q with %d elements", p, x.err, len(x.rest), shape, n)
			}
			for cut := range body {
				x := xdr{rest: body[:cut]}
				if x.walk(shape); x.err == nil {
					t.Errorf("procedure %d: the first %d of %d octets are of the shape %q", p, cut, len(body), shape)
				}
			}
		}
	}
}

// TestWalkParam has the types of parameters that there are, and those that there are not.
func TestWalkParam(t *testing.T) {
	t.Parallel()
	sizes := map[uint32]int{1: 4, 2: 4, 3: 8, 4: 8, 5: 8, 6: 4, 7: 8}
	for kind := range uint32(12) {
		b := binary.BigEndian.AppendUint32([]byte("\x00\x00\x00\x01f\x00\x00\x00"), kind)
		b = append(b, "\x00\x00\x00\x04abcd"...)
		x := xdr{rest: b}
		x.walk("p")
		size, known := sizes[kind]
		if (x.err == nil) != known || known && len(x.rest) != 8-size {
			t.Errorf("type %d: %v, %d octets left", kind, x.err, len(x.rest))
		}
	}
}

// TestInputAnswers has answers that speak of more than there is, to each request in turn. The request fails, or what cannot
// be is not believed, and nothing else is the worse for it: neither the memory nor the connection.
func TestInputAnswers(t *testing.T) {
	t.Parallel()
	bodies := map[string][]byte{"nothing": nil, "text": []byte("HTTP/1.1 400 Bad Request\r\n"), "zeros": make([]byte, 1<<16)}
	for _, n := range []uint32{1, 16384, 1 << 24, math.MaxInt32, math.MaxUint32} {
		var b []byte
		for range 32 {
			b = binary.BigEndian.AppendUint32(b, n)
		}
		bodies[itoa(int(n))] = b
	}
	// Elements of which the first is whole.
	bodies["one of many"] = append([]byte("\x7f\xff\xff\xff"), fill("suisuisui", 3)...)
	bodies["many of one"] = append(append([]byte("\x00\x00\x00\x01"), fill("sui", 3)...), "\x7f\xff\xff\xff"...)
	bodies["beyond a string"] = append(fill("s", 8), bytes.Repeat([]byte{0x7f}, 64)...)
	for _, p := range procedures() {
		t.Run(itoa(int(p)), func(t *testing.T) {
			t.Parallel()
			d := someDaemon()
			// So that all that is asked one by one is asked too.
			d.Unsupported = map[libvirttest.Proc]bool{}
			if p != uint32(libvirttest.ConnectGetAllStats) {
				d.Unsupported[libvirttest.ConnectGetAllStats] = true
			}
			srv, s := fake(t, d)
			for name, body := range bodies {
				srv.Change(func(d *libvirttest.Daemon) { d.Body = map[libvirttest.Proc][]byte{libvirttest.Proc(p): body} })
				for _, m := range methods() {
					// That what it says makes sense is not asked: zeros may.
					if err := m.call(patiently(t), s); err != nil && strings.Contains(err.Error(), errMissed.Error()) {
						t.Errorf("%s with %s: unexpected error: %v", m.name, name, err)
					}
				}
				srv.Change(func(d *libvirttest.Daemon) { d.Body = nil })
				srv.Hangup() // what was learned of the connection is forgotten
				eventually(t, "all is as it should be", func() bool {
					list, err := s.States(t.Context())
					return err == nil && len(list) == len(d.Domains)
				})
				got := definitions(t, s, key(1))[key(1)]
				if got.err != nil || got.value.CurCPUs != hv.Some(1) {
					t.Errorf("unexpected definition after %s: %+v", name, got)
				}
			}
		})
	}
}

func FuzzWalk(f *testing.F) {
	for _, p := range procedures() {
		shape, _ := shapeOf(p)
		f.Add(p, fill(shape, 2))
	}
	f.Fuzz(func(t *testing.T, procedure uint32, body []byte) {
		shape, asked := shapeOf(procedure)
		if !asked {
			shape = failureShape
		}
		x := xdr{rest: body}
		if x.walk(shape); x.err == nil && len(x.rest) > len(body) || x.err != nil && x.rest != nil {
			t.Errorf("%d octets left of %d: %v", len(x.rest), len(body), x.err)
		}
		// More after the end is no worse, and less of what was needed is.
		if x.err == nil {
			less := xdr{rest: body[:len(body)-len(x.rest)]}
			if less.walk(shape); less.err != nil || len(less.rest) > 0 {
				t.Errorf("what was taken is not of the shape: %v", less.err)
			}
		}
	})
}
