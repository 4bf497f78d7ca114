package main

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/cmd/internal/config"
	"github.com/vmond/vmond/cmd/internal/control"
	"github.com/vmond/vmond/cmd/internal/snmpdconf"
)

// TestCheckDocument proves what is told where no vmond runs.
func TestCheckDocument(t *testing.T) {
	t.Parallel()
	place := snmpdconf.Place{File: "/etc/snmp/snmpd.conf", Line: 12}
	tests := []struct {
		name    string
		wanted  bool
		address string
		taken   bool
		err     error
		want    string
	}{
		{"free", true, "unix:/x", false, nil, ""},
		{
			"taken", true, "unix:/x", true, nil, "  librenms    none    snmpd has an extend \"hv-monitor\" itself: " +
				"/etc/snmp/snmpd.conf:12; vmond leaves the name to it if it may read that file\n",
		},
		{
			"not known", true, "unix:/x", false, errors.New("permission denied"), "  librenms    lacks   it is not known whether " +
				"snmpd has an extend \"hv-monitor\" itself, whose place vmond takes then: permission denied\n",
		},
		{
			"elsewhere", true, "tcp:192.0.2.1:705", true, nil, "  librenms    lacks   it is not known whether " +
				"snmpd has an extend \"hv-monitor\" itself, whose place vmond takes then: the master is not on this host\n",
		},
		{"not wanted", false, "unix:/x", true, nil, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			c := config.Config{
				AgentX: config.AgentX{Address: tt.address}, LibreNMS: config.LibreNMS{AgentX: tt.wanted},
				Control: config.Control{Path: filepath.Join(t.TempDir(), "control.sock")},
			}
			err := checkDocument(t.Context(), &out, c, func(_ int, name string) (snmpdconf.Place, bool, error) {
				if name != "hv-monitor" {
					t.Errorf("unexpected name %q", name)
				}
				return place, tt.taken, tt.err
			})
			if err != nil {
				t.Errorf("unexpected error: %v", err)
			}
			if diff := cmp.Diff(tt.want, out.String()); diff != "" {
				t.Errorf("unexpected lines (-want +got):\n%s", diff)
			}
		})
	}
}

// TestWriteDelivery proves what is told of a vmond that runs.
func TestWriteDelivery(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		l    control.LibreNMS
		want string
	}{
		{"served", control.LibreNMS{Served: true}, "  librenms    found   the running vmond serves the document by AgentX\n"},
		{
			"not served", control.LibreNMS{Unserved: "librenms.agentx is false"},
			"  librenms    none    the running vmond does not serve the document by AgentX: librenms.agentx is false\n",
		},
		{
			"not known", control.LibreNMS{Served: true, ExtendUnknown: "permission denied"},
			"  librenms    lacks   the running vmond serves the document by AgentX, and does not know whether snmpd has an extend " +
				"\"hv-monitor\" itself: permission denied\n",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			if err := writeDelivery(&out, tt.l); err != nil {
				t.Errorf("unexpected error: %v", err)
			}
			if diff := cmp.Diff(tt.want, out.String()); diff != "" {
				t.Errorf("unexpected line (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTryDocument(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	good := filepath.Join(dir, "hv.json")
	if verdict, err := tryDocument(good); err != nil || verdict != good+": writable" {
		t.Errorf("unexpected verdict %q, %v", verdict, err)
	}
	for _, base := range []string{filepath.Join(dir, "none", "hv.json"), "/proc/hv.json"} {
		if verdict, err := tryDocument(base); err == nil {
			t.Errorf("%s: unexpected verdict %q", base, verdict)
		}
	}
	if found, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(found) != 0 {
		t.Errorf("it leaves %q behind, %v", found, err)
	}
}
