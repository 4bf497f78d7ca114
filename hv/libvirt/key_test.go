package libvirt

import (
	"strings"
	"testing"
	"unicode/utf8"

	lv "github.com/digitalocean/go-libvirt"

	"github.com/vmond/vmond/hv/libvirt/libvirttest"
)

// TestNameOf cuts names that are too long, between two characters.
func TestNameOf(t *testing.T) {
	t.Parallel()
	x := strings.Repeat("x", maxName)
	tests := []struct{ name, of, want string }{
		{"none", "", ""},
		{"usual", "web", "web"},
		{"as long as may be", x, x},
		{"one more", x + "y", x},
		{"a character at the end", x[:maxName-3] + "€", x[:maxName-3] + "€"},
		{"a character over the end", x[:maxName-2] + "€", x[:maxName-2]},
		{"no characters", strings.Repeat("\x80", 2*maxName), strings.Repeat("\x80", maxName-utf8.UTFMax)},
		{"4 MiB", strings.Repeat("x", 4<<20), x},
	}
	for _, tt := range tests {
		if got := nameOf(lv.Domain{Name: tt.of}); got != tt.want {
			t.Errorf("%s: unexpected name of %d octets, want %d", tt.name, len(got), len(tt.want))
		}
	}
}

// TestLongNames has two virtual machines whose names differ only where they are too long, and one of them tell an event.
// They stay apart.
func TestLongNames(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 2*maxName)
	on, down := running(1, long+"a"), off(2, long+"b")
	srv, s := fake(t, libvirttest.Daemon{Type: "QEMU", Domains: []libvirttest.Domain{on, down}})
	w := watch(t, s)
	list, err := s.States(patiently(t))
	if err != nil || len(list) != 2 || list[0].Key != key(1) || list[1].Key != key(2) {
		t.Fatalf("unexpected summaries: %v, %v", list, err)
	}
	srv.Lifecycle(down, 2, 0)
	for _, name := range []string{list[0].Name, list[1].Name, w.next().Name} {
		if name != long[:maxName] {
			t.Errorf("unexpected name of %d octets", len(name))
		}
	}
	for k, o := range definitions(t, s, key(1), key(2)) {
		if o.err != nil {
			t.Errorf("%s: failed to read the definition: %v", k, o.err)
		}
	}
}
