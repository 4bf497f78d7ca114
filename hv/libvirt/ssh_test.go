package libvirt

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"github.com/vmond/vmond/hv/libvirt/libvirttest"
)

// An sshHost is a host to log in to that forwards to unix sockets.
type sshHost struct {
	listener net.Listener
	config   *ssh.ServerConfig
	serving  sync.WaitGroup

	mu    sync.Mutex
	conns []net.Conn
}

// newKey makes a key, and writes it to a file.
func newKey(t *testing.T) (ssh.Signer, string) {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatalf("failed to make a key: %v", err)
	}
	block, err := ssh.MarshalPrivateKey(private, "")
	if err != nil {
		t.Fatalf("failed to encode the key: %v", err)
	}
	file := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
		t.Fatalf("failed to write: %v", err)
	}
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatalf("failed to use the key: %v", err)
	}
	return signer, file
}

// startSSH starts a host that lets user u in with that key or the password "secret".
func startSSH(t *testing.T, host ssh.Signer, allowed ssh.PublicKey) *sshHost {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("failed to listen: %v", err)
	}
	h := &sshHost{listener: l, config: &ssh.ServerConfig{
		PublicKeyCallback: func(c ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
			if c.User() == "u" && string(key.Marshal()) == string(allowed.Marshal()) {
				return nil, nil
			}
			return nil, errors.New("another key")
		},
		PasswordCallback: func(c ssh.ConnMetadata, password []byte) (*ssh.Permissions, error) {
			if c.User() == "u" && string(password) == "secret" {
				return nil, nil
			}
			return nil, errors.New("another password")
		},
	}}
	h.config.AddHostKey(host)
	h.serving.Go(h.accept)
	t.Cleanup(h.close)
	return h
}

func (h *sshHost) close() {
	h.listener.Close()
	h.mu.Lock()
	for _, c := range h.conns {
		c.Close()
	}
	h.mu.Unlock()
	h.serving.Wait()
}

func (h *sshHost) accept() {
	for {
		c, err := h.listener.Accept()
		if err != nil {
			return
		}
		h.mu.Lock()
		h.conns = append(h.conns, c)
		h.mu.Unlock()
		h.serving.Go(func() { h.serve(c) })
	}
}

// serve carries out the requests of one login for unix sockets.
func (h *sshHost) serve(raw net.Conn) {
	defer raw.Close()
	conn, channels, requests, err := ssh.NewServerConn(raw, h.config)
	if err != nil {
		return
	}
	defer conn.Close()
	h.serving.Go(func() { ssh.DiscardRequests(requests) })
	for request := range channels {
		var to struct {
			Socket   string
			Reserved string
			Port     uint32
		}
		ssh.Unmarshal(request.ExtraData(), &to)
		far, err := net.Dial("unix", to.Socket)
		if err != nil || request.ChannelType() != "direct-streamlocal@openssh.com" {
			request.Reject(ssh.ConnectionFailed, "no such socket")
			continue
		}
		channel, more, err := request.Accept()
		if err != nil {
			far.Close()
			continue
		}
		h.serving.Go(func() { ssh.DiscardRequests(more) })
		h.serving.Go(func() { io.Copy(far, channel); far.Close() })
		h.serving.Go(func() { io.Copy(channel, far); channel.Close() })
	}
}

func TestDialSSH(t *testing.T) {
	t.Parallel()
	hostKey, _ := newKey(t)
	otherKey, _ := newKey(t)
	userKey, keyFile := newKey(t)
	_, strangeFile := newKey(t)
	srv := libvirttest.Start(t, someDaemon())
	address := startSSH(t, hostKey, userKey.PublicKey()).listener.Addr().String()
	dir := tree(t, map[string]string{
		"known":   knownhosts.Line([]string{address}, hostKey.PublicKey()) + "\n",
		"other":   knownhosts.Line([]string{address}, otherKey.PublicKey()) + "\n",
		"nothing": "",
		"broken":  "not a key\n",
	})
	uri := func(user string, parameters ...string) string {
		return "qemu+ssh://" + user + "@" + address + "/system?" + strings.Join(parameters, "&")
	}
	socket, key := "socket="+srv.Socket(), "keyfile="+keyFile
	known := "known_hosts=" + filepath.Join(dir, "known")
	tests := []struct{ name, uri, want string }{
		{"a key", uri("u", socket, key, known), ""},
		{"a password", uri("u:secret", socket, known), ""},
		{"not verified", uri("u", socket, key, "no_verify=1"), ""},
		{"another user", uri("root", socket, key, known), "unable to authenticate"},
		{"another password", uri("u:x", socket, known, "keyfile="+strangeFile), "unable to authenticate"},
		{"another key of the host", uri("u", socket, key, "known_hosts="+filepath.Join(dir, "other")), "key mismatch"},
		{"an unknown host", uri("u", socket, key, "known_hosts="+filepath.Join(dir, "nothing")), "key is unknown"},
		{"no known hosts", uri("u", socket, key, "known_hosts=/nonexistent"), "looked up in known_hosts"},
		{"a broken key", uri("u", socket, known, "keyfile="+filepath.Join(dir, "broken")), `key file "`},
		{"no key", uri("u", socket, known, "keyfile=/nonexistent"), "no such file"},
		{"no daemon there", uri("u", key, known, "socket=/nonexistent/sock"), `socket "/nonexistent/sock"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := sourceOf(t, tt.uri, endless())
			_, err := s.Host(patiently(t))
			switch {
			case tt.want == "" && err != nil:
				t.Errorf("unexpected error: %v", err)
			case tt.want != "" && (!errors.Is(err, errUnreachable) || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("unexpected error: %v, want one with %q", err, tt.want)
			}
		})
	}
}

// TestDialSSHLeavesNothing makes sure that a login ends with its connection.
func TestDialSSHLeavesNothing(t *testing.T) {
	t.Parallel()
	hostKey, _ := newKey(t)
	userKey, keyFile := newKey(t)
	srv := libvirttest.Start(t, someDaemon())
	host := startSSH(t, hostKey, userKey.PublicKey())
	s := sourceOf(t, "qemu+ssh://u@"+host.listener.Addr().String()+"/system?no_verify=1&keyfile="+keyFile+
		"&socket="+srv.Socket(), endless())
	for range 3 {
		if got := summaries(t, s); len(got) != len(someSummaries()) {
			t.Errorf("unexpected summaries: %v", got)
		}
		srv.Hangup()
	}
	s.Close()
	eventually(t, "all logins end", func() bool {
		host.mu.Lock()
		defer host.mu.Unlock()
		for _, c := range host.conns {
			if err := c.SetDeadline(time.Time{}); err == nil {
				return false // it is still open
			}
		}
		return true
	})
}

func TestSSHUser(t *testing.T) {
	t.Parallel()
	named, err := parseURI("qemu+ssh://someone@host/system", env)
	if err != nil {
		t.Fatalf("failed to parse: %v", err)
	}
	if got := named.sshUser(); got != "someone" {
		t.Errorf("unexpected user: %q", got)
	}
	unnamed, err := parseURI("qemu+ssh://host/system", env)
	if err != nil {
		t.Fatalf("failed to parse: %v", err)
	}
	if got := unnamed.sshUser(); got == "" || got == "someone" {
		t.Errorf("unexpected user: %q", got)
	}
}
