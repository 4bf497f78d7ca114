package collector

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/vmond/vmond/hv"
)

// snapshotJSON is the JSON form of a Snapshot.
type snapshotJSON struct {
	Host       hv.Host               `json:"host"`
	LastChange hv.Opt[time.Duration] `json:"last_change,omitzero"`
	StatesAt   time.Time             `json:"states_at,omitzero"`
	StatesAge  hv.Opt[time.Duration] `json:"states_age,omitzero"`
	ToldAt     time.Time             `json:"told_at"`
	// VMs is the last field, so that what is before it can be written before it.
	VMs []*VM `json:"vms"`
}

// A Told is a virtual machine as it is written: its moments are as the clock tells them now, which may have been set since,
// and its ages are those of now.
type Told struct {
	*VM
	// StatsAge is how long ago the statistics were read. It is absent if they never were.
	StatsAge hv.Opt[time.Duration] `json:"stats_age,omitzero"`
}

// Tell returns vm, one of the Snapshot's virtual machines, as it is written.
func (s *Snapshot) Tell(vm *VM) Told { return written(vm, s.Now()) }

// written is Tell at that moment.
func written(vm *VM, now time.Time) Told {
	started, ok := vm.Started.Get()
	if at := Moment(vm.StatsAt, now); ok || at != vm.StatsAt {
		c := *vm
		c.StatsAt = at
		if ok {
			c.Started = hv.Some(Moment(started, now))
		}
		vm = &c
	}
	return Told{vm, age(vm.StatsAt, now)}
}

// age returns how long ago t was at the moment now, never less than nothing, or nothing at all if t is zero.
func age(t, now time.Time) hv.Opt[time.Duration] {
	if t.IsZero() {
		return hv.Opt[time.Duration]{}
	}
	return hv.Some(max(now.Sub(t), 0))
}

// jsonEnd is what follows the virtual machines.
const jsonEnd = "]}"

// EncodeJSON writes what MarshalJSON returns. It has one virtual machine at a time in memory: the whole text of 10,000
// is 14 MB, and a reader who takes his time would have that held. The error is that of w.
func (s *Snapshot) EncodeJSON(w io.Writer) error {
	now, host := s.Now(), s.Host
	if t, ok := host.Started.Get(); ok {
		host.Started = hv.Some(Moment(t, now))
	}
	head, err := json.Marshal(snapshotJSON{
		Host: host, LastChange: s.LastChange, StatesAt: Moment(s.StatesAt, now), StatesAge: age(s.StatesAt, now),
		ToldAt: now, VMs: []*VM{},
	})
	if err != nil {
		return err
	}
	if _, err := w.Write(bytes.TrimSuffix(head, []byte(jsonEnd))); err != nil {
		return err
	}
	comma := ""
	for vm := range s.VMs() {
		text, err := json.Marshal(written(vm, now))
		if err != nil {
			return err
		}
		if _, err := w.Write(append([]byte(comma), text...)); err != nil {
			return err
		}
		comma = ","
	}
	_, err = io.WriteString(w, jsonEnd)
	return err
}

// MarshalJSON writes the Snapshot with its virtual machines in order of Index. Durations are nanoseconds. Moments are as the
// clock tells them now, and "told_at" is when that was: who reads them later reckons ages from there.
func (s *Snapshot) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	err := s.EncodeJSON(&b)
	return b.Bytes(), err
}

// UnmarshalJSON reads what MarshalJSON wrote. The times have lost their monotonic readings, and the Snapshot has stayed at
// the moment when it was written. After an error it is as it was.
func (s *Snapshot) UnmarshalJSON(data []byte) error {
	var j snapshotJSON
	if err := json.Unmarshal(data, &j); err != nil {
		return err
	}
	e := rows{}.edit()
	for i, vm := range j.VMs {
		if vm == nil || vm.Index < 1 || e.get(vm.Index) != nil {
			return fmt.Errorf("virtual machine at position %d has no index, or one that is taken or below 1", i)
		}
		e.put(vm)
	}
	*s = Snapshot{Host: j.Host, LastChange: j.LastChange, StatesAt: j.StatesAt, ToldAt: j.ToldAt, vms: e.rows()}
	return nil
}
