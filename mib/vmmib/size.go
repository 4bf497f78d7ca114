package vmmib

import (
	"math"

	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/mib"
)

const (
	kibi = 1 << 10
	// maxUnit is the largest power of 1024 that is an Integer32, as units are.
	maxUnit = 1 << 30
	// maxSize is the largest size in bytes that an Integer32 of some unit can tell: 2 EiB.
	maxSize = math.MaxInt32 * maxUnit
)

// unit returns the smallest unit, from at least on in steps of 1024, in which each of the sizes in bytes is an Integer32.
// Those that are absent or out of range do not count.
func unit(least int32, sizes ...hv.Opt[int64]) int32 {
	u := least
	for _, s := range sizes {
		n, ok := valid(s)
		for ok && units(n, u) > math.MaxInt32 {
			u *= kibi
		}
	}
	return u
}

// units returns a size in bytes as a number of units, the last of which may be in use in part. So what is not
// nothing never reads 0, and of two sizes the greater never reads as less.
func units(n int64, unit int32) int64 { return (n + int64(unit) - 1) / int64(unit) }

// valid returns the size, and whether it is one that can be told.
func valid(s hv.Opt[int64]) (int64, bool) {
	n, ok := s.Get()
	return n, ok && n >= 0 && n <= maxSize
}

// memoryUnit returns the bytes in a unit of the memory of vm: MiB where it has whole ones and cannot have more or less, as with bhyve,
// and KiB where it may come to have any number, so that the unit does not come and go with them.
func memoryUnit(vm *collector.VM) int32 {
	least := int32(kibi)
	if n, ok := valid(vm.CurMem); ok && n%(kibi*kibi) == 0 && vm.MinMem == vm.CurMem && vm.MaxMem == vm.CurMem {
		least = kibi * kibi
	}
	return unit(least, vm.CurMem, vm.MinMem, vm.MaxMem)
}

// memory returns an amount of memory.
func memory(s hv.Opt[int64], unit int32) mib.Value {
	n, ok := valid(s)
	if !ok {
		return mib.NoSuchInstance
	}
	return mib.Integer(int32(units(n, unit)))
}

// memoryBound returns a minimum or maximum of memory, which is -1 if it is known that there is none.
func memoryBound(s hv.Opt[int64], unit int32) mib.Value {
	if n, ok := s.Get(); ok && n == hv.NoLimit {
		return mib.Integer(hv.NoLimit)
	}
	return memory(s, unit)
}
