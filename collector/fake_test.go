package collector

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/vmond/vmond/hv"
)

// A fakeVM is one virtual machine of a fake hypervisor, in all depths.
type fakeVM struct {
	hv.Summary
	def    hv.Definition
	stats  hv.Statistics
	defErr error
	survey hv.Survey
	surErr error
}

// A fake is a hypervisor made of values. Its gates hold up a depth for as long as they are closed.
type fake struct {
	mu     sync.Mutex
	host   hv.Host
	vms    map[string]fakeVM
	errs   map[string]error // by depth
	hang   map[string]bool  // by depth: until the context is done
	asked  map[string]int
	keys   map[string][]string // of the last question
	takes  time.Duration       // how long an error takes, in the bubble of a synctest
	events chan hv.Event
}

func newFake(vms ...fakeVM) *fake {
	f := &fake{
		host:   hv.Host{Software: "FAKE", Version: "1", Life: "life", Started: hv.Some(time.Now().Add(-time.Hour)), CPUs: []int{0, 1}},
		vms:    map[string]fakeVM{},
		errs:   map[string]error{},
		hang:   map[string]bool{},
		asked:  map[string]int{},
		keys:   map[string][]string{},
		events: make(chan hv.Event),
	}
	for _, vm := range vms {
		f.vms[vm.Key] = vm
	}
	return f
}

// enter counts a question and says how it ends.
func (f *fake) enter(ctx context.Context, depth string, keys []string) error {
	f.mu.Lock()
	f.asked[depth]++
	f.keys[depth] = keys
	err, hang, takes := f.errs[depth], f.hang[depth], f.takes
	f.mu.Unlock()
	if err != nil {
		time.Sleep(takes)
	}
	if hang {
		<-ctx.Done()
		return ctx.Err()
	}
	return err
}

// set changes the fake under its lock.
func (f *fake) set(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
}

func (f *fake) count(depth string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.asked[depth]
}

func (f *fake) lastKeys(depth string) []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.keys[depth]
}

func (f *fake) Host(ctx context.Context) (hv.Host, error) {
	err := f.enter(ctx, "host", nil)
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.host, err
}

func (f *fake) States(ctx context.Context) ([]hv.Summary, error) {
	if err := f.enter(ctx, "states", nil); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	var list []hv.Summary
	for _, key := range slices.Sorted(maps.Keys(f.vms)) {
		list = append(list, f.vms[key].Summary)
	}
	return list, nil
}

func (f *fake) Definitions(ctx context.Context, keys []string, yield func(string, hv.Definition, error)) error {
	if err := f.enter(ctx, "definitions", keys); err != nil {
		return err
	}
	for _, key := range keys {
		f.mu.Lock()
		vm, ok := f.vms[key]
		f.mu.Unlock()
		if !ok {
			yield(key, hv.Definition{}, hv.ErrGone)
			continue
		}
		yield(key, vm.def, vm.defErr)
	}
	return nil
}

func (f *fake) Statistics(ctx context.Context, keys []string, yield func(string, hv.Statistics, error)) error {
	if err := f.enter(ctx, "statistics", keys); err != nil {
		return err
	}
	for _, key := range keys {
		f.mu.Lock()
		vm, ok := f.vms[key]
		f.mu.Unlock()
		if !ok {
			yield(key, hv.Statistics{}, hv.ErrGone)
			continue
		}
		vm.stats.At = time.Now()
		yield(key, vm.stats, nil)
	}
	return nil
}

// A surveyedFake is a fake that tells more.
type surveyedFake struct{ *fake }

func (f surveyedFake) Surveys(ctx context.Context, keys []string, yield func(string, hv.Survey, error)) error {
	if err := f.enter(ctx, "surveys", keys); err != nil {
		return err
	}
	for _, key := range keys {
		f.mu.Lock()
		vm, ok := f.vms[key]
		f.mu.Unlock()
		if !ok {
			yield(key, hv.Survey{}, hv.ErrGone)
			continue
		}
		yield(key, vm.survey, vm.surErr)
	}
	return nil
}

// A watchedFake is a fake that tells events.
type watchedFake struct{ *fake }

func (f watchedFake) Watch(ctx context.Context, yield func(hv.Event)) error {
	if err := f.enter(ctx, "watch", nil); err != nil {
		return err
	}
	f.mu.Lock()
	events := f.events
	f.mu.Unlock()
	yield(hv.Event{Kind: hv.Connected})
	for {
		select {
		case e, ok := <-events:
			if !ok {
				return errors.New("connection lost")
			}
			yield(e)
		case <-ctx.Done():
			return nil
		}
	}
}

func (f watchedFake) Flush(ctx context.Context) error { return f.enter(ctx, "flush", nil) }

func (f watchedFake) State(ctx context.Context, key string) (hv.OperState, error) {
	if err := f.enter(ctx, "state", []string{key}); err != nil {
		return hv.StateUnknown, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	vm, ok := f.vms[key]
	if !ok {
		return hv.StateUnknown, hv.ErrGone
	}
	return vm.State, nil
}

// running returns a running virtual machine with two CPUs, a disk and a network interface.
func running(key string, run int64) fakeVM {
	return fakeVM{
		Summary: hv.Summary{
			Key: key, Name: "name of " + key, State: hv.StateRunning, Admin: hv.AdminRunning,
			AutoStart: hv.No, Persistent: hv.Yes, Run: run,
		},
		def: hv.Definition{
			OSType: "hvm", CurCPUs: hv.Some(2), MaxMem: hv.Some[int64](1 << 30),
			CPUs:  []hv.CPU{{ID: 0}, {ID: 1}},
			Disks: []hv.Disk{{Key: "vda", Source: hv.SourceRaw}},
			NICs:  []hv.NIC{{Key: "52:54:00:00:00:01"}},
		},
		stats: hv.Statistics{
			CPUTime: hv.Some(time.Second),
			CPUs:    []hv.CPUStats{{ID: 0, Time: hv.Some(time.Second)}},
			Disks:   []hv.DiskStats{{Key: "vda", Capacity: hv.Some[int64](1 << 20), ReadBytes: hv.Some[uint64](5)}},
		},
	}
}

// off returns the same virtual machine, shut down.
func off(key string) fakeVM {
	vm := running(key, 0)
	vm.State, vm.Admin = hv.StateShutdown, hv.AdminShutdown
	return vm
}

// many returns n running virtual machines.
func many(n int) []fakeVM {
	vms := make([]fakeVM, n)
	for i := range vms {
		vms[i] = running(fmt.Sprintf("vm-%05d", i), int64(i)+1)
	}
	return vms
}
