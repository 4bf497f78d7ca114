package bhyve

import (
	"io/fs"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

func TestVNCAddress(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"0.0.0.0:5900":          "0.0.0.0:5900",
		"127.0.0.1:1":           "127.0.0.1:1",
		"127.0.0.1:65535":       "127.0.0.1:65535",
		"127.0.0.1:05900":       "127.0.0.1:5900",
		"[::1]:5901":            "[::1]:5901",
		"[fe80::1%em0]:5901":    "[fe80::1%em0]:5901",
		"[fe80::1%vm_lan]:5901": "[fe80::1%vm_lan]:5901",
		"[fe80::1%a b]:5901":    "",
		"vm_lan:5901":           "",
		"[::1]":                 "[::1]:5900",
		"hv1.example.net:5902":  "hv1.example.net:5902",
		"5902":                  "127.0.0.1:5902",
		":5902":                 "127.0.0.1:5902",
		"":                      "127.0.0.1:5900",
		"127.0.0.1:0":           "",
		"127.0.0.1:65536":       "",
		"127.0.0.1:-1":          "",
		"127.0.0.1:":            "",
		"127.0.0.1":             "",
		"[::1]:":                "",
		"[::1]5901":             "",
		"[::1:5901":             "",
		"[]:5901":               "127.0.0.1:5901",
		"::1:5901":              "",
		"127.0.0.1:5900:secret": "",
		"se cret:5900":          "",
		"***":                   "",
		"%(port)":               "",
	} {
		if got := vncAddress(text); got != want {
			t.Errorf("%q is at %q, want %q", text, got, want)
		}
	}
}

func TestOptionsConsole(t *testing.T) {
	t.Parallel()
	at := func(address string) hv.Opt[hv.Console] { return hv.Some(hv.Console{Type: "vnc", Address: address}) }
	tests := []struct {
		line string
		want hv.Opt[hv.Console]
	}{
		{"-s 4,virtio-blk,/a,tcp=1.2.3.4:5900 guest", hv.Opt[hv.Console]{}},
		{"-s 0:7:0,fbuf,tcp=0.0.0.0:5900 -s 0:8:0,xhci,tablet guest", at("0.0.0.0:5900")},
		{"-s 29,fbuf,w=1024,tcp=127.0.0.1:5901,h=768,wait,password=secret guest", at("127.0.0.1:5901")},
		{"-s 29,fbuf,password=127.0.0.2:5901,w=1024 guest", at("127.0.0.1:5900")},
		{"-s 29,fbuf,tcp=1.2.3.4:5900,rfb=5.6.7.8:5900 guest", at("5.6.7.8:5900")},
		{"-s 29,fbuf guest", at("127.0.0.1:5900")},
		{"-s 29,fbuf,tcp=5907 guest", at("127.0.0.1:5907")},
		{"-s 29,fbuf,tcp=x y guest", at("")},
		{"-s 29,fbuf,tcp=secret:word guest", at("")},
		{"-k /etc/guest.conf -s 29,fbuf guest", at("")},
		{"-k /etc/guest.conf -s 29,fbuf,tcp=127.0.0.1:5900 guest", at("127.0.0.1:5900")},
		{"-o pci.0.29.0.device=fbuf -o pci.0.29.0.tcp=127.0.0.1:5904 guest", at("127.0.0.1:5904")},
		{"-o port=5905 -s 29,fbuf,tcp=127.0.0.1:%(port) guest", at("")},
	}
	for _, tt := range tests {
		var got hv.Opt[hv.Console]
		if c, ok := parseOptions(strings.Split(tt.line, " ")).console(); ok {
			got = hv.Some(c)
		}
		if got != tt.want {
			t.Errorf("%q: unexpected console %+v, want %+v", tt.line, got, tt.want)
		}
	}
}

// TestMakeupConsole proves that what a process was started with is what it has, and that it may not be told.
func TestMakeupConsole(t *testing.T) {
	t.Parallel()
	written := makeup{console: consoleAt("0.0.0.0:5999"), drives: []drive{{emulation: "nvme", path: "/a"}}}
	tests := []struct {
		name, line string
		whole      bool
		console    string
		drives     int
	}{
		{"a frame buffer", "-s 29,fbuf,tcp=127.0.0.1:5901 -s 4,nvme,/a -s 5,nvme,/b", true, "127.0.0.1:5901", 2},
		{"none", "-s 4,nvme,/a -s 5,nvme,/b", true, "", 2},
		{"none is told", "-s 4,nvme,/a -s 5,nvme,/b", false, "0.0.0.0:5999", 2},
		{"only a frame buffer is told", "-s 29,fbuf,tcp=127.0.0.1:5901", false, "127.0.0.1:5901", 1},
		{"nothing is told", "", false, "0.0.0.0:5999", 1},
	}
	for _, tt := range tests {
		o := parseOptions(strings.Fields(tt.line))
		o.whole = tt.whole
		m := written.running(o)
		c, _ := m.console.Get()
		if c.Address != tt.console || len(m.drives) != tt.drives {
			t.Errorf("%s: console %+v and %d drives, want %q and %d", tt.name, m.console, len(m.drives), tt.console, tt.drives)
		}
	}
}

// TestDefinitionConsole proves that the console is the one that vm-bhyve wrote down for the process, while there is one, and nothing else
// that is in its place.
func TestDefinitionConsole(t *testing.T) {
	t.Parallel()
	const file = "/vm/web/console"
	at := func(address string) hv.Opt[hv.Console] { return hv.Some(hv.Console{Type: "vnc", Address: address}) }
	none := hv.Opt[hv.Console]{}
	tests := []struct {
		name string
		do   func(*madeUp)
		want hv.Opt[hv.Console]
	}{
		{"as it is written", func(*madeUp) {}, at("0.0.0.0:5901")},
		{"it does not run", func(m *madeUp) { m.end(4242) }, none},
		{"it does not run, and what was written may not be read any more", func(m *madeUp) {
			if _, err := m.definitionOf(t, webVM); err != nil {
				t.Error(err)
			}
			m.end(4242)
			m.host.SetError(fs.ErrPermission, "stat", "/vm/web/web.conf")
		}, none},
		{"no file", func(m *madeUp) { m.host.Remove(file) }, none},
		{"a file that may not be read", func(m *madeUp) { m.host.SetError(fs.ErrPermission, "read", file) }, none},
		{"no frame buffer", func(m *madeUp) { m.write(file, "com1=/dev/nmdm-web.1B\n") }, none},
		{"a file that is being written", func(m *madeUp) { m.write(file, "com1=/dev/nmdm-web.1B\nvnc=0.0.0.0:59") }, none},
		{"a file of something else", func(m *madeUp) { m.write(file, "vnc=the secret\n") }, at("")},
		{"as the process shows", func(m *madeUp) {
			m.title(4242, "bhyve", "-s", "29,fbuf,tcp=127.0.0.1:5907,password=secret", "web")
		}, at("127.0.0.1:5907")},
		{"none, as the process shows", func(m *madeUp) { m.title(4242, "bhyve", "-s", "0,hostbridge", "web") }, none},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := makeUp(t)
			m.manage(webConf)
			m.write(file, "com1=/dev/nmdm-web.1B\nvnc=0.0.0.0:5901\n")
			m.start(4242, []string{"bhyve: web"}, time.Second)
			tt.do(m)
			got, err := m.definitionOf(t, webVM)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got.Console, cmp.AllowUnexported(hv.Opt[hv.Console]{})); diff != "" {
				t.Errorf("unexpected console (-want +got):\n%s", diff)
			}
		})
	}
}

// write puts a file there.
func (m *madeUp) write(file, text string) {
	m.host.SetFile(file, []byte(text), freebsd.Stat{Modified: noon()})
}

// FuzzVNCAddress proves that an address is a host and a port, whatever text is in its place, and says the same when it is read again.
func FuzzVNCAddress(f *testing.F) {
	f.Fuzz(func(t *testing.T, text string) {
		got := vncAddress(text)
		if got == "" {
			return
		}
		host, port, err := net.SplitHostPort(got)
		n, bad := strconv.Atoi(port)
		if err != nil || bad != nil || n < 1 || n > 65535 || !isHost(host) || strings.ContainsAny(got, " ,=\n") {
			t.Errorf("%q is at %q", text, got)
		}
		if again := vncAddress(got); again != got {
			t.Errorf("%q is at %q, which is at %q", text, got, again)
		}
	})
}
