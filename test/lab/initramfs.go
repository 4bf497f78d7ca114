package lab

import (
	"compress/gzip"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// guestInit is the first and only program of a guest, a script of busybox.
//
//go:embed guest/init
var guestInit []byte

// guestModules are the drivers that a guest needs, each after those that it needs itself. One that is not there is
// part of the kernel.
var guestModules = []string{
	"virtio_ring", "virtio", "virtio_pci_legacy_dev", "virtio_pci_modern_dev", "virtio_pci", "virtio_blk",
	"virtio_balloon", "failover", "net_failover", "virtio_net", "button", "evdev", "pvpanic", "pvpanic-mmio",
}

// A guestKernel is a kernel that is installed on this machine.
type guestKernel struct {
	version, path string
}

// findKernel returns the newest kernel of those in /boot that have their modules, and the cloud kernel before others,
// because it is the smallest.
func findKernel() (guestKernel, error) {
	const prefix = "/boot/vmlinuz-"
	paths, err := filepath.Glob(prefix + "*")
	if err != nil {
		return guestKernel{}, err
	}
	var kernels []guestKernel
	for _, path := range paths {
		k := guestKernel{version: strings.TrimPrefix(path, prefix), path: path}
		if _, err := os.Stat(k.modules()); err == nil {
			kernels = append(kernels, k)
		}
	}
	if len(kernels) == 0 {
		return guestKernel{}, errors.New("no kernel for the guests in /boot with its modules in /lib/modules")
	}
	return slices.MaxFunc(kernels, func(a, b guestKernel) int {
		if a.cloud() != b.cloud() {
			return map[bool]int{true: 1, false: -1}[a.cloud()]
		}
		return strings.Compare(a.version, b.version)
	}), nil
}

func (k guestKernel) modules() string { return filepath.Join("/lib/modules", k.version, "kernel") }
func (k guestKernel) cloud() bool     { return strings.Contains(k.version, "-cloud-") }

// module returns a driver's code, or nil if it is no module of this kernel.
func (k guestKernel) module(name string) ([]byte, error) {
	var paths []string
	for _, dir := range []string{"drivers/*", "drivers/*/*", "net/core"} {
		found, err := filepath.Glob(filepath.Join(k.modules(), dir, name+".ko*"))
		if err != nil {
			return nil, err
		}
		paths = append(paths, found...)
	}
	if len(paths) == 0 {
		return nil, nil
	}
	switch filepath.Ext(paths[0]) {
	case ".ko":
		return os.ReadFile(paths[0])
	case ".xz":
		return exec.Command("busybox", "xzcat", paths[0]).Output()
	}
	return nil, fmt.Errorf("module %s is packed in a way that busybox cannot unpack", paths[0])
}

// writeInitramfs writes the file system of a guest: busybox, the drivers and the script that is its init.
func writeInitramfs(path string, k guestKernel) error {
	busybox, err := exec.LookPath("busybox")
	if err != nil {
		return err
	}
	program, err := os.ReadFile(busybox)
	if err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	z := gzip.NewWriter(f)
	c := &cpio{w: z}
	for _, dir := range []string{"bin", "dev", "modules", "proc", "sys"} {
		c.dir(dir)
	}
	c.file("bin/busybox", 0o755, program)
	c.file("init", 0o755, guestInit)
	for i, name := range guestModules {
		code, err := k.module(name)
		if err != nil {
			return err
		}
		if code != nil {
			// The numbers let the shell's pattern list them in order.
			c.file(fmt.Sprintf("modules/%02d-%s.ko", i, name), 0o644, code)
		}
	}
	return errors.Join(c.close(), z.Close(), f.Close())
}
