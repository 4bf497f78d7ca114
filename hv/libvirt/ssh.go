package libvirt

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"strings"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
	"golang.org/x/crypto/ssh/knownhosts"
)

// dialSSH logs in to the host and connects to the daemon's socket there. It runs no command. go-libvirt has a way of
// its own, but one that leaves the login behind whenever the connection ends.
func (t target) dialSSH(ctx context.Context) (stream, error) {
	raw, err := new(net.Dialer).DialContext(ctx, "tcp", t.address)
	if err != nil {
		return stream{}, err
	}
	stop := context.AfterFunc(ctx, func() { raw.Close() })
	defer stop()
	c, err := t.throughSSH(raw)
	if err != nil {
		raw.Close()
		return stream{}, fmt.Errorf("SSH to %q: %w", t.address, err)
	}
	return stream{Conn: c, cut: raw.Close}, nil
}

// throughSSH logs in over raw, and tries the sockets in turn.
func (t target) throughSSH(raw net.Conn) (net.Conn, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return nil, err
	}
	verify, err := t.hostKeys(filepath.Join(home, ".ssh"))
	if err != nil {
		return nil, err
	}
	methods, forget, err := t.authMethods(filepath.Join(home, ".ssh"), os.Getenv("SSH_AUTH_SOCK"))
	if err != nil {
		return nil, err
	}
	defer forget()
	config := &ssh.ClientConfig{
		User: t.sshUser(), Auth: methods, HostKeyCallback: verify,
		HostKeyAlgorithms: knownAlgorithms(verify, t.address, raw.RemoteAddr()),
	}
	conn, channels, requests, err := ssh.NewClientConn(raw, t.address, config)
	if err != nil {
		return nil, err
	}
	client := ssh.NewClient(conn, channels, requests)
	var errs []error
	for _, path := range t.sockets {
		c, err := client.Dial("unix", path)
		if err == nil {
			return c, nil
		}
		errs = append(errs, fmt.Errorf("socket %q: %w", path, err))
	}
	return nil, errors.Join(errs...)
}

// sshUser returns the user to log in as: the URI's, or our own.
func (t target) sshUser() string {
	if name := t.user.Username(); name != "" {
		return name
	}
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return ""
}

// hostKeys returns what decides whether the host is the one that it says it is.
func (t target) hostKeys(dir string) (ssh.HostKeyCallback, error) {
	if t.query.Get("no_verify") == "1" {
		return ssh.InsecureIgnoreHostKey(), nil //nolint:gosec // asked for in the URI
	}
	file := filepath.Join(dir, "known_hosts")
	if name := t.query.Get("known_hosts"); name != "" {
		file = name
	}
	verify, err := knownhosts.New(file)
	if err != nil {
		return nil, fmt.Errorf("the host's key is looked up in known_hosts: %w", err)
	}
	return verify, nil
}

// knownAlgorithms returns the kinds of keys that are known of the host, so that it proves itself with one of these. Nil
// lets it choose.
func knownAlgorithms(verify ssh.HostKeyCallback, address string, remote net.Addr) []string {
	var unknown *knownhosts.KeyError
	if !errors.As(verify(address, remote, noKey{}), &unknown) {
		return nil
	}
	var algorithms []string
	for _, known := range unknown.Want {
		kind := known.Key.Type()
		if kind == ssh.KeyAlgoRSA {
			algorithms = append(algorithms, ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256)
		}
		algorithms = append(algorithms, kind)
	}
	return algorithms
}

// noKey is a key that no host has.
type noKey struct{}

func (noKey) Type() string                        { return "none" }
func (noKey) Marshal() []byte                     { return nil }
func (noKey) Verify([]byte, *ssh.Signature) error { return errors.New("no key") }

// authMethods returns the ways in which we can prove who we are: the URI's key file, or the agent's keys and those of
// the usual files; and the URI's password. forget is called when they are not needed any more.
func (t target) authMethods(dir, agentSocket string) (methods []ssh.AuthMethod, forget func(), err error) {
	forget = func() {}
	var signers []ssh.Signer
	names := []string{"id_ed25519", "id_ecdsa", "id_rsa"}
	if file := t.query.Get("keyfile"); file != "" {
		names = []string{file}
	} else if c, err := net.Dial("unix", agentSocket); err == nil {
		forget = func() { c.Close() }
		signers, _ = agent.NewClient(c).Signers()
	}
	for _, name := range names {
		if !strings.HasPrefix(name, "/") {
			name = filepath.Join(dir, name)
		}
		signer, err := signerOf(name)
		if err == nil {
			signers = append(signers, signer)
			continue
		}
		if t.query.Has("keyfile") {
			return nil, forget, err
		}
	}
	methods = append(methods, ssh.PublicKeys(signers...))
	if password, ok := t.user.Password(); ok {
		methods = append(methods, ssh.Password(password))
	}
	return methods, forget, nil
}

// signerOf reads a private key.
func signerOf(file string) (ssh.Signer, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	signer, err := ssh.ParsePrivateKey(text)
	if err != nil {
		return nil, fmt.Errorf("key file %q: %w", file, err)
	}
	return signer, nil
}
