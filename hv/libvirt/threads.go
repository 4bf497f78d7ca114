package libvirt

import (
	"errors"
	"maps"
	"os"
	"slices"
	"strconv"
	"sync"
	"syscall"
)

// maxThreads are the most threads of a process that are counted one by one: more than the most virtual CPUs and all
// that QEMU starts beside them.
const maxThreads = 1 << 12

// switches are how often a thread gave its CPU away.
type switches struct{ voluntary, involuntary uint64 }

func (s switches) plus(t switches) switches {
	return switches{s.voluntary + t.voluntary, s.involuntary + t.involuntary}
}

// before reports whether s can have become t.
func (s switches) before(t switches) bool {
	return s.voluntary <= t.voluntary && s.involuntary <= t.involuntary
}

// threads count the context switches of a process, which the kernel tells only of each of its threads. QEMU's workers
// come and go: what one that ended was last seen with still counts, so that the sum never goes back.
type threads struct {
	mu    sync.Mutex
	last  map[string]switches // of each thread that there is, by its TID
	ended switches            // of all others
}

// count reads the switches of all threads, and returns the sum of the process. There is none if one of them or their
// list cannot be read, or if there are none or too many. Then nothing is forgotten: a thread has ended only if it is not
// there.
func (t *threads) count(f files, pid int) (switches, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	present, ok := f.switches(strconv.Itoa(pid), t.last)
	if !ok || len(present) == 0 {
		return switches{}, false
	}
	for tid, last := range t.last {
		if now, ok := present[tid]; !ok || !last.before(now) { // or another thread has its TID
			t.ended = t.ended.plus(last)
		}
	}
	t.last = present
	sum := t.ended
	for _, s := range present {
		sum = sum.plus(s)
	}
	return sum, true
}

// switches reads those of each thread of a process, or nothing. One that ends meanwhile is left out. Those that are
// known are asked even if they are not listed: a list may break off where a thread ends as the kernel comes to it.
func (f files) switches(pid string, known map[string]switches) (map[string]switches, bool) {
	tids, err := f.names("proc", pid, "task")
	if err != nil || len(tids) > maxThreads {
		return nil, false
	}
	tids = slices.AppendSeq(tids, maps.Keys(known))
	slices.Sort(tids)
	all := make(map[string]switches, len(tids))
	for _, tid := range slices.Compact(tids) {
		text, err := os.ReadFile(f.path("proc", pid, "task", tid, "status"))
		if errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
			continue
		}
		s := parseStatus(string(text))
		voluntary, ok := s.voluntary.Get()
		involuntary, ok2 := s.involuntary.Get()
		if err != nil || !ok || !ok2 {
			return nil, false
		}
		all[tid] = switches{voluntary, involuntary}
	}
	return all, true
}
