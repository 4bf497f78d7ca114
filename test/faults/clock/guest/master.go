//go:build linux

package main

import (
	"fmt"
	"sync"
	"testing"

	"github.com/posteo/go-agentx/pdu"

	"github.com/vmond/vmond/agentx/agentxtest"
	"github.com/vmond/vmond/mib"
	"github.com/vmond/vmond/test/faults/clock"
	"github.com/vmond/vmond/test/served"
)

// rules are what takes the place of a test for a master: they note what vmond breaks.
type rules struct {
	testing.TB // nil: the master uses nothing of it but what is here

	mu     sync.Mutex
	broken []string
}

func (r *rules) Helper()        {}
func (r *rules) Cleanup(func()) {} // the guest ends with us

func (r *rules) Errorf(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.broken = append(r.broken, fmt.Sprintf(format, args...))
}

func (r *rules) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }
func (r *rules) Fatal(args ...any)                 { panic(fmt.Sprint(args...)) }

// violations returns what was broken so far.
func (o *observer) violations() []string {
	o.rules.mu.Lock()
	defer o.rules.mu.Unlock()
	return o.rules.broken
}

// mostRows is more than there are virtual machines.
const mostRows = 40

// mib adds what the master gets and was notified of.
func (o *observer) mib(s *clock.Sample) error {
	scalars := o.session.Do(agentxtest.PDU{Type: pdu.TypeGet, Ranges: []agentxtest.Range{{Start: served.HvUpTime}, {Start: served.TableLastChange}}})
	if len(scalars.Varbinds) != 2 || scalars.Varbinds[0].Value.Type() != mib.TypeTimeTicks || scalars.Varbinds[1].Value.Type() != mib.TypeTimeTicks {
		return fmt.Errorf("unexpected scalars: %+v", scalars)
	}
	s.HvUpTime, s.TableLastChange = uint32(scalars.Varbinds[0].Value.Uint()), uint32(scalars.Varbinds[1].Value.Uint())
	column := o.session.Do(agentxtest.PDU{
		Type: pdu.TypeGetBulk, MaxRepetitions: mostRows,
		Ranges: []agentxtest.Range{{Start: served.UpTime, End: served.CPUTime}},
	})
	for _, vb := range column.Varbinds {
		if !vb.Name.HasPrefix(served.UpTime) || vb.Value.Type() != mib.TypeTimeTicks {
			continue
		}
		index, up := vb.Name[len(vb.Name)-1], uint32(vb.Value.Uint())
		if vm, ok := s.VMs[index]; ok { // else it has come since the snapshot
			vm.UpTime = &up
			s.VMs[index] = vm
		}
	}
	s.Notifications = o.master.Count(pdu.TypeNotify)
	return nil
}
