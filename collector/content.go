package collector

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"github.com/vmond/vmond/hv"
)

const (
	storeVersion = 1
	// maxIndex is the highest index that is believed, of those up to 2147483647 that there can be: there is no end to be
	// reached, and one that is damaged leads to none.
	maxIndex = 1 << 30
)

var (
	metaBucket = []byte("meta")
	metaKey    = []byte("meta")
	vmsBucket  = []byte("vms")
)

// meta is what the store keeps of the hypervisor.
type meta struct {
	Version int `json:"version"`
	// Life is hv.Host.Life.
	Life string `json:"life"`
	// LastChange is Snapshot.LastChange.
	LastChange hv.Opt[time.Duration] `json:"last_change,omitzero"`
}

// readMeta reads the meta, which every state file has.
func readMeta(tx *bbolt.Tx) (m meta, err error) {
	b := tx.Bucket(metaBucket)
	if b == nil {
		return m, errors.New("is no state file of vmond")
	}
	if err := json.Unmarshal(b.Get(metaKey), &m); err != nil {
		return m, fmt.Errorf("read %q: %w", metaKey, err)
	}
	if m.Version != storeVersion {
		return m, fmt.Errorf("is of version %d, this vmond knows version %d", m.Version, storeVersion)
	}
	return m, nil
}

// readRecords reads the records of all virtual machines.
func readRecords(tx *bbolt.Tx, records map[string]*record) error {
	b := tx.Bucket(vmsBucket)
	if b == nil {
		return nil
	}
	owners := map[int32]string{}
	return b.ForEach(func(key, value []byte) error {
		r := &record{}
		if err := json.Unmarshal(value, r); err != nil {
			return fmt.Errorf("read virtual machine %q: %w", key, err)
		}
		if other, taken := owners[r.Index]; taken || r.Index < 1 || r.Index > maxIndex {
			return fmt.Errorf("virtual machine %q has index %d, which is that of %q or none", key, r.Index, other)
		}
		owners[r.Index] = string(key)
		records[string(key)] = r
		return nil
	})
}

// putAll writes m and records in one transaction.
func putAll(db *bbolt.DB, m meta, records map[string]*record) error {
	m.Version = storeVersion
	return db.Update(func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucketIfNotExists(metaBucket)
		if err != nil {
			return err
		}
		if err := putJSON(b, metaKey, m); err != nil {
			return err
		}
		if b, err = tx.CreateBucketIfNotExists(vmsBucket); err != nil {
			return err
		}
		// In another order each one that is new moves all those behind it.
		for _, key := range slices.Sorted(maps.Keys(records)) {
			r := records[key]
			if r == nil {
				err = b.Delete([]byte(key))
			} else {
				err = putJSON(b, []byte(key), r)
			}
			if err != nil {
				return fmt.Errorf("write virtual machine %q: %w", key, err)
			}
		}
		return nil
	})
}

// putJSON writes v under key.
func putJSON(b *bbolt.Bucket, key []byte, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return b.Put(key, data)
}
