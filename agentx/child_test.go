package agentx

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"runtime"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/vmond/vmond/mib"
)

// childEnv has the address of a master whom this program serves instead of running tests, until its input ends.
const childEnv = "VMOND_TEST_MASTER"

const (
	tick       = time.Millisecond
	collection = 5 * time.Millisecond
)

// An account is what a child says at its end of what others did in its process while it served.
type account struct {
	Ticks       int           // of a timer
	Unticked    uint64        // the most requests between two of them
	Lateness    time.Duration // the longest time between two of them, beyond what it should be
	Collections int           // of garbage
	Collection  time.Duration // the longest
	Accepted    int           // notifications
	Acceptance  time.Duration // the longest time until one was
	Leave       time.Duration // from the end of the context to that of Run
}

// childMain serves a master, with others who want to run in the same process, and prints the account.
func childMain(address string) {
	tree := testTree()
	cfg := Config{Address: address, Description: "child", Subtree: subtree, Poll: testPoll}
	s, err := New(cfg, func() mib.Tree { return &tree }, zap.NewNop())
	if err != nil {
		panic(err)
	}
	serving, leave := context.WithCancel(context.Background())
	left := make(chan error)
	go func() { left <- s.Run(serving) }()

	var a account
	var others sync.WaitGroup
	done, end := context.WithCancel(context.Background())
	others.Go(func() { a.tick(done, s) })
	others.Go(func() { a.collect(done) })
	others.Go(func() { a.notify(done, s) })
	io.Copy(io.Discard, os.Stdin)
	end()
	others.Wait()

	began := time.Now()
	leave()
	if err := <-left; err != nil {
		panic(err)
	}
	a.Leave = time.Since(began)
	json.NewEncoder(os.Stdout).Encode(a)
}

// tick wants to run every now and then.
func (a *account) tick(ctx context.Context, s *Subagent) {
	t := time.NewTicker(tick)
	defer t.Stop()
	last, requests := time.Now(), s.Status().Requests.Get
	for ; ctx.Err() == nil; a.Ticks++ {
		<-t.C
		now, n := time.Now(), s.Status().Requests.Get
		a.Lateness, a.Unticked = max(a.Lateness, now.Sub(last)-tick), max(a.Unticked, n-requests)
		last, requests = now, n
	}
}

// collect wants all who run to stop for a moment.
func (a *account) collect(ctx context.Context) {
	t := time.NewTicker(collection)
	defer t.Stop()
	for ; ctx.Err() == nil; a.Collections++ {
		<-t.C
		began := time.Now()
		runtime.GC()
		a.Collection = max(a.Collection, time.Since(began))
	}
}

// notify notifies the master of something, again and again.
func (a *account) notify(ctx context.Context, s *Subagent) {
	landed := make(chan error, 1)
	for ctx.Err() == nil {
		began := time.Now()
		s.Notify(mib.Notification{ID: at("0.1")}, func(err error) { landed <- err })
		if err := <-landed; err != nil {
			panic(err)
		}
		a.Accepted++
		a.Acceptance = max(a.Acceptance, time.Since(began))
	}
}
