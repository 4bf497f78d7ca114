package hv

import (
	"net/url"
	"strings"
)

const (
	// masked stands for what is not to be seen, as [url.URL.Redacted] has it.
	masked = "xxxxx"
	// simulated is the scheme of the hypervisor that has no secrets.
	simulated = "sim"
)

// harmless are the parameters of libvirt's URIs that are not secret (https://libvirt.org/uri.html), and the directory of a
// recording of bhyve.
const harmless = " socket mode name pkipath no_verify keyfile known_hosts recorded "

// RedactURI returns a hypervisor's URI as it may be shown: in a log, to a user, in an error. What may be a secret is
// replaced: a password, a fragment, the values of parameters other than those that mean something to a source, and, in a
// text that is no URI or has an @ in an odd place, all but the scheme: a password that is not percent-encoded may be
// anywhere in it. What has no secret is returned as it is.
//
// The paths of keys and certificates are shown: they are no secrets, and an operator has to find what is wrong with them.
func RedactURI(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Scheme == "" {
		return redactAll(text)
	}
	if u.Scheme == simulated && u.Host == "" && u.User == nil {
		return text
	}
	if strings.Contains(u.Host+u.Path+u.Opaque+u.Fragment+u.RawQuery, "@") {
		return redactAll(text)
	}
	query := redactQuery(u.RawQuery)
	if _, secret := u.User.Password(); !secret && u.Fragment == "" && query == u.RawQuery {
		return text
	}
	u.RawQuery, u.Fragment, u.RawFragment = query, "", ""
	return u.Redacted()
}

// redactAll returns nothing but the scheme. A text that has nothing of a URI is returned as it is.
func redactAll(text string) string {
	if !strings.ContainsAny(text, ":@?#%") {
		return text
	}
	scheme, _, ok := strings.Cut(text, "://")
	if !ok || strings.ContainsAny(scheme, ":@/?#% ") {
		return masked
	}
	return scheme + "://" + masked
}

// redactQuery returns a query without the values of the parameters that may be secrets.
func redactQuery(query string) string {
	if query == "" {
		return ""
	}
	pairs := strings.Split(query, "&")
	for i, pair := range pairs {
		name, value, ok := strings.Cut(pair, "=")
		if !ok {
			pairs[i] = masked
		}
		if ok && !shows(name, value) {
			pairs[i] = name + "=" + masked
		}
	}
	return strings.Join(pairs, "&")
}

// shows reports whether a parameter may be seen. The name of libvirt's is a URI itself.
func shows(name, value string) bool {
	plain, err := url.QueryUnescape(value)
	return err == nil && strings.Contains(harmless, " "+name+" ") && (name != "name" || RedactURI(plain) == plain)
}
