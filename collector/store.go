package collector

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"runtime/debug"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	bbolterrors "go.etcd.io/bbolt/errors"
	"go.uber.org/zap"
)

const (
	storeMode = 0o600
	// lockTimeout is how long a file may be locked by a vmond that is about to end.
	lockTimeout = time.Second
)

// maxKey is the number of octets of the longest key of a virtual machine that can be kept.
const maxKey = bbolt.MaxKeySize

// identifies reports whether a key tells a virtual machine from all others, and can be remembered. One without such a key
// is left out: the write that has it in it would fail for all others too.
func identifies(key string) bool { return key != "" && len(key) <= maxKey }

// ErrStoreInUse says that another process has the store open.
var ErrStoreInUse = errors.New("is in use by another vmond")

var (
	// errFault says that a file is not as it was left.
	errFault = errors.New("is damaged")
	// errEmpty says that there is nothing in a file.
	errEmpty = fmt.Errorf("%w: it is empty", errFault)
	// errReplaced says that a file is not the one that was opened.
	errReplaced = fmt.Errorf("%w: another file is in its place", errFault)
)

// A Store is the file that keeps the indices. Each change is a transaction: after a crash the file holds what was there
// before it or after it, never a mixture. Only one process can have it open. A file that cannot be used is set aside and
// never overwritten. The highest index that was ever given is kept a second time, in a file of its own beside it, so that
// none is given to another virtual machine whatever becomes of the first.
//
// Its methods are for one goroutine at a time.
type Store struct {
	path string
	log  *zap.Logger
	mark *mark
	// db is nil while what is kept is lost: the next save has to bring all of it.
	db   *bbolt.DB
	file *os.File // that of db
	size int64    // of the file, after the last save
}

// OpenStore opens the file at path, and makes it, readable for its owner only, if it does not exist. One that is damaged, of
// another version or not ours to read is set aside, under a name that is logged with the reason, and a new one made. All is
// read here, because bbolt follows the pages of a file unchecked later.
//
// Its error is [ErrStoreInUse] if another process has it open. It is another one if nothing is left that tells which indices
// were given; then all stays where it is.
func OpenStore(path string, log *zap.Logger) (*Store, error) {
	s := &Store{path: path, log: log}
	if err := s.settle(); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// settle opens the two files and makes what is missing of them. At least one must tell which indices were given.
func (s *Store) settle() (err error) {
	var worn error // what is wrong with the mark
	if s.mark, worn = openMark(s.markPath()); worn != nil && !absent(worn) && !unusable(worn) {
		return worn
	}
	given, bad := s.open() // what is wrong with the state file
	switch {
	case bad != nil && !absent(bad) && !unusable(bad):
		return bad
	case s.mark == nil && bad == nil && absent(worn), s.mark == nil && absent(bad) && absent(worn):
		s.mark, err = makeMark(s.markPath(), given)
	case s.mark == nil && bad == nil:
		s.mark, err = s.remakeMark(worn, given)
	case s.mark == nil:
		return fmt.Errorf("nothing tells which indices were given: give vmond both files back, or move them away to begin "+
			"with new indices: %w; %w", bad, worn)
	}
	if err != nil {
		return err
	}
	if bad == nil {
		return s.mark.raise(given)
	}
	if !absent(bad) {
		if err := s.setAside(s.path, bad); err != nil {
			return err
		}
	}
	if s.mark.highest > 0 {
		s.log.Error("every virtual machine gets a new index", zap.Int32("above", s.mark.highest), zap.Error(bad))
	}
	return s.make(meta{}, nil)
}

// markPath is where the mark is.
func (s *Store) markPath() string { return s.path + ".highest" }

// absent reports whether an error of opening a file says that there is none.
func absent(err error) bool { return errors.Is(err, fs.ErrNotExist) }

// unusable reports whether an error of opening a file says that this file will not do. Others say that the machine will not.
func unusable(err error) bool {
	if errors.Is(err, ErrStoreInUse) {
		return false
	}
	no, ok := errors.AsType[syscall.Errno](err)
	return !ok || errors.Is(no, fs.ErrPermission) || no == syscall.EISDIR
}

// open opens the state file, which must be there, and returns the highest index in it.
func (s *Store) open() (given int32, err error) {
	info, err := os.Stat(s.path)
	if err != nil {
		return 0, err // it names the file
	}
	if info.Size() == 0 {
		return 0, s.told(errEmpty) // bbolt would take it for a new one
	}
	err = guard(func() (err error) {
		s.db, err = bbolt.Open(s.path, storeMode, s.options())
		return err
	})
	var records map[string]*record
	if err == nil {
		_, records, err = s.load()
	}
	if errors.Is(err, bbolterrors.ErrTimeout) {
		err = ErrStoreInUse
	}
	if err != nil && s.db != nil {
		s.db.Close() // reading holds no lock
	}
	if err != nil {
		s.forsake()
		return 0, s.told(err)
	}
	return highestOf(records), s.rest()
}

// told is err with the name of the state file.
func (s *Store) told(err error) error { return fmt.Errorf("state file %q: %w", s.path, err) }

// options are bbolt's. The file that it opens is remembered.
func (s *Store) options() *bbolt.Options {
	open := func(name string, flag int, mode os.FileMode) (f *os.File, err error) {
		s.file, err = os.OpenFile(name, flag, mode)
		return s.file, err
	}
	return &bbolt.Options{Timeout: lockTimeout, OpenFile: open}
}

// guard runs f, which reads the file as memory. What is wrong with the file and would end the process is its error.
func guard(f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		switch r := recover().(type) {
		case nil:
		case runtime.Error:
			err = fmt.Errorf("%w: its pages do not fit together", errFault) // what else it says is of the program
		default:
			err = fmt.Errorf("%w: %v", errFault, r)
		}
	}()
	return f()
}

// rest is called when the file was read or written as a whole. It notes how large it is. A file that somebody damaged since then
// is an error, and lost.
func (s *Store) rest() error {
	if err := guard(func() error { shed(s.db); return nil }); err != nil {
		s.lose(err)
		return s.told(err)
	}
	info, err := s.file.Stat()
	if err == nil {
		s.size = info.Size()
	}
	return err
}

// lose gives up the file, because of err.
func (s *Store) lose(err error) {
	s.log.Error("state file is lost, and will be written anew", zap.String("path", s.path), zap.Error(err))
	s.forsake()
}

// forsake gives up the file. It closes it, and not the database, which would look at it once more, or wait for a lock that
// nobody gives back: the little of the address space that this costs is not worth a fault. It would keep the file locked, too.
func (s *Store) forsake() {
	s.db = nil
	if s.file != nil {
		syscall.Flock(int(s.file.Fd()), syscall.LOCK_UN)
		s.file.Close()
	}
}

// Close closes the files. A second call does nothing.
func (s *Store) Close() error {
	s.mark.close()
	if s.db == nil {
		return nil
	}
	return s.db.Close()
}

// load reads everything, and returns an error if an index is below 1 or that of two, or if it is of another version.
func (s *Store) load() (m meta, records map[string]*record, err error) {
	records = map[string]*record{}
	err = guard(func() error {
		return s.db.View(func(tx *bbolt.Tx) error {
			if m, err = readMeta(tx); err != nil {
				return err
			}
			return readRecords(tx, records)
		})
	})
	return m, records, err
}

// lost reports whether the file is lost, so that the next save has to bring everything.
func (s *Store) lost() bool { return s.db == nil }

// save writes m and the given records in one transaction. A nil record is deleted. A file that somebody removed, replaced
// or damaged meanwhile is an error, and lost from then on.
func (s *Store) save(m meta, records map[string]*record) error {
	if err := s.mark.raise(highestOf(records)); err != nil {
		return err
	}
	if s.lost() {
		return s.renew(m, records)
	}
	err := s.present()
	if err == nil {
		err = guard(func() error { return putAll(s.db, m, records) })
	}
	if err == nil {
		return s.rest()
	}
	if errors.Is(err, errFault) {
		s.lose(err)
	}
	return s.told(err)
}

// present returns an error unless the file at the path is the one that was opened, and no shorter than it was.
func (s *Store) present() error {
	info, err := os.Stat(s.path)
	if err != nil {
		return fmt.Errorf("%w: %w", errFault, err)
	}
	mine, err := s.file.Stat()
	if err != nil {
		return err
	}
	if !os.SameFile(mine, info) {
		return errReplaced
	}
	if info.Size() < s.size {
		return fmt.Errorf("%w: it was cut from %d to %d bytes", errFault, s.size, info.Size())
	}
	return nil
}

// highestOf returns the highest index.
func highestOf(records map[string]*record) int32 {
	var highest int32
	for _, r := range records {
		if r != nil {
			highest = max(highest, r.Index)
		}
	}
	return highest
}
