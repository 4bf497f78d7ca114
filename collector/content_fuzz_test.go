package collector

import (
	"encoding/json"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.etcd.io/bbolt"
)

// FuzzContent reads a state file with two virtual machines and whatever values: it is refused, or each index is one's own,
// and what was read is what it says when it is written again.
func FuzzContent(f *testing.F) {
	f.Add([]byte(`{"version":1,"life":"boot"}`), "a", []byte(`{"index":1,"name":"web","state":"running","disks":{"vda":1}}`), []byte(`{"index":2}`))
	f.Add([]byte(`{"version":1}`), "a", []byte(`{"index":1}`), []byte(`{"index":1}`))
	f.Add([]byte(`{"version":1}`), "a", []byte(`{"index":2147483648}`), []byte(`{"index":-1}`))
	f.Add([]byte(`{"version":2}`), "", []byte(`null`), []byte(``))
	db, err := bbolt.Open(filepath.Join(f.TempDir(), "db"), storeMode, &bbolt.Options{NoSync: true, NoFreelistSync: true})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { db.Close() })
	f.Fuzz(func(t *testing.T, m []byte, key string, one, other []byte) {
		if !identifies(key) || key == "other" {
			return
		}
		var got meta
		records := map[string]*record{}
		tx, err := db.Begin(true)
		if err != nil {
			t.Fatal(err)
		}
		defer tx.Rollback() // so that each run begins with an empty file
		fill(t, tx, metaBucket, string(metaKey), m)
		fill(t, tx, vmsBucket, key, one)
		fill(t, tx, vmsBucket, "other", other)
		if got, err = readMeta(tx); err != nil {
			return
		}
		if got.Version != storeVersion {
			t.Errorf("version %d is taken", got.Version)
		}
		if readRecords(tx, records) != nil {
			return
		}
		a, b := records[key], records["other"]
		if a == nil || b == nil || a.Index < 1 || b.Index < 1 || a.Index == b.Index {
			t.Fatalf("unexpected records %+v and %+v", a, b)
		}
		text, err := json.Marshal(a)
		if err != nil {
			t.Fatalf("%+v cannot be written: %v", a, err)
		}
		var again record
		if err := json.Unmarshal(text, &again); err != nil {
			t.Fatalf("%s cannot be read: %v", text, err)
		}
		if diff := cmp.Diff(*a, again, cmp.AllowUnexported(record{})); diff != "" {
			t.Errorf("unexpected record (-read +written):\n%s", diff)
		}
	})
}

// fill puts a value into a bucket.
func fill(t *testing.T, tx *bbolt.Tx, bucket []byte, key string, value []byte) {
	t.Helper()
	b, err := tx.CreateBucketIfNotExists(bucket)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Put([]byte(key), value); err != nil {
		t.Fatal(err)
	}
}
