package collector

import "time"

// A batch gathers what a source tells bit by bit, so that many virtual machines make one snapshot.
type batch[T any] struct {
	take  func([]T)
	list  []T
	began time.Time
}

// newBatch returns a batch that hands what it gathered to take.
func newBatch[T any](take func([]T)) *batch[T] { return &batch[T]{take: take} }

// add gathers one, and hands over all if they are many or the first of them is old.
func (b *batch[T]) add(v T) {
	if len(b.list) == 0 {
		b.began = time.Now()
	}
	b.list = append(b.list, v)
	if len(b.list) >= batchSize || time.Since(b.began) >= batchAge {
		b.flush()
	}
}

// flush hands over what is left.
func (b *batch[T]) flush() {
	if len(b.list) > 0 {
		b.take(b.list)
		b.list = nil
	}
}
