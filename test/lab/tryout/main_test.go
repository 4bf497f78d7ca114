package main

import (
	"strings"
	"testing"
)

func TestCheckAddr(t *testing.T) {
	t.Parallel()
	tests := []struct {
		addr string
		want string // a part of the error, "" for none
	}{
		{"127.0.0.1:1161", ""},
		{"localhost:1", ""},
		{"127.0.0.1:65535", ""},
		{"foo", "missing port in address"},
		{"127.0.0.1", "missing port in address"},
		{"1161", "missing port in address"},
		{":1161", "missing host in address"},
		{"127.0.0.1:", `the port "" is not a number from 1 to 65535`},
		{"127.0.0.1:0", `the port "0" is not`},
		{"127.0.0.1:65536", `the port "65536" is not`},
		{"127.0.0.1:80000", `the port "80000" is not`},
		{"127.0.0.1:-1", `the port "-1" is not`},
		{"127.0.0.1:snmp", `the port "snmp" is not`},
		{"::1:1161", "too many colons in address"},
	}
	for _, tt := range tests {
		t.Run(tt.addr, func(t *testing.T) {
			t.Parallel()
			err := checkAddr(tt.addr)
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("checkAddr(%q) = %v, want %q", tt.addr, err, tt.want)
			}
		})
	}
}

// TestWrongAddress proves that nothing is started on a wrong address, and that it is named.
func TestWrongAddress(t *testing.T) {
	t.Setenv(addrEnv, "127.0.0.1:80000")
	var stdout, stderr strings.Builder
	status := run(t.Context(), []string{"vmond"}, &stdout, &stderr)
	const want = `tryout: VMOND_ADDR="127.0.0.1:80000" is not an address to listen on: ` +
		`the port "80000" is not a number from 1 to 65535; it must be like 127.0.0.1:1161` + "\n"
	if status != 2 || stdout.String() != "" || stderr.String() != want {
		t.Errorf("exit status %d, said %q and %q, want %q", status, stdout.String(), stderr.String(), want)
	}
}
