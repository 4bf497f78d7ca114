package main

import (
	"runtime"
	"testing"
)

// TestHeapLive proves that what is in use is told when the garbage was collected, and garbage is not.
func TestHeapLive(t *testing.T) {
	const much = 64 << 20
	runtime.GC()
	before := heapLive()
	held := make([]byte, much)
	runtime.GC()
	with := heapLive()
	runtime.KeepAlive(held)
	runtime.GC()
	after := heapLive()
	if before == 0 || with < before+much*9/10 || after > with-much*9/10 {
		t.Errorf("in use were %d, %d with %d more, and %d without", before, with, much, after)
	}
}
