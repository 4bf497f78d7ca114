package libvirt

import (
	"net"
	"net/url"
	"os"
	"path"
	"runtime"
	"slices"
)

// systemSockets is where the daemons of the whole system have their sockets.
const systemSockets = "/var/run/libvirt"

// legacyDaemon is the daemon that has all drivers, or stands before those that have one each. Its sockets do not bear
// its name.
const legacyDaemon = "libvirt"

// candidates returns the sockets to try in turn: those of the daemon that has only the one driver come before those of
// the daemon that has all, as libvirt's own client has it, and read-only ones before the others, because we write
// nothing.
func (t target) candidates(uriPath string, getenv func(string) string) []string {
	switch {
	case t.transport == transportTCP || t.transport == transportTLS:
		return nil
	case t.query.Has("socket"):
		return []string{t.query.Get("socket")}
	}
	session := path.Join(sessionDir(getenv), "libvirt")
	daemons := t.daemons()
	switch {
	case uriPath == "/session" && t.transport == transportUnix:
		return socketPaths(session, daemons, "-sock")
	case t.driver == "test" && t.transport == transportUnix:
		return append(socketPaths(systemSockets, daemons, "-sock-ro", "-sock"),
			socketPaths(session, daemons, "-sock")...)
	}
	return socketPaths(systemSockets, daemons, "-sock-ro", "-sock")
}

// daemons returns the names of the daemons that the URI's mode allows.
func (t target) daemons() []string {
	own := drivers()[t.driver]
	switch {
	case own == "" || t.query.Get("mode") == "legacy":
		return []string{legacyDaemon}
	case t.query.Get("mode") == "direct":
		return []string{own}
	}
	return []string{own, legacyDaemon}
}

// socketPaths returns each daemon's socket of the first kind, then those of the second.
func socketPaths(dir string, daemons []string, kinds ...string) []string {
	var paths []string
	for _, kind := range kinds {
		for _, daemon := range daemons {
			paths = append(paths, path.Join(dir, daemon+kind))
		}
	}
	return paths
}

// sessionDir returns the directory under which a user's own daemon has its sockets, by the rule of GLib's
// g_get_user_runtime_dir, which libvirt uses.
func sessionDir(getenv func(string) string) string {
	if dir := getenv("XDG_RUNTIME_DIR"); dir != "" {
		return dir
	}
	if dir := getenv("XDG_CACHE_HOME"); dir != "" {
		return dir
	}
	return path.Join(getenv("HOME"), ".cache")
}

// joinPort returns the address of a remote daemon.
func joinPort(u *url.URL, transport string) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{transportTCP: "16509", transportTLS: "16514", transportSSH: "22"}[transport]
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// localURIs returns the URIs that Local tries on an operating system, in order. A daemon of all drivers answers to the first
// of them; on a Xen host that is Xen's, on FreeBSD bhyve's.
func localURIs(goos string) []string {
	uris := []string{"qemu:///system", "xen:///system", "lxc:///system", "qemu:///session"}
	if goos == "freebsd" {
		return append([]string{"bhyve:///system"}, uris...)
	}
	if _, err := os.Stat("/proc/xen/capabilities"); err == nil {
		uris[0], uris[1] = uris[1], uris[0]
	}
	return uris
}

// Local returns the URI of the libvirt daemon of this machine, if there is the socket of one. It opens nothing: that
// the daemon behind it is alive, and lets us in, is found out by using it.
func Local() (uri string, ok bool) {
	return local(localURIs(runtime.GOOS), os.Getenv, isSocket)
}

// LookedFor returns the paths that Local looks at, in its order, to tell a user who has none of them.
func LookedFor() []string {
	var looked []string
	local(localURIs(runtime.GOOS), os.Getenv, func(path string) bool {
		if !slices.Contains(looked, path) {
			looked = append(looked, path)
		}
		return false
	})
	return looked
}

// local returns the first of the URIs that has a socket.
func local(uris []string, getenv func(string) string, exists func(path string) bool) (string, bool) {
	for _, uri := range uris {
		t, err := parseURI(uri, getenv)
		if err != nil {
			panic("libvirt: " + err.Error())
		}
		if slices.ContainsFunc(t.sockets, exists) {
			return uri, true
		}
	}
	return "", false
}

// isSocket reports whether there is a socket at path.
func isSocket(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().Type() == os.ModeSocket
}
