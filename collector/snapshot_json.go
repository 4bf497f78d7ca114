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
	// VMs is the last field, so that what is before it can be written before it.
	VMs []*VM `json:"vms"`
}

// jsonEnd is what follows the virtual machines.
const jsonEnd = "]}"

// EncodeJSON writes what MarshalJSON returns. It has one virtual machine at a time in memory: the whole text of 10,000
// is 14 MB, and a reader who takes his time would have that held. The error is that of w.
func (s *Snapshot) EncodeJSON(w io.Writer) error {
	head, err := json.Marshal(snapshotJSON{s.Host, s.LastChange, s.StatesAt, []*VM{}})
	if err != nil {
		return err
	}
	if _, err := w.Write(bytes.TrimSuffix(head, []byte(jsonEnd))); err != nil {
		return err
	}
	comma := ""
	for vm := range s.VMs() {
		text, err := json.Marshal(vm)
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

// MarshalJSON writes the Snapshot with its virtual machines in order of Index. Durations are nanoseconds.
func (s *Snapshot) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	err := s.EncodeJSON(&b)
	return b.Bytes(), err
}

// UnmarshalJSON reads what MarshalJSON wrote. The times have lost their monotonic readings. After an error the Snapshot
// is as it was.
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
	*s = Snapshot{Host: j.Host, LastChange: j.LastChange, StatesAt: j.StatesAt, vms: e.rows()}
	return nil
}
