package main

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"

	"github.com/vmond/vmond/cmd/internal/config"
	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/bhyve"
)

func TestWriteFindings(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	err := writeFindings(&out, []bhyve.Finding{
		{Source: "kern.proc", Found: "2 processes of bhyve"},
		{Source: "vm-bhyve", Found: "1 datastore with 3 virtual machines", Lacks: []string{
			"open /vm/web01/web01.conf: permission denied", "a name with \x1b[2J in it",
		}},
		{Source: "cbsd", Lacks: []string{"cbsd hangs"}},
		{Source: "libvirt", None: "libvirt runs nothing here"},
		{Source: "zfs", None: "no volumes", Lacks: []string{"zfs hangs"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := "  kern.proc   found   2 processes of bhyve\n" +
		"  vm-bhyve    found   1 datastore with 3 virtual machines\n" +
		"  vm-bhyve    lacks   open /vm/web01/web01.conf: permission denied\n" +
		"  vm-bhyve    lacks   a name with \\x1b[2J in it\n" +
		"  cbsd        lacks   cbsd hangs\n" +
		"  libvirt     none    libvirt runs nothing here\n" +
		"  zfs         none    no volumes\n" +
		"  zfs         lacks   zfs hangs\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("unexpected lines (-want +got):\n%s", diff)
	}
	for _, f := range []bhyve.Finding{{Found: "a"}, {None: "a"}, {Lacks: []string{"a"}}} {
		if err := writeFindings(full{}, []bhyve.Finding{f}); err == nil {
			t.Errorf("a full disk is no error of %+v", f)
		}
	}
}

// others is a bhyve with these virtual machines, or that cannot be read.
type others struct {
	hv.Source
	names []string
	err   error
}

func (o others) States(context.Context) ([]hv.Summary, error) {
	var vms []hv.Summary
	for _, name := range o.names {
		vms = append(vms, hv.Summary{Name: name})
	}
	return vms, o.err
}

func TestWriteStrangers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		others others
		want   string
	}{
		{"none", others{}, ""},
		{"one", others{names: []string{"web01"}}, `  bhyve:///   others  1 virtual machine is not libvirt's, such as "web01": ` +
			`hypervisor.uri = "bhyve:///" serves those, and not libvirt's` + "\n"},
		{"several", others{names: []string{"web01", "db01"}}, `  bhyve:///   others  2 virtual machines are not libvirt's, such as "web01": ` +
			`hypervisor.uri = "bhyve:///" serves those, and not libvirt's` + "\n"},
		{"unreadable", others{err: errors.New("no")}, "  bhyve:///   failed  no\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			if err := writeStrangers(t.Context(), &out, tt.others); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, out.String()); diff != "" {
				t.Errorf("unexpected lines (-want +got):\n%s", diff)
			}
		})
	}
}

// TestCheckSourcesOfOne proves that nothing is written of a hypervisor that is read from one place, nor of one that there is not.
func TestCheckSourcesOfOne(t *testing.T) {
	t.Parallel()
	for _, uri := range []string{"sim:///?vms=1", "qemx:///system"} {
		var out strings.Builder
		if err := checkSources(t.Context(), &out, config.Hypervisor{URI: uri}); err != nil || out.Len() > 0 {
			t.Errorf("%s: unexpected lines %q, %v", uri, out.String(), err)
		}
	}
}

// TestOriginal proves that a source is known for what it is also under another name.
func TestOriginal(t *testing.T) {
	t.Parallel()
	id := []uint32{1, 3, 6, 1, 4, 1, 2312}
	h, err := openHypervisor(config.Hypervisor{URI: "sim:///"}, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	defer h.close()
	for _, src := range []hv.Source{h.source, rename(h.source, id), rename(others{Source: h.source}, id)} {
		got := original(src)
		if _, again := got.(interface{ original() hv.Source }); again || got == nil {
			t.Errorf("unexpected source %T of %T", got, src)
		}
	}
	if original(rename(h.source, id)) != h.source {
		t.Error("it is another one")
	}
}
