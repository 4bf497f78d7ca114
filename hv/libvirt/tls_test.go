package libvirt

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vmond/vmond/hv/libvirt/libvirttest"
)

// An authority signs certificates.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// newAuthority returns an authority that trusts itself.
func newAuthority(t *testing.T) authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatalf("failed to make a key: %v", err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign, NotAfter: time.Now().Add(time.Hour),
	}
	return authority{sign(t, template, template, key, key), key}
}

// sign returns the certificate.
func sign(t *testing.T, template, parent *x509.Certificate, own, signer *ecdsa.PrivateKey) *x509.Certificate {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &own.PublicKey, signer)
	if err != nil {
		t.Fatalf("failed to sign: %v", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatalf("failed to parse: %v", err)
	}
	return cert
}

// issue writes a certificate for 127.0.0.1, its key and the authority's certificate to a directory, which is a pkipath.
func (a authority) issue(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatalf("failed to make a key: %v", err)
	}
	cert := sign(t, &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "peer"}, NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
	}, a.cert, key, a.key)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatalf("failed to encode the key: %v", err)
	}
	dir := t.TempDir()
	for name, block := range map[string]*pem.Block{
		caCert:     {Type: "CERTIFICATE", Bytes: a.cert.Raw},
		clientCert: {Type: "CERTIFICATE", Bytes: cert.Raw},
		clientKey:  {Type: "PRIVATE KEY", Bytes: der},
	} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatalf("failed to write: %v", err)
		}
	}
	return dir
}

// A greeter is a listener whose connections begin with an octet, as libvirt's do over TLS.
type greeter struct {
	net.Listener
	word byte
}

func (g greeter) Accept() (net.Conn, error) {
	c, err := g.Listener.Accept()
	if err == nil {
		c = &greeting{Conn: c, word: g.word}
	}
	return c, err
}

// A greeting is a connection that says its word before it reads.
type greeting struct {
	net.Conn
	word byte
	once sync.Once
}

func (g *greeting) Read(p []byte) (int, error) {
	g.once.Do(func() { g.Conn.Write([]byte{g.word}) })
	return g.Conn.Read(p)
}

// tlsDaemon starts a daemon that speaks TLS, and returns its address.
func tlsDaemon(t *testing.T, pki string, word byte) string {
	t.Helper()
	cert, err := tls.LoadX509KeyPair(filepath.Join(pki, clientCert), filepath.Join(pki, clientKey))
	if err != nil {
		t.Fatalf("failed to load: %v", err)
	}
	pool, err := loadCA([]string{pki})
	if err != nil {
		t.Fatalf("failed to load: %v", err)
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{
		Certificates: []tls.Certificate{cert}, ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert,
	})
	if err != nil {
		t.Fatalf("failed to listen: %v", err)
	}
	srv := libvirttest.Serve(greeter{l, word}, someDaemon())
	t.Cleanup(srv.Close)
	return l.Addr().String()
}

func TestDialTLS(t *testing.T) {
	t.Parallel()
	ours, theirs := newAuthority(t), newAuthority(t)
	server, client, stranger := ours.issue(t), ours.issue(t), theirs.issue(t)
	good, refusing := tlsDaemon(t, server, tlsAccepted), tlsDaemon(t, server, 0)
	tests := []struct{ name, uri, want string }{
		{"accepted", "qemu+tls://" + good + "/system?pkipath=" + client, ""},
		{"by default", "qemu://" + good + "/system?pkipath=" + client, ""},
		{"not verified", "qemu+tls://" + good + "/system?no_verify=1&pkipath=" + client, ""},
		{"an authority that we do not know", "qemu+tls://" + good + "/system?pkipath=" + stranger, "unknown authority"},
		{"a certificate that they do not know", "qemu+tls://" + good + "/system?no_verify=1&pkipath=" + stranger, "TLS with"},
		{"refused", "qemu+tls://" + refusing + "/system?pkipath=" + client, "does not accept our certificate"},
		{"no certificates", "qemu+tls://" + good + "/system?pkipath=/nonexistent", "authority's certificate"},
		{"no client certificate", "qemu+tls://" + good + "/system?no_verify=1&pkipath=/nonexistent", "client certificate"},
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

// TestDialTLSSilent connects to something that accepts and says nothing.
func TestDialTLSSilent(t *testing.T) {
	t.Parallel()
	pki := newAuthority(t).issue(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("failed to listen: %v", err)
	}
	defer l.Close()
	b := endless()
	b.open = 50 * time.Millisecond
	s := sourceOf(t, "qemu+tls://"+l.Addr().String()+"/system?pkipath="+pki, b)
	if _, err := s.Host(patiently(t)); !errors.Is(err, errUnreachable) {
		t.Errorf("unexpected error: %v", err)
	}
}

func TestLoadCA(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{caCert: "no certificate\n"})
	if _, err := loadCA([]string{dir}); err == nil || !strings.Contains(err.Error(), filepath.Join(dir, caCert)) {
		t.Errorf("unexpected error: %v", err)
	}
}

func TestSystemPKI(t *testing.T) {
	t.Parallel()
	for goos, want := range map[string]string{"linux": "/etc/pki", "freebsd": "/usr/local/etc/pki"} {
		if got := systemPKI(goos); got != want {
			t.Errorf("unexpected directory on %s: %q", goos, got)
		}
	}
}
