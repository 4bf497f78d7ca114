package libvirt

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/libvirt/libvirttest"
)

// affinityOf returns the text of the set of a definition's first virtual CPU.
func affinityOf(d hv.Definition) string {
	if len(d.CPUs) == 0 {
		return "none"
	}
	set, ok := d.CPUs[0].Affinity.Get()
	if !ok {
		return "absent"
	}
	return set.String()
}

func TestDefinitions(t *testing.T) {
	t.Parallel()
	srv, s := fake(t, someDaemon())
	got := definitions(t, s, key(1), key(4), key(77), "nonsense")
	if len(got) != 4 {
		t.Fatalf("unexpected number of definitions: %d", len(got))
	}
	on := got[key(1)]
	if on.err != nil || on.value.CurMem.Or(0) != 1<<20 || len(on.value.Disks) != 1 || on.value.Disks[0].Key != "vda" {
		t.Errorf("unexpected definition: %+v", on)
	}
	if off := got[key(4)]; off.err != nil || off.value.CurCPUs.Or(0) != 1 {
		t.Errorf("unexpected definition of one that is off: %+v", off)
	}
	for _, gone := range []string{key(77), "nonsense"} {
		if !errors.Is(got[gone].err, hv.ErrGone) {
			t.Errorf("unexpected error of %q: %v", gone, got[gone].err)
		}
	}
	if srv.Calls(libvirttest.NodeGetCPUMap) > inFlight {
		t.Errorf("the host was asked %d times", srv.Calls(libvirttest.NodeGetCPUMap))
	}
}

func TestDefinitionsAffinity(t *testing.T) {
	t.Parallel()
	pinned := func(d libvirttest.Domain) libvirttest.Domain {
		d.XML = strings.Replace(d.XML, "<vcpu", "<cputune><vcpupin vcpu='0' cpuset='0'/></cputune><vcpu", 1)
		return d
	}
	live, configured := libvirttest.DomainGetVcpus, libvirttest.DomainGetVcpuPinInfo
	tests := []struct {
		name string
		vm   libvirttest.Domain
		cpus uint32
		lack []libvirttest.Proc
		fail libvirttest.Proc
		want string
	}{
		{"live", pinned(running(1, "vm")), 2, nil, 0, "1"},
		{"configured", pinned(off(1, "vm")), 2, nil, 0, "1"},
		{"live fails, a rule", pinned(running(1, "vm")), 2, nil, live, "0"},
		{"live fails, no rule", running(1, "vm"), 4, nil, live, "0-3"},
		{"configured fails", off(1, "vm"), 4, nil, configured, "0-3"},
		{"no virtual CPUs", pinned(running(1, "vm")), 2, []libvirttest.Proc{live, configured}, 0, "none"},
		{"host not known, a rule", pinned(running(1, "vm")), 0, []libvirttest.Proc{libvirttest.NodeGetCPUMap}, 0, "0"},
		{"host not known", running(1, "vm"), 0, []libvirttest.Proc{libvirttest.NodeGetCPUMap}, 0, "absent"},
		{"host that makes no sense", running(1, "vm"), 1 << 31, nil, 0, "absent"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := libvirttest.Daemon{HostCPUs: tt.cpus, Domains: []libvirttest.Domain{tt.vm}}
			d.Unsupported = map[libvirttest.Proc]bool{}
			for _, p := range tt.lack {
				d.Unsupported[p] = true
			}
			d.Fail = func(p libvirttest.Proc, _ []libvirttest.Domain) error {
				if p == tt.fail {
					return libvirttest.Error{Code: libvirttest.CodeInternal, Message: "failed"}
				}
				return nil
			}
			_, s := fake(t, d)
			got := definitions(t, s, key(1))[key(1)]
			if got.err != nil {
				t.Fatalf("failed to read: %v", got.err)
			}
			if text := affinityOf(got.value); text != tt.want {
				t.Errorf("unexpected set: %s, want %s", text, tt.want)
			}
			if got.value.MaxCPUs.IsZero() {
				t.Errorf("the number of virtual CPUs is absent")
			}
		})
	}
}

// TestDefinitionsSick has some that do not answer and one that makes no sense. All others come.
func TestDefinitionsSick(t *testing.T) {
	t.Parallel()
	var d libvirttest.Daemon
	var keys []string
	for n := range 20 {
		d.Domains = append(d.Domains, running(n+1, fmt.Sprintf("vm-%d", n+1)))
		keys = append(keys, key(n+1))
	}
	d.Domains[4].XML = "<domain>"
	d.Hang = func(p libvirttest.Proc, about []libvirttest.Domain) bool {
		return p == libvirttest.DomainGetXMLDesc && (about[0].Name == "vm-3" || about[0].Name == "vm-17")
	}
	srv, s := fake(t, d)
	got := definitions(t, s, keys...)
	if len(got) != len(keys) {
		t.Fatalf("unexpected number of definitions: %d", len(got))
	}
	for n := range keys {
		err := got[key(n+1)].err
		switch n + 1 {
		case 3, 17:
			if !errors.Is(err, errMissed) {
				t.Errorf("unexpected error of %d: %v", n+1, err)
			}
		case 5:
			if err == nil || errors.Is(err, errMissed) {
				t.Errorf("unexpected error of %d: %v", n+1, err)
			}
		default:
			if err != nil {
				t.Errorf("unexpected error of %d: %v", n+1, err)
			}
		}
	}
	if busiest := srv.Busiest(); busiest > 4 {
		t.Errorf("%d requests at a time on one connection", busiest)
	}
}

// TestDefinitionsCalledOff ends with the context, without an outcome for each.
func TestDefinitionsCalledOff(t *testing.T) {
	t.Parallel()
	d := someDaemon()
	d.Hang = func(p libvirttest.Proc, _ []libvirttest.Domain) bool { return p == libvirttest.DomainGetXMLDesc }
	_, s := fake(t, d)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	got, err := gather(t, func(yield func(string, hv.Definition, error)) error {
		return s.Definitions(ctx, []string{key(1), key(2)}, yield)
	})
	if !errors.Is(err, context.Canceled) || len(got) != 0 {
		t.Errorf("unexpected outcome: %v, %v", got, err)
	}
}

// TestDefinitionsUnreachable says that none could be asked.
func TestDefinitionsUnreachable(t *testing.T) {
	t.Parallel()
	s := sourceOf(t, "qemu:///system?socket=/nonexistent/sock", quick())
	got, err := gather(t, func(yield func(string, hv.Definition, error)) error {
		return s.Definitions(patiently(t), []string{key(1), key(2)}, yield)
	})
	if !errors.Is(err, errUnreachable) || len(got) != 0 {
		t.Errorf("unexpected outcome: %v, %v", got, err)
	}
	if err := s.Definitions(patiently(t), nil, nil); err != nil {
		t.Errorf("unexpected error about no keys: %v", err)
	}
}
