package collector

import (
	"sync"
	"time"
)

// A batch gathers what a source tells bit by bit, so that many virtual machines make one snapshot. What was gathered does
// not wait for a virtual machine that hangs.
type batch[T any] struct {
	take func([]T)
	left int // how many are to come, as far as is known

	mu    sync.Mutex // held while take runs, so that after the last flush nothing comes any more
	list  []T
	timer *time.Timer // nil, or flushes soon after the first of list came
}

// newBatch returns a batch that hands what it gathered to take. So many are expected.
func newBatch[T any](expected int, take func([]T)) *batch[T] {
	return &batch[T]{take: take, left: expected}
}

// add gathers one. It hands over all if they are many; if not, they are handed over once the first of them is old.
func (b *batch[T]) add(v T) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.list == nil {
		b.list = make([]T, 0, min(max(b.left, 1), batchSize))
	}
	b.list = append(b.list, v)
	b.left--
	switch len(b.list) {
	case 1:
		b.timer = time.AfterFunc(batchAge, b.flush)
	case batchSize:
		b.hand()
	}
}

// flush hands over what is left.
func (b *batch[T]) flush() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.list) > 0 {
		b.hand()
	}
}

// hand hands over the list.
func (b *batch[T]) hand() {
	b.timer.Stop()
	b.take(b.list)
	b.list = nil
}
