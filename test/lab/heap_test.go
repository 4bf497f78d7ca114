package lab

import "testing"

func TestLiveHeap(t *testing.T) {
	t.Parallel()
	const (
		first = "gc 1 @0.010s 2%: 0.01+0.5+0.00 ms clock, 0.02+0.1/0.3/0.2+0.01 ms cpu, 0->1->3 MB, 1 MB goal, 0 MB stacks, 0 MB globals, 2 P\n"
		last  = "gc 2 @0.020s 2%: 0.01+0.5+0.00 ms clock, 0.02+0.1/0.3/0.2+0.01 ms cpu, 4->14->12 MB, 13 MB goal, 0 MB stacks, 0 MB globals, 2 P (forced)\n"
		line  = "2026-11-20T21:43:20Z info agentx registered with the master {\"session\": 5}\n"
	)
	tests := []struct {
		name, log string
		want      int64 // in MiB, negative if there is none
	}{
		{"one", first, 3},
		{"the last of two", first + line + last + line, 12},
		{"cut", last + first[:len(first)/2], 12},
		{"a line between", last + "gc 3 @1s 2%: 4->5" + line + "->6 MB, 7 MB goal\n", 12},
		{"none", line, -1},
		{"empty", "", -1},
	}
	for _, tt := range tests {
		got, err := liveHeap(tt.log)
		if tt.want >= 0 && (err != nil || got != tt.want<<20) || tt.want < 0 && err == nil {
			t.Errorf("%s: liveHeap = %d, %v, want %d MiB", tt.name, got, err, tt.want)
		}
	}
}
