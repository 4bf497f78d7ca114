package bhyve

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// TestReadLibvirtDriver proves that the driver's own process is not taken for a virtual machine, and one that has its name is.
func TestReadLibvirtDriver(t *testing.T) {
	t.Parallel()
	host := freebsd.NewRecording()
	host.SetFile(libvirtDir+"/driver.pid", []byte("3000"), freebsd.Stat{})
	host.SetFile(libvirtDir+"/lv1.pid", []byte("3100"), freebsd.Stat{})
	check := func(want libvirts) {
		t.Helper()
		got, err := readLibvirt(host)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("unexpected virtual machines (-want +got):\n%s", diff)
		}
	}
	check(libvirts{"lv1": 3100})
	host.SetFile(libvirtDir+"/driver.xml", []byte("<domstatus/>"), freebsd.Stat{})
	check(libvirts{"driver": 0, "lv1": 3100})
}
