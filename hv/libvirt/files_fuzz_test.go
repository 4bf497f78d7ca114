package libvirt

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/vmond/vmond/hv"
)

// FuzzFiles reads files of /proc, /run and /sys with whatever is in them: what is not understood is absent, and nothing began
// in the future.
func FuzzFiles(f *testing.F) {
	const uuid = "8f4f6a3e-1d0c-4b58-9f5e-2a4d7c0b1e01"
	f.Add("100.00 1\n", statLine("qemu-system-x86", "2050"), "qemu\x00-uuid\x00"+uuid+"\x00", "42\n", "7\n")
	f.Add("", "", "", "", "")
	f.Add("1e300", statLine("a) S 1 (b", "9223372036854775807"), "-uuid", "-1", "99999999999999999999")
	f.Add("-5.0 1", statLine("x", "-1"), "\x00\x00", "42 42", "-7")
	f.Add("9223372036", statLine("x", "0"), "-uuid\x00\x00-uuid", "043", "+7")
	f.Fuzz(func(t *testing.T, uptime, stat, cmdline, pidFile, index string) {
		root := t.TempDir()
		for name, text := range map[string]string{
			"proc/uptime": uptime, "proc/42/stat": stat, "proc/42/cmdline": cmdline,
			"run/libvirt/qemu/web.pid": pidFile, "sys/class/net/tap0/ifindex": index,
		} {
			path := filepath.Join(root, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		now := time.Now()
		here := files{root}
		id, err := hv.ParseUUID(uuid)
		if err != nil {
			t.Fatal(err)
		}
		if at, ok := here.boot(clockAt(now)).at.Get(); ok && at.After(now) {
			t.Errorf("the host is booted at %v, in %v", at, at.Sub(now))
		}
		d := domain{name: "web", uuid: id}
		if p := new(processes).find(t.Context(), here, "qemu", d); p != nil {
			if at, ok := started(here, p.pid, now).Get(); ok && at.After(now) {
				t.Errorf("the process begins at %v, in %v", at, at.Sub(now))
			}
		}
		nics := []hv.NIC{{Host: "tap0"}, {Host: "../net/tap0"}}
		here.setIndices(nics)
		if n, ok := nics[0].IfIndex.Get(); ok && n < 1 {
			t.Errorf("index %d", n)
		}
		if !nics[1].IfIndex.IsZero() {
			t.Error("a name leads to another place")
		}
	})
}
