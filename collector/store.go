package collector

import (
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"go.etcd.io/bbolt"
	bbolterrors "go.etcd.io/bbolt/errors"

	"github.com/vmond/vmond/hv"
)

const (
	storeVersion = 1
	storeMode    = 0o600
	lockTimeout  = time.Second
)

var (
	metaBucket = []byte("meta")
	metaKey    = []byte("meta")
	vmsBucket  = []byte("vms")
)

// ErrStoreInUse says that another process has the store open.
var ErrStoreInUse = errors.New("state file is in use by another vmond")

// A Store is the file that keeps the indices. Each change is a transaction: after a crash the file holds what was there
// before it or after it, never a mixture. Only one process can have it open.
type Store struct {
	db *bbolt.DB
}

// meta is what the store keeps of the hypervisor.
type meta struct {
	Version int `json:"version"`
	// Life is hv.Host.Life.
	Life string `json:"life"`
	// LastChange is Snapshot.LastChange.
	LastChange hv.Opt[time.Duration] `json:"last_change,omitzero"`
}

// OpenStore opens the file at path, and makes it, readable for its owner only, if it does not exist. Its error is
// [ErrStoreInUse] if another process has it open. It reads all that is in the file, so that one that is damaged is
// refused here: bbolt follows its pages unchecked, and would panic, or fault where the end of the file is missing.
func OpenStore(path string) (s *Store, err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			s, err = nil, fmt.Errorf("state file %q is damaged: %v", path, r)
		}
	}()
	db, err := bbolt.Open(path, storeMode, &bbolt.Options{Timeout: lockTimeout})
	if errors.Is(err, bbolterrors.ErrTimeout) {
		return nil, fmt.Errorf("open state file %q: %w", path, ErrStoreInUse)
	}
	if err != nil {
		return nil, fmt.Errorf("open state file %q: %w", path, err)
	}
	s = &Store{db: db}
	if _, _, err := s.load(); err != nil {
		db.Close()
		return nil, fmt.Errorf("state file %q: %w", path, err)
	}
	return s, nil
}

// Close closes the file. A second call does nothing.
func (s *Store) Close() error { return s.db.Close() }

// load reads everything, and returns an error if an index is below 1 or that of two. An empty store has no records and a zero meta.
func (s *Store) load() (m meta, records map[string]*record, err error) {
	records = map[string]*record{}
	owners := map[int32]string{}
	err = s.db.View(func(tx *bbolt.Tx) error {
		if b := tx.Bucket(metaBucket); b != nil {
			if err := json.Unmarshal(b.Get(metaKey), &m); err != nil {
				return fmt.Errorf("read %q: %w", metaKey, err)
			}
			if m.Version != storeVersion {
				return fmt.Errorf("is of version %d, this vmond knows version %d", m.Version, storeVersion)
			}
		}
		b := tx.Bucket(vmsBucket)
		if b == nil {
			return nil
		}
		return b.ForEach(func(key, value []byte) error {
			r := &record{}
			if err := json.Unmarshal(value, r); err != nil {
				return fmt.Errorf("read virtual machine %q: %w", key, err)
			}
			if other, taken := owners[r.Index]; taken || r.Index < 1 {
				return fmt.Errorf("virtual machine %q has index %d, which is that of %q or below 1", key, r.Index, other)
			}
			owners[r.Index] = string(key)
			records[string(key)] = r
			return nil
		})
	})
	return m, records, err
}

// save writes m and the given records in one transaction. A nil record is deleted.
func (s *Store) save(m meta, records map[string]*record) error {
	m.Version = storeVersion
	return s.db.Update(func(tx *bbolt.Tx) error {
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
		for key, r := range records {
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
