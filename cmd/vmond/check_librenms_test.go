package main

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/cmd/internal/config"
	"github.com/vmond/vmond/cmd/internal/snmpdconf"
)

func TestCheckExtend(t *testing.T) {
	t.Parallel()
	place := snmpdconf.Place{File: "/etc/snmp/snmpd.conf", Line: 12}
	tests := []struct {
		name   string
		wanted bool
		taken  bool
		err    error
		want   string
	}{
		{"free", true, false, nil, ""},
		{"taken", true, true, nil, "  librenms    none    snmpd has an extend \"hv-monitor\" itself: /etc/snmp/snmpd.conf:12, which is left alone\n"},
		{
			"not known", true, false, errors.New("permission denied"), "  librenms    lacks   it is not known whether snmpd has an extend " +
				"\"hv-monitor\" itself, vmond takes its place: permission denied\n",
		},
		{"not wanted", false, true, nil, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			err := checkExtend(&out, config.LibreNMS{AgentX: tt.wanted}, func(_ int, name string) (snmpdconf.Place, bool, error) {
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
