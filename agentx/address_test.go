package agentx

import (
	"strings"
	"testing"
)

func TestParseAddress(t *testing.T) {
	t.Parallel()
	tests := []struct {
		in               string
		network, address string
		err              string // a part of it
	}{
		{in: "unix:/var/agentx/master", network: "unix", address: "/var/agentx/master"},
		{in: "unix:/with:colon", network: "unix", address: "/with:colon"},
		{in: "tcp:localhost:705", network: "tcp", address: "localhost:705"},
		{in: "tcp:127.0.0.1:65535", network: "tcp", address: "127.0.0.1:65535"},
		{in: "tcp:[::1]:705", network: "tcp", address: "[::1]:705"},
		{in: "", err: `agentx address "": want unix:/path or tcp:host:port`},
		{in: "/var/agentx/master", err: "want unix:/path or tcp:host:port"},
		{in: "udp:localhost:705", err: "want unix:/path or tcp:host:port"},
		{in: "unix", err: `"" is not an absolute path`},
		{in: "unix:", err: `"" is not an absolute path`},
		{in: "unix:master", err: `"master" is not an absolute path`},
		{in: "unix:/\x00", err: "is not a path"},
		{in: "unix:/" + strings.Repeat("x", maxSocketPath), err: "at most"},
		{in: "tcp:localhost", err: "missing port"},
		{in: "tcp::705", err: "no host"},
		{in: "tcp:localhost:", err: `"" is not a port`},
		{in: "tcp:localhost:0", err: `"0" is not a port from 1 to 65535`},
		{in: "tcp:localhost:65536", err: `"65536" is not a port from 1 to 65535`},
		{in: "tcp:localhost:agentx", err: `"agentx" is not a port`},
		{in: "tcp:::1:705", err: "too many colons"},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			t.Parallel()
			network, address, err := ParseAddress(tt.in)
			if network != tt.network || address != tt.address {
				t.Errorf("unexpected address: %q %q, want %q %q", network, address, tt.network, tt.address)
			}
			if (err != nil) != (tt.err != "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("unexpected error: %v, want %q", err, tt.err)
			}
		})
	}
}

func FuzzParseAddress(f *testing.F) {
	for _, s := range []string{"unix:/var/agentx/master", "tcp:localhost:705", "tcp:[::1]:705", "", ":", "unix:", "tcp:::"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		network, address, err := ParseAddress(s)
		if err == nil && network+":"+address != s {
			t.Errorf("%q became %q and %q", s, network, address)
		}
	})
}
