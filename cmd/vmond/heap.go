package main

import "runtime/metrics"

// heapLive returns how many bytes of the heap were in use when the garbage was last collected. It is 0 before the first time.
func heapLive() uint64 {
	// What the process has in all goes up and down with the garbage: this does not.
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	return live[0].Value.Uint64()
}
