package bhyve

import (
	"context"
	"sync"
	"time"
)

// A keeping is a reading of which the last answer is kept, also one that came too late for who waited for it: what always takes too
// long is known all the same, as it was at the look before.
type keeping[T any] struct {
	reading reading[*T]

	mu   sync.Mutex
	last *T // nil before the first answer
}

// newKeeping returns one. What read returns is an answer if it says so, also with an error, which is then about a part of it.
func newKeeping[T any](life context.Context, bound time.Duration, read func(context.Context) (answer T, known bool, err error)) *keeping[T] {
	k := &keeping[T]{}
	k.reading = reading[*T]{life: life, bound: bound, read: func(ctx context.Context) (*T, error) {
		answer, known, err := read(ctx)
		if !known {
			return nil, err
		}
		k.mu.Lock()
		defer k.mu.Unlock()
		k.last = &answer
		return k.last, err
	}}
	return k
}

// get returns the answer, or the last one, which is not fresh, or that nothing was ever known, which is the zero value.
func (k *keeping[T]) get(ctx context.Context) (answer T, fresh bool, err error) {
	now, err := k.reading.get(ctx)
	if now != nil {
		return *now, true, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.last != nil {
		answer = *k.last
	}
	return answer, false, err
}
