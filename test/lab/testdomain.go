package lab

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// TestDomain returns the XML of the n-th virtual machine for libvirt's test driver: 2 of 4 virtual CPUs, three disks of
// which one is a drive without a medium, and a network interface.
func TestDomain(n int) string {
	return fmt.Sprintf(`<domain type='test'>
  <name>%[1]s</name>
  <uuid>00000000-0000-4000-8000-%012[2]x</uuid>
  <memory unit='MiB'>8192</memory><currentMemory unit='MiB'>4096</currentMemory>
  <vcpu current='2'>4</vcpu>
  <os><type>hvm</type></os>
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2'/><source file='/images/%[1]s.qcow2'/><target dev='vda' bus='virtio'/>
    </disk>
    <disk type='block' device='disk'>
      <driver name='qemu' type='raw'/><source dev='/dev/vg/%[1]s'/><target dev='vdb' bus='virtio'/>
    </disk>
    <disk type='file' device='cdrom'><target dev='hdc' bus='ide'/><readonly/></disk>
    <interface type='bridge'>
      <mac address='52:54:00:%02[3]x:%02[4]x:%02[5]x'/><source bridge='br0'/><model type='virtio'/>
    </interface>
  </devices>
</domain>
`, TestDomainName(n), n, n>>16&0xff, n>>8&0xff, n&0xff)
}

// TestDomainName returns the name of the n-th virtual machine.
func TestDomainName(n int) string { return fmt.Sprintf("vm-%05d", n) }

// WriteTestDomains writes the XML of the n virtual machines from the first on into dir, and returns the files.
func WriteTestDomains(dir string, first, n int) ([]string, error) {
	files := make([]string, n)
	for i := range files {
		files[i] = filepath.Join(dir, TestDomainName(first+i)+".xml")
		if err := os.WriteFile(files[i], []byte(TestDomain(first+i)), 0o600); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// DefineTestDomains defines the n virtual machines from the first on.
func (l *Libvirtd) DefineTestDomains(t testing.TB, first, n int) {
	t.Helper()
	files, err := WriteTestDomains(t.TempDir(), first, n)
	if err != nil {
		t.Fatal(err)
	}
	for i, file := range files {
		files[i] = "define " + file
	}
	l.VirshScript(t, files)
}
