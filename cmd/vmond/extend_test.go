package main

import (
	"strings"
	"testing"

	"github.com/vmond/vmond/agentx"
)

// FuzzIsElsewhere proves that only an address that AgentX takes is one of another host, and none that says that it is not.
func FuzzIsElsewhere(f *testing.F) {
	f.Add("unix:/var/agentx/master")
	f.Add("tcp:[::1]:705")
	f.Fuzz(func(t *testing.T, address string) {
		network, _, err := agentx.ParseAddress(address)
		elsewhere := isElsewhere(address)
		if elsewhere && (err != nil || network != "tcp" || strings.HasPrefix(address, "tcp:localhost:")) {
			t.Errorf("%q is taken for an address of another host", address)
		}
		if !elsewhere && err == nil && strings.HasPrefix(address, "tcp:192.0.2.") {
			t.Errorf("%q is taken for an address of this host", address)
		}
	})
}
