package libvirt

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/libvirt/libvirttest"
)

func TestHost(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		d    libvirttest.Daemon
		want hv.Host
	}{
		{"QEMU", libvirttest.Daemon{Type: "QEMU", Version: 7002022, LibVersion: 9000000, HostCPUs: 3, Memory: 8123456},
			hv.Host{Software: "QEMU", Version: "7.2.22", CPUs: []int{0, 1, 2}, Memory: hv.Some[int64](8123456 << 10)}},
		{"containers", libvirttest.Daemon{Type: "LXC", Version: 6018044, LibVersion: 9000000, HostCPUs: 1},
			hv.Host{Software: "LXC", Version: "6.18.44", CPUs: []int{0}}},
		{"no version", libvirttest.Daemon{Type: "CH", LibVersion: 11003000},
			hv.Host{Software: "CH", Version: "11.3.0"}},
		{"more memory than there can be", libvirttest.Daemon{Type: "CH", LibVersion: 11003000, Memory: 1 << 53},
			hv.Host{Software: "CH", Version: "11.3.0"}},
		{"no functions", libvirttest.Daemon{Type: "VZ", LibVersion: 9000001, Unsupported: map[libvirttest.Proc]bool{
			libvirttest.ConnectGetVersion: true, libvirttest.NodeGetCPUMap: true, libvirttest.NodeGetInfo: true,
			libvirttest.NodeGetMemoryStats: true,
		}, Memory: 5}, hv.Host{Software: "VZ", Version: "9.0.1"}},
		{"memory is told another way", libvirttest.Daemon{Type: "CH", LibVersion: 11003000, Memory: 5, Unsupported: map[libvirttest.Proc]bool{
			libvirttest.NodeGetMemoryStats: true,
		}}, hv.Host{Software: "CH", Version: "11.3.0", Memory: hv.Some[int64](5 << 10)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, s := fake(t, tt.d)
			s.files.root = tree(t, map[string]string{
				"proc/uptime": "100.50 1.00\n", "proc/sys/kernel/random/boot_id": "some-life\n",
			})
			got, err := s.Host(patiently(t))
			if err != nil {
				t.Fatalf("failed to read: %v", err)
			}
			tt.want.Life = "some-life"
			if diff := cmp.Diff(tt.want, got, cmpopts.IgnoreFields(hv.Host{}, "Started")); diff != "" {
				t.Errorf("unexpected host (-want +got):\n%s", diff)
			}
			if at, ok := got.Started.Get(); !ok || time.Since(at) < 100*time.Second {
				t.Errorf("unexpected start: %v, %t", at, ok)
			}
		})
	}
}

func TestHostErrors(t *testing.T) {
	t.Parallel()
	for _, p := range []libvirttest.Proc{
		libvirttest.ConnectGetType, libvirttest.ConnectGetVersion, libvirttest.NodeGetCPUMap,
	} {
		d := someDaemon()
		d.Fail = func(called libvirttest.Proc, _ []libvirttest.Domain) error {
			if called == p {
				return libvirttest.Error{Code: libvirttest.CodeInternal, Message: "failed"}
			}
			return nil
		}
		_, s := fake(t, d)
		if h, err := s.Host(patiently(t)); err == nil {
			t.Errorf("no error though procedure %d fails: %+v", p, h)
		}
	}
}

// TestHostRemote knows nothing of when a remote host was booted.
func TestHostRemote(t *testing.T) {
	t.Parallel()
	_, address := tcpDaemon(t, someDaemon())
	s := sourceOf(t, "qemu+tcp://"+address+"/system", quick())
	s.files.root = tree(t, map[string]string{
		"proc/uptime": "100 1", "proc/7/cmdline": "qemu\x00-uuid\x00" + key(1) + "\x00", "proc/7/stat": statLine("qemu", "5"),
		"sys/class/net/tap1/ifindex": "9",
	})
	got, err := s.Host(patiently(t))
	if err != nil {
		t.Fatalf("failed to read: %v", err)
	}
	if !got.Started.IsZero() || got.Life != "" {
		t.Errorf("unexpected host: %+v", got)
	}
	if d := definitions(t, s, key(1))[key(1)]; d.err != nil || !d.value.Started.IsZero() || !d.value.NICs[0].IfIndex.IsZero() {
		t.Errorf("unexpected definition: %+v, %v", d.value, d.err)
	}
	if st := statistics(t, s, key(1))[key(1)]; st.err != nil || st.value.Process != nil {
		t.Errorf("unexpected statistics: %+v, %v", st.value, st.err)
	}
	_, near := fake(t, someDaemon())
	near.files = s.files
	if st := statistics(t, near, key(1))[key(1)]; st.err != nil || st.value.Process == nil || st.value.Process.PID != 7 {
		t.Errorf("unexpected statistics of the same on this host: %+v, %v", st.value, st.err)
	}
	if d := definitions(t, near, key(1))[key(1)]; d.err != nil || d.value.Started.IsZero() || d.value.NICs[0].IfIndex.Or(0) != 9 {
		t.Errorf("unexpected definition of the same on this host: %+v, %v", d.value, d.err)
	}
}

// TestHostBoot keeps one time for one life, but for a step.
func TestHostBoot(t *testing.T) {
	t.Parallel()
	s := sourceOf(t, "qemu:///system", quick())
	at := func(uptime, life string, now time.Time) time.Time {
		s.files.root = tree(t, map[string]string{"proc/uptime": uptime, "proc/sys/kernel/random/boot_id": life})
		got, ok := s.hostBoot(clockAt(now)).at.Get()
		if !ok {
			t.Fatalf("no time")
		}
		return got
	}
	now := time.Now()
	first := at("10.00 1", "a", now)
	if got := now.Sub(first); got != 10*time.Second {
		t.Errorf("unexpected age: %v", got)
	}
	if again := at("20.07 1", "a", now.Add(10*time.Second)); !again.Equal(first) {
		t.Errorf("the boot moved by %v", again.Sub(first))
	}
	awake := now.Add(20 * time.Second)
	if slept := at("3630.00 1", "a", awake); !slept.Equal(awake.Add(-3630 * time.Second)) {
		t.Errorf("unexpected boot after the host slept for an hour: %v before, %v now", first, slept)
	}
	later := now.Add(time.Minute)
	if other := at("3 1", "b", later); !other.Equal(later.Add(-3 * time.Second)) {
		t.Errorf("unexpected boot in another life: %v", other)
	}
}
