package config

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"go.uber.org/zap/zapcore"

	"github.com/vmond/vmond/hv"
)

type level = zapcore.Level

const (
	// maxSocket is the longest path of a unix socket: sun_path of FreeBSD has 104 octets with the final zero, that
	// of Linux 108.
	maxSocket = 103
	// maxContext is the longest context name (vacmContextName, RFC 3415).
	maxContext = 32
	// maxSubIDs is the largest number of sub-identifiers (RFC 2578, section 3.5).
	maxSubIDs = 128
)

func same(s string) string { return s }

// said returns a value as an error may quote it: it may be the URI of a hypervisor that was given to the wrong key.
func said(s string) string {
	if strings.Contains(s, "@") || strings.Contains(s, "://") {
		return hv.RedactURI(s)
	}
	return s
}

// String returns the word.
func (f Format) String() string { return string(f) }

func parseURI(s string) (string, error) {
	if s == Auto {
		return s, nil
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme == "" || !strings.HasPrefix(s[len(u.Scheme):], "://") {
		return "", fmt.Errorf(`must be "auto" or a URI such as "qemu:///system", not %q`, said(s))
	}
	return s, nil
}

// parseObjectID takes what RFC 7666 allows for vmHvObjectID: an object identifier below enterprises, or nothing.
func parseObjectID(s string) ([]uint32, error) {
	if s == "" {
		return nil, nil
	}
	var id []uint32
	for part := range strings.SplitSeq(s, ".") {
		n, err := strconv.ParseUint(part, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("must be an object identifier such as %q, not %q", "1.3.6.1.4.1.2312", said(s))
		}
		id = append(id, uint32(n))
	}
	enterprises := []uint32{1, 3, 6, 1, 4, 1}
	if len(id) <= len(enterprises) || !slices.Equal(id[:len(enterprises)], enterprises) {
		return nil, fmt.Errorf("must be an object identifier below 1.3.6.1.4.1 (enterprises), not %q", said(s))
	}
	if len(id) > maxSubIDs {
		return nil, fmt.Errorf("must have at most %d sub-identifiers, not %d", maxSubIDs, len(id))
	}
	return id, nil
}

func formatObjectID(id []uint32) string {
	parts := make([]string, len(id))
	for i, n := range id {
		parts[i] = strconv.FormatUint(uint64(n), 10)
	}
	return strings.Join(parts, ".")
}

func parseAddress(s string) (string, error) {
	network, rest, _ := strings.Cut(s, ":")
	switch network {
	case "unix":
		if _, err := parseSocket(rest); err != nil {
			return "", fmt.Errorf("after unix: %w", err)
		}
		return s, nil
	case "tcp":
		host, port, err := net.SplitHostPort(rest)
		if n, e := strconv.ParseUint(port, 10, 16); err != nil || e != nil || n == 0 || host == "" {
			return "", fmt.Errorf(`must have a host and a port after tcp:, such as "tcp:localhost:705", not %q`, said(s))
		}
		return s, nil
	}
	return "", fmt.Errorf(`must begin with "unix:" or "tcp:", such as %q, not %q`, defaultAddress, said(s))
}

func parseContext(s string) (string, error) {
	if len(s) > maxContext {
		return "", fmt.Errorf("must have at most %d octets, not %d", maxContext, len(s))
	}
	return s, nil
}

func parsePath(s string) (string, error) {
	if !filepath.IsAbs(s) || strings.ContainsRune(s, 0) {
		return "", fmt.Errorf("must be an absolute path, not %q", said(s))
	}
	return filepath.Clean(s), nil
}

// parseNoPath takes a path, or nothing.
func parseNoPath(s string) (string, error) {
	if s == "" {
		return "", nil
	}
	return parsePath(s)
}

func parseSocket(s string) (string, error) {
	path, err := parsePath(s)
	if err != nil {
		return "", err
	}
	if len(path) > maxSocket {
		return "", fmt.Errorf("must be a path of at most %d octets, as sockets have, not %d", maxSocket, len(path))
	}
	return path, nil
}

func parseGroup(s string) (string, error) {
	if strings.ContainsAny(s, " :\t\n\x00") {
		return "", fmt.Errorf("must be the name of a group, not %q", said(s))
	}
	return s, nil
}

func parseLevel(s string) (level, error) {
	for _, l := range []level{zapcore.DebugLevel, zapcore.InfoLevel, zapcore.WarnLevel, zapcore.ErrorLevel} {
		if s == l.String() {
			return l, nil
		}
	}
	return 0, errors.New(`must be "debug", "info", "warn" or "error", not ` + strconv.Quote(said(s)))
}

func parseFormat(s string) (Format, error) {
	if f := Format(s); slices.Contains([]Format{Console, JSON, Logfmt}, f) {
		return f, nil
	}
	return "", errors.New(`must be "console", "json" or "logfmt", not ` + strconv.Quote(said(s)))
}
