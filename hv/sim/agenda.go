package sim

import "time"

// A step is the end of what a virtual machine is doing.
type step struct {
	at    time.Duration
	order uint64 // of two steps at one time, the one that was noted first is taken first
	vm    *vm
	place int
}

// An agenda is a heap of steps, the next one first. It implements heap.Interface.
type agenda []*step

func (a agenda) Len() int { return len(a) }

func (a agenda) Less(i, j int) bool {
	if a[i].at != a[j].at {
		return a[i].at < a[j].at
	}
	return a[i].order < a[j].order
}

func (a agenda) Swap(i, j int) {
	a[i], a[j] = a[j], a[i]
	a[i].place, a[j].place = i, j
}

// Push is called by package heap.
func (a *agenda) Push(x any) {
	s := x.(*step)
	s.place = len(*a)
	*a = append(*a, s)
}

// Pop is called by package heap.
func (a *agenda) Pop() any {
	last := len(*a) - 1
	s := (*a)[last]
	(*a)[last] = nil
	*a = (*a)[:last]
	return s
}
