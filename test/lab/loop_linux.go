package lab

import (
	"fmt"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// attachLoop makes a block device of an image and returns its path. The kernel takes it away again when nobody has it
// open any more: we have until the test ends, however that happens.
func attachLoop(t testing.TB, image string) string {
	t.Helper()
	control, err := os.OpenFile("/dev/loop-control", os.O_RDWR, 0)
	if err != nil {
		Missing(t, "no loop devices: %v", err)
	}
	defer control.Close()
	file, err := os.OpenFile(image, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var device *os.File
	Eventually(t, startTimeout, "a loop device is free", func() error {
		n, err := unix.IoctlRetInt(int(control.Fd()), unix.LOOP_CTL_GET_FREE)
		if err != nil {
			return err
		}
		if device, err = os.OpenFile(fmt.Sprintf("/dev/loop%d", n), os.O_RDWR, 0); err != nil {
			return err
		}
		// Somebody else may have taken it in between.
		config := unix.LoopConfig{Fd: uint32(file.Fd()), Info: unix.LoopInfo64{Flags: unix.LO_FLAGS_AUTOCLEAR}}
		if err := unix.IoctlLoopConfigure(int(device.Fd()), &config); err != nil {
			device.Close()
			return err
		}
		return nil
	})
	t.Cleanup(func() { device.Close() })
	return device.Name()
}
