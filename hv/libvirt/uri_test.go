package libvirt

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// env is the environment of a user with a session.
func env(name string) string {
	return map[string]string{"XDG_RUNTIME_DIR": "/run/user/1000", "HOME": "/home/u"}[name]
}

func TestParseURI(t *testing.T) {
	t.Parallel()
	type fields struct {
		Driver, Open, Transport, Address string
		Sockets                          []string
	}
	tests := []struct {
		uri  string
		want fields
	}{
		{"qemu:///system", fields{"qemu", "qemu:///system", "unix", "", []string{
			"/var/run/libvirt/virtqemud-sock-ro", "/var/run/libvirt/libvirt-sock-ro",
			"/var/run/libvirt/virtqemud-sock", "/var/run/libvirt/libvirt-sock",
		}}},
		{"qemu:///session", fields{"qemu", "qemu:///session", "unix", "", []string{
			"/run/user/1000/libvirt/virtqemud-sock", "/run/user/1000/libvirt/libvirt-sock",
		}}},
		{"qemu+unix:///system?mode=legacy", fields{"qemu", "qemu:///system", "unix", "", []string{
			"/var/run/libvirt/libvirt-sock-ro", "/var/run/libvirt/libvirt-sock",
		}}},
		{"xen:///system?mode=direct", fields{"xen", "xen:///system", "unix", "", []string{
			"/var/run/libvirt/virtxend-sock-ro", "/var/run/libvirt/virtxend-sock",
		}}},
		{"lxc:///system?socket=/tmp/s", fields{"lxc", "lxc:///system", "unix", "", []string{"/tmp/s"}}},
		{"test:///default", fields{"test", "test:///default", "unix", "", []string{
			"/var/run/libvirt/libvirt-sock-ro", "/var/run/libvirt/libvirt-sock",
			"/run/user/1000/libvirt/libvirt-sock",
		}}},
		{"test:///a/node.xml?socket=/s", fields{"test", "test:///a/node.xml", "unix", "", []string{"/s"}}},
		{"qemu+tcp://host/system", fields{"qemu", "qemu:///system", "tcp", "host:16509", nil}},
		{"qemu+tcp://[2001:db8::1]:1/system", fields{"qemu", "qemu:///system", "tcp", "[2001:db8::1]:1", nil}},
		{"qemu+tls://host/system?pkipath=/p", fields{"qemu", "qemu:///system", "tls", "host:16514", nil}},
		{"qemu://host/system", fields{"qemu", "qemu:///system", "tls", "host:16514", nil}},
		{"qemu+tcp://host/system?name=test:///x", fields{"qemu", "test:///x", "tcp", "host:16509", nil}},
		{"qemu+ssh://u@host/session", fields{"qemu", "qemu:///session", "ssh", "host:22", []string{
			"/var/run/libvirt/virtqemud-sock-ro", "/var/run/libvirt/libvirt-sock-ro",
			"/var/run/libvirt/virtqemud-sock", "/var/run/libvirt/libvirt-sock",
		}}},
		{"qemu+libssh2://host:2/system?socket=/s&known_hosts=/k", fields{
			"qemu", "qemu:///system", "ssh", "host:2", []string{"/s"},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.uri, func(t *testing.T) {
			t.Parallel()
			got, err := parseURI(tt.uri, env)
			if err != nil {
				t.Fatalf("failed to parse: %v", err)
			}
			fields := fields{got.driver, got.open, got.transport, got.address, got.sockets}
			if diff := cmp.Diff(tt.want, fields); diff != "" {
				t.Errorf("unexpected target (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseURIErrors(t *testing.T) {
	t.Parallel()
	tests := []struct{ uri, want string }{
		{"", `unknown driver ""`},
		{"qemu", `unknown driver ""`},
		{"qmeu:///system", `unknown driver "qmeu": expected one of bhyve, ch, lxc, qemu, test, vbox, vz, xen`},
		{"esx://host/", `unknown driver "esx"`},
		{"qemu+ext:///system", `unknown transport "ext": expected one of unix, tcp, tls, ssh`},
		{"qemu+:///system", `unknown transport ""`},
		{"qemu+unix://host/system", `a unix socket has no host, but the URI names "host"`},
		{"qemu+tcp:///system", `transport "tcp" needs a host`},
		{"qemu+ssh://:22/system", `transport "ssh" needs a host`},
		{"qemu:system", `expected a path such as "qemu:///system"`},
		{"xen:", `expected a path such as "xen:///system"`},
		{"qemu:///sytem", `path "/sytem": expected "/system" or "/session"`},
		{"qemu:///system?sock=/x", `parameter "sock" means nothing to transport "unix": expected one of socket, mode, name`},
		{"qemu+tcp://h/system?socket=/x", `parameter "socket" means nothing to transport "tcp"`},
		{"qemu:///system?socket=x", `parameter "socket": "x" is not an absolute path`},
		{"qemu:///system?socket=", `parameter "socket": "" is not an absolute path`},
		{"qemu:///system?mode=x", `parameter "mode": expected auto, direct or legacy, not "x"`},
		{"qemu+tls://h/system?no_verify=yes", `parameter "no_verify": expected 0 or 1, not "yes"`},
		{"qemu:///system?name=test://u:secret%40h/", `parameter "name": the daemon needs no password`},
		{"qemu://%zz", `libvirt URI "qemu://xxxxx": not a well-formed URI`},
	}
	for _, tt := range tests {
		t.Run(tt.uri, func(t *testing.T) {
			t.Parallel()
			_, err := New(tt.uri, nil)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("unexpected error: %v, want one with %q", err, tt.want)
			}
			if !strings.HasPrefix(err.Error(), "libvirt URI ") {
				t.Errorf("error does not say what it is about: %v", err)
			}
		})
	}
}

// TestURIHidesPassword proves that nothing that is said of a URI shows a password, be the URI right or wrong.
func TestURIHidesPassword(t *testing.T) {
	t.Parallel()
	for _, uri := range []string{
		"qemu+ssh://u:secret@host/system", "qemu+ssh://u:secret@host/sytem", "qemx+ssh://u:secret@host/system",
		"qemu+shs://u:secret@host/system", "qemu+unix://u:secret@host/system", "qemu+ssh://u:secret@/system",
		"qemu+ssh://u:secret@host", "qemu+ssh://u:secret@host/system?mode=x", "qemu+ssh://u:secret@host/system?nonsense=1",
		"qemu+ssh://u:12/secret@host/sytem", "qemu+ssh://u:12?secret@host/system", "qemu+ssh://u:12?a=b&secret@host/system",
		"qemu+ssh://u:12#secret@host/system", "qemu+ssh://u:%zzsecret@host/system", "qemu+ssh://u:/secret@host/system",
		"qemu:u:secret@host/system", "u:secret@host/system", "qemu+ssh://u:secret/system", "qemu+ssh://host/system?password=secret",
		"qemu+ssh://host/system?name=qemu%2Bssh%3A%2F%2Fu%3Asecret%40h%2Fsystem",
	} {
		t.Run(uri, func(t *testing.T) {
			t.Parallel()
			s, err := New(uri, nopLog())
			said := fmt.Sprint(err)
			if err == nil {
				said = s.String()
				s.Close()
			}
			if strings.Contains(said, "secret") {
				t.Errorf("the password is in %q", said)
			}
		})
	}
}

func FuzzParseURI(f *testing.F) {
	for _, uri := range []string{"qemu:///system", "xen+tls://h:1/?pkipath=/p", "test:///default?socket=/s", "qemu+ssh://a:b@h/"} {
		f.Add(uri)
	}
	f.Fuzz(func(t *testing.T, uri string) {
		got, err := parseURI(uri, env)
		if err != nil {
			return
		}
		if got.open == "" || got.transport == transportUnix && len(got.sockets) == 0 {
			t.Errorf("target of %q leads nowhere: %+v", uri, got)
		}
	})
}

func TestOpens(t *testing.T) {
	t.Parallel()
	for uri, want := range map[string]string{
		"qemu:///system":                           "qemu",
		"qemu+ssh://host/system":                   "qemu",
		"lxc:///system":                            "lxc",
		"test:///default?name=qemu:///system":      "qemu",
		"qemu:///system?name=test%2Bunix:///where": "test",
	} {
		got, err := parseURI(uri, env)
		if err != nil || got.opens() != want {
			t.Errorf("%s: unexpected driver: %q, %v", uri, got.opens(), err)
		}
	}
}
