package librenms

import (
	"time"

	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
)

// A reader makes numbers of what a Snapshot tells.
type reader struct {
	*platform
	// memory is the RAM of the host.
	memory hv.Opt[int64]
	// now is when the Snapshot is told, and limit how much older its statistics may be; 0 is no limit.
	now   time.Time
	limit time.Duration
}

// vm returns the numbers of a virtual machine. One that is not active has zeros, but for what it is made of.
func (r *reader) vm(vm *collector.VM) figures {
	var f figures
	f[memAlloc] = sized(most(vm.MaxMem, vm.CurMem))
	f[cpus] = sized(most(vm.MaxCPUs, vm.CurCPUs))
	if vm.Survey != nil {
		f[snaps] = r.lacking(snaps, sized(vm.Survey.Snapshots))
		f[snapsSize] = sized(vm.Survey.SnapshotsSize)
	}
	f[snapsSize] = r.lacking(snapsSize, f[snapsSize])
	r.process(&f, vm)
	r.parts(&f, vm)
	return f
}

// most returns the upper bound of what one has, or what it has now if there is none.
func most[T int | int64](bound, now hv.Opt[T]) hv.Opt[T] {
	if n, known := bound.Get(); known && n != hv.NoLimit {
		return bound
	}
	return now
}

// parts adds the sums over disks and interfaces. As long as these are not known, only what there never is.
func (r *reader) parts(f *figures, vm *collector.VM) {
	if !vm.Defined {
		r.undefined(f, vm)
		return
	}
	f.fill([]column{diskAlloc, diskInUse, diskOnDisk}, zero)
	f.fill(ofTraffic, zero)
	f.fill(ofNIC, zero)
	for i := range vm.Disks {
		disk := r.disk(vm, &vm.Disks[i])
		f.add(&disk, ofTraffic)
		if !image(&vm.Disks[i]) {
			f[diskAlloc] = sum(f[diskAlloc], disk[alloc])
			f[diskInUse] = sum(f[diskInUse], disk[inUse])
			f[diskOnDisk] = sum(f[diskOnDisk], disk[onDisk])
		}
	}
	for i := range nicsOf(vm) {
		nic := r.nic(vm, &vm.NICs[i])
		f.add(&nic, ofNIC)
	}
}

// undefined is parts for one whose definition was not read yet.
func (r *reader) undefined(f *figures, vm *collector.VM) {
	for _, counters := range [][]column{ofTraffic, ofNIC} {
		if !vm.Active() {
			f.fill(counters, zero)
		}
		r.judge(f, counters, vm)
	}
}

// judge makes unknown what was counted too long ago to be told as the present, and 0 what is never counted.
func (r *reader) judge(f *figures, in []column, vm *collector.VM) {
	old := vm.Active() && r.limit > 0 && r.now.Sub(vm.StatsAt) > r.limit
	for _, c := range in {
		if old && !f[c].IsZero() {
			f[c] = figure{}
			continue
		}
		f[c] = r.lacking(c, f[c])
	}
}

// lacking returns a figure, or 0 if it is not known and never will be.
func (r *reader) lacking(c column, v figure) figure {
	if v.IsZero() && r.lacks[c] {
		return zero
	}
	return v
}
