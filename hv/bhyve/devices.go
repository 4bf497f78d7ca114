package bhyve

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"strings"
	"time"

	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

const (
	// pollEvery is how often the kernel is asked whether there was any change of device nodes.
	pollEvery = time.Second
	// generation is the variable that any change of a device node changes (devfs(4)).
	generation = "vfs.devfs.generation"
	// maxDeviceLines is the size of the buffer for devd's lines. Half of it is free at each reading, and a line that is longer than
	// what is free comes cut, for it is one packet; devd itself has no more than 8 KiB.
	maxDeviceLines = 1 << 16
	// vmmNodes is what the names of virtual machines' device nodes begin with.
	vmmNodes = "vmm/"
)

// overhear has devd tell that device nodes of virtual machines come and go, until ctx is done. devd drops who reads too slowly, and
// whatever was told meanwhile is lost: so there is reason to look whenever it is heard again.
func (o *observer) overhear(ctx context.Context, v *vigil) {
	o.persist(ctx, devdSource, func(ctx context.Context) error {
		lines, err := o.sys.Devices(ctx)
		if err != nil {
			return err
		}
		defer context.AfterFunc(ctx, func() { lines.Close() })()
		defer lines.Close()
		o.troubles.note(devdSource, nil)
		v.hint()
		scanner := bufio.NewScanner(lines)
		scanner.Buffer(make([]byte, maxDeviceLines), maxDeviceLines)
		for scanner.Scan() {
			if e, ok := freebsd.ParseDeviceEvent(scanner.Text()); ok && strings.HasPrefix(e.Name, vmmNodes) {
				v.hint()
			}
		}
		if err := scanner.Err(); err != nil {
			return err
		}
		return io.ErrUnexpectedEOF
	})
}

// poll asks the kernel each second whether any device node came or went, until ctx is done: where devd is not there to tell, that is
// still sooner than the next look.
func (o *observer) poll(ctx context.Context, v *vigil) {
	var before []byte
	for {
		now, err := o.sys.Sysctl(generation)
		o.troubles.note(generation, err)
		if err == nil && before != nil && !bytes.Equal(before, now) {
			v.hint()
		}
		if err == nil {
			before = now
		}
		if !pause(ctx, pollEvery) {
			return
		}
	}
}
