package libvirt

import (
	"errors"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/vmond/vmond/hv"
)

// The transports of a URI, after the plus sign of its scheme.
const (
	transportUnix = "unix"
	transportTCP  = "tcp"
	transportTLS  = "tls"
	transportSSH  = "ssh"
)

// A target is what a URI says: which daemon, how to get there, and what to ask it for.
type target struct {
	text      string // the URI as it may be shown (hv.RedactURI)
	driver    string // the hypervisor driver, such as "qemu"
	open      string // the URI that the daemon itself is asked to open
	transport string
	address   string   // host and port, for all transports but unix
	sockets   []string // the unix sockets to try in turn, on the daemon's side if the transport is ssh
	user      *url.Userinfo
	query     url.Values
}

// driverQEMU is the name of QEMU's driver.
const driverQEMU = "qemu"

// drivers returns the drivers that run in a daemon, with the name of the daemon that has only that driver. Drivers
// such as esx and hyperv live in libvirt's own client library and cannot be reached this way.
func drivers() map[string]string {
	return map[string]string{
		driverQEMU: "virtqemud", "xen": "virtxend", "lxc": "virtlxcd", "bhyve": "virtbhyved", "ch": "virtchd",
		"vbox": "virtvboxd", "vz": "virtvzd", "test": "",
	}
}

// parameters returns the names of the URI's parameters that mean something to each transport.
func parameters(transport string) []string {
	switch transport {
	case transportUnix:
		return []string{"socket", "mode", "name"}
	case transportTLS:
		return []string{"pkipath", "no_verify", "name"}
	case transportSSH:
		return []string{"socket", "mode", "keyfile", "known_hosts", "no_verify", "name"}
	}
	return []string{"name"}
}

// errMalformed does not say more, because what is wrong may be a password.
var errMalformed = errors.New("not a well-formed URI: special characters, as of a password, have to be percent-encoded")

// parseURI reads a libvirt URI (https://libvirt.org/uri.html). getenv tells where a session's sockets are.
func parseURI(text string, getenv func(string) string) (target, error) {
	u, err := url.Parse(text)
	if err != nil {
		return target{}, fmt.Errorf("libvirt URI %q: %w", hv.RedactURI(text), errMalformed)
	}
	t := target{text: hv.RedactURI(text), user: u.User, query: u.Query()}
	t.driver, t.transport = splitScheme(u)
	if err := t.check(u); err != nil {
		if strings.Contains(u.Host+u.Path+u.Opaque+u.RawQuery, "@") {
			err = errMalformed // which part is wrong would show a part of what may be a password
		}
		return target{}, fmt.Errorf("libvirt URI %q: %w", t.text, err)
	}
	t.open = (&url.URL{Scheme: t.driver, Path: u.Path}).String()
	if name := t.query.Get("name"); name != "" {
		t.open = name
	}
	if t.transport != transportUnix {
		t.address = joinPort(u, t.transport)
	}
	t.sockets = t.candidates(u.Path, getenv)
	return t, nil
}

// opens returns the driver that the daemon is asked for.
func (t target) opens() string {
	scheme, _, _ := strings.Cut(t.open, ":")
	driver, _, _ := strings.Cut(scheme, "+")
	return driver
}

// splitScheme returns the driver and the transport. A host without a transport means TLS.
func splitScheme(u *url.URL) (driver, transport string) {
	driver, transport, named := strings.Cut(u.Scheme, "+")
	switch {
	case transport == "libssh" || transport == "libssh2":
		return driver, transportSSH
	case named:
		return driver, transport
	case u.Host != "":
		return driver, transportTLS
	}
	return driver, transportUnix
}

// check returns an error that names the part that is wrong.
func (t target) check(u *url.URL) error {
	daemon := drivers()
	if _, known := daemon[t.driver]; !known {
		return fmt.Errorf("unknown driver %q: expected one of %s", t.driver, strings.Join(sortedKeys(daemon), ", "))
	}
	transports := []string{transportUnix, transportTCP, transportTLS, transportSSH}
	if !slices.Contains(transports, t.transport) {
		return fmt.Errorf("unknown transport %q: expected one of %s", t.transport, strings.Join(transports, ", "))
	}
	if t.transport == transportUnix && u.Host != "" {
		return fmt.Errorf("a unix socket has no host, but the URI names %q", u.Host)
	}
	if t.transport != transportUnix && u.Hostname() == "" {
		return fmt.Errorf("transport %q needs a host", t.transport)
	}
	if u.Path == "" || u.Opaque != "" {
		return fmt.Errorf("expected a path such as %q", t.driver+":///system")
	}
	if t.driver == driverQEMU && u.Path != "/system" && u.Path != "/session" {
		return fmt.Errorf("path %q: expected %q or %q", u.Path, "/system", "/session")
	}
	return t.checkParameters()
}

// checkParameters refuses what would be ignored, so that a misspelt parameter does not go unnoticed.
func (t target) checkParameters() error {
	for _, name := range sortedKeys(t.query) {
		if !slices.Contains(parameters(t.transport), name) {
			return fmt.Errorf("parameter %q means nothing to transport %q: expected one of %s",
				name, t.transport, strings.Join(parameters(t.transport), ", "))
		}
	}
	if s := t.query.Get("socket"); t.query.Has("socket") && !path.IsAbs(s) {
		return fmt.Errorf("parameter %q: %q is not an absolute path", "socket", s)
	}
	if m := t.query.Get("mode"); !slices.Contains([]string{"", "auto", "direct", "legacy"}, m) {
		return fmt.Errorf("parameter %q: expected auto, direct or legacy, not %q", "mode", m)
	}
	if name := t.query.Get("name"); hv.RedactURI(name) != name {
		return fmt.Errorf("parameter %q: the daemon needs no password to open its own driver", "name")
	}
	if v := t.query.Get("no_verify"); !slices.Contains([]string{"", "0", "1"}, v) {
		return fmt.Errorf("parameter %q: expected 0 or 1, not %q", "no_verify", v)
	}
	return nil
}

// sortedKeys returns the keys of m in order.
func sortedKeys[V any](m map[string]V) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
