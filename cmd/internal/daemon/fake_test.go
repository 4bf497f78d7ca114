package daemon

import (
	"context"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// A fakeTask is a task that a test steers. Its zero value runs until it is told to stop, and is never ready.
type fakeTask struct {
	name  string
	ready chan struct{}
	run   func(ctx context.Context) error // nil: until ctx is done
	alive func(ctx context.Context) error // nil: at once
}

func (f *fakeTask) String() string         { return f.name }
func (f *fakeTask) Ready() <-chan struct{} { return f.ready }

func (f *fakeTask) Run(ctx context.Context) error {
	if f.run != nil {
		return f.run(ctx)
	}
	<-ctx.Done()
	return nil
}

func (f *fakeTask) Alive(ctx context.Context) error {
	if f.alive != nil {
		return f.alive(ctx)
	}
	return nil
}

// closed returns a channel that is closed.
func closed() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}

// A fakeManager keeps what it is told, and when.
type fakeManager struct {
	period time.Duration
	start  time.Time

	mu   sync.Mutex
	told []string
}

func (f *fakeManager) Watchdog() time.Duration { return f.period }

func (f *fakeManager) Notify(state string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.told = append(f.told, time.Since(f.start).String()+" "+state)
}

// take returns what it was told since the last call, sorted within one moment by the order of telling.
func (f *fakeManager) take() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	told := slices.Clone(f.told)
	f.told = nil
	return told
}

// observed returns a logger and what it logs.
func observed() (*zap.Logger, *observer.ObservedLogs) {
	core, logs := observer.New(zap.DebugLevel)
	return zap.New(core), logs
}
