package librenms

import (
	"path"
	"strings"

	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
)

// disk returns the numbers of a disk.
func (r *reader) disk(vm *collector.VM, d *collector.Disk) figures {
	var f figures
	s := &d.Stats
	f[alloc], f[inUse], f[onDisk] = sized(s.Capacity), sized(s.Allocation), sized(s.Physical)
	if s.Physical.IsZero() {
		f[onDisk] = f[inUse]
	}
	f[rbytes], f[wbytes] = counted(s.ReadBytes), counted(s.WriteBytes)
	f[rreqs], f[wreqs], f[freqs] = counted(s.ReadRequests), counted(s.WriteRequests), counted(s.FlushRequests)
	f[rtime], f[wtime] = lasted(s.ReadTime, waitUnit), lasted(s.WriteTime, waitUnit)
	f[ftime] = lasted(s.FlushTime, waitUnit)
	if !vm.Active() {
		f.fill(ofTraffic, zero)
	}
	if empty(d) || !vm.Active() && !vm.StatsAt.IsZero() {
		f.settle(ofDisk) // nothing is there, such as an image that is missing
	}
	r.judge(&f, ofTraffic, vm)
	if r.counted != "" && d.Format != r.counted {
		f.settle(ofTraffic)
	}
	return f
}

// empty reports whether a disk is a drive without a medium. It is of no size, and need not be counted.
func empty(d *collector.Disk) bool {
	return d.Resource == "" && (d.Media == hv.MediaOpticalDisk || d.Media == hv.MediaFloppyDisk)
}

// isoSuffix is that of an image of an optical disk, however it is attached.
const isoSuffix = ".iso"

// image reports whether a disk is an image of an optical one, which is nothing that its virtual machine takes.
func image(d *collector.Disk) bool {
	return d.Media == hv.MediaOpticalDisk || strings.EqualFold(path.Ext(d.Resource), isoSuffix)
}
