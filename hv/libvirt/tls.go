package libvirt

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
)

// The names and places of the certificates are libvirt's (https://libvirt.org/kbase/tlscerts.html).
const (
	caCert     = "cacert.pem"
	clientCert = "clientcert.pem"
	clientKey  = "clientkey.pem"
)

// systemPKI returns where libvirt looks for the certificates of the whole system: FreeBSD has what is not of its base below
// /usr/local.
func systemPKI(goos string) string {
	if goos == "freebsd" {
		return "/usr/local/etc/pki"
	}
	return "/etc/pki"
}

// tlsAccepted is the octet that the daemon sends once it accepted our certificate.
const tlsAccepted = 1

// dialTLS connects with the certificates of parameter pkipath, of the user, or of the system.
func (t target) dialTLS(ctx context.Context) (stream, error) {
	config, err := t.tlsConfig(os.Getenv("HOME"))
	if err != nil {
		return stream{}, err
	}
	raw, err := new(net.Dialer).DialContext(ctx, "tcp", t.address)
	if err != nil {
		return stream{}, err
	}
	stop := context.AfterFunc(ctx, func() { raw.Close() })
	defer stop()
	c := tls.Client(raw, config)
	if err := acceptedTLS(ctx, c); err != nil {
		raw.Close()
		return stream{}, fmt.Errorf("TLS with %q: %w", t.address, err)
	}
	return stream{Conn: c, cut: raw.Close}, nil
}

// acceptedTLS shakes hands and waits for the daemon's word that it accepts our certificate.
func acceptedTLS(ctx context.Context, c *tls.Conn) error {
	if err := c.HandshakeContext(ctx); err != nil {
		return err
	}
	var word [1]byte
	if _, err := c.Read(word[:]); err != nil {
		return err
	}
	if word[0] != tlsAccepted {
		return errors.New("the daemon does not accept our certificate")
	}
	return nil
}

// tlsConfig loads the certificates.
func (t target) tlsConfig(home string) (*tls.Config, error) {
	host, _, err := net.SplitHostPort(t.address)
	if err != nil {
		return nil, err
	}
	config := &tls.Config{ServerName: host, InsecureSkipVerify: t.query.Get("no_verify") == "1"} //nolint:gosec // asked for in the URI
	own := filepath.Join(home, ".pki", "libvirt")
	system := systemPKI(runtime.GOOS)
	caDirs := []string{own, filepath.Join(system, "CA")}
	dirs := [][2]string{{own, own}, {filepath.Join(system, "libvirt"), filepath.Join(system, "libvirt", "private")}}
	if pki := t.query.Get("pkipath"); pki != "" {
		caDirs, dirs = []string{pki}, [][2]string{{pki, pki}}
	}
	if config.RootCAs, err = loadCA(caDirs); err != nil && !config.InsecureSkipVerify {
		return nil, err
	}
	cert, err := loadClient(dirs)
	if err != nil {
		return nil, err
	}
	config.Certificates = []tls.Certificate{cert}
	return config, nil
}

// loadCA reads the authorities' certificates from the first directory that has them.
func loadCA(dirs []string) (*x509.CertPool, error) {
	var errs []error
	for _, dir := range dirs {
		name := filepath.Join(dir, caCert)
		text, err := os.ReadFile(name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("no certificate in %q", name)
		}
		return pool, nil
	}
	return nil, fmt.Errorf("TLS needs the authority's certificate: %w", errors.Join(errs...))
}

// loadClient reads our own certificate and key from the first pair of directories that has them.
func loadClient(dirs [][2]string) (tls.Certificate, error) {
	var errs []error
	for _, dir := range dirs {
		cert, err := tls.LoadX509KeyPair(filepath.Join(dir[0], clientCert), filepath.Join(dir[1], clientKey))
		if err == nil {
			return cert, nil
		}
		errs = append(errs, err)
	}
	return tls.Certificate{}, fmt.Errorf("TLS needs a client certificate: %w", errors.Join(errs...))
}
