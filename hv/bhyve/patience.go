package bhyve

import (
	"context"
	"sync"
	"time"
)

// A patience asks what may hang, such as for a file on a server that is away, many times and under many names. Each name has at
// most one question under way, and one that hangs is hardly waited for again until it has answered in time.
type patience[T any] struct {
	life  context.Context
	bound time.Duration

	mu      sync.Mutex
	waiting map[string]*reading[T]
}

func newPatience[T any](life context.Context, bound time.Duration) *patience[T] {
	return &patience[T]{life: life, bound: bound, waiting: map[string]*reading[T]{}}
}

// ask returns what read returns, unless that takes longer than the bound.
func (p *patience[T]) ask(ctx context.Context, name string, read func(context.Context) (T, error)) (T, error) {
	p.mu.Lock()
	r := p.waiting[name]
	if r == nil || r.idle() {
		r = &reading[T]{life: p.life, bound: p.bound, read: read, slow: r != nil && !r.quick()}
		p.waiting[name] = r
	}
	p.mu.Unlock()
	value, err := r.get(ctx)
	p.mu.Lock()
	defer p.mu.Unlock()
	if r.quick() && p.waiting[name] == r {
		delete(p.waiting, name)
	}
	return value, err
}
